"""One identity on one transport."""

from __future__ import annotations

from django.db import models

from botplatform.models.approval import Risk
from botplatform.models.fields import now_field, state_check, text_field


class Delivery(models.TextChoices):
    """How a bot's updates come in."""

    AUTO = "auto"
    """By webhook where PUBLIC_URL is set, else by polling."""
    WEBHOOK = "webhook"
    """The provider posts them."""
    POLLING = "polling"
    """They are asked for."""


class Bot(models.Model):
    """A bot: which transport, whose credentials, who may talk to it.

    `credentials` is a sealed JSON object (token, webhook secret, App key); see `botplatform.sealing`.
    """

    transport = models.CharField(max_length=32)
    slug = models.SlugField(max_length=64)
    enabled = models.BooleanField(default=True, db_default=True, help_text="A disabled bot's webhook answers 404.")
    account_id = text_field(help_text="The provider's id of the account; external ids are unique within it.")
    username = text_field(help_text="The name people mention, without @.")
    api_url = text_field(help_text="Base URL of the provider's API.")
    credentials = text_field(editable=False)
    admin_ids = models.JSONField(default=list, blank=True, help_text="Provider ids of people with admin commands.")
    allowed_ids = models.JSONField(default=list, blank=True, help_text="Provider ids allowed to talk; empty: everyone.")
    blocked_ids = models.JSONField(
        default=list, blank=True, db_default=[], help_text="Provider ids of people whose messages are ignored."
    )
    approver_ids = models.JSONField(
        default=list,
        blank=True,
        db_default=[],
        help_text="Provider ids of people who decide approvals, beside the admins.",
    )
    routing = models.BooleanField(default=True, db_default=True, help_text="Off: the direct agent answers everything.")
    direct_agent = models.CharField(
        max_length=64,
        blank=True,
        default="",
        db_default="",
        help_text="Answers while routing is off; empty: simple-agent.",
    )
    approve_from = models.CharField(
        max_length=8,
        choices=Risk.choices,
        default=Risk.HIGH,
        db_default=Risk.HIGH,
        help_text="Calls of this risk or a higher one need a person's decision.",
    )
    paused = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Messages are accepted and wait; nothing is answered until it goes on.",
    )
    delivery = models.CharField(
        max_length=8,
        choices=Delivery.choices,
        default=Delivery.AUTO,
        db_default=Delivery.AUTO,
        help_text="How updates come in, where the platform leaves a choice.",
    )
    provider_status = models.JSONField(
        null=True, blank=True, help_text="What the provider last said of the webhook, and when it was asked."
    )
    problem = text_field(help_text="What the provider last complained about; empty when all is well.")
    created_at = now_field()
    updated_at = models.DateTimeField(auto_now=True, db_default=models.functions.Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["transport", "slug"], name="bot_transport_slug"),
            state_check("bot", Delivery, "delivery"),
        ]
        permissions = [("pause_bot", "Can pause and resume bots")]

    def __str__(self) -> str:
        return f"{self.transport}/{self.slug}"
