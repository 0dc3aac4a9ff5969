"""What belongs to people of a chat: links that give them a role, and their lists of things to do."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from botplatform.models.fields import moment_field, now_field, state_check, text_field


class PairingRole(models.TextChoices):
    """What a pairing link gives."""

    ADMIN = "admin"
    """Admin commands, and decisions on approvals."""
    APPROVER = "approver"
    """Decisions on approvals."""
    ALLOWED = "allowed"
    """A place on the bot's allow-list."""


class PairingLink(models.Model):
    """A one-time link by which a person shows the platform the provider's id of his account."""

    Role = PairingRole

    bot = models.ForeignKey("botplatform.Bot", models.CASCADE, related_name="pairing_links")
    role = models.CharField(max_length=12, choices=PairingRole.choices)
    token_hash = models.CharField(max_length=64, unique=True, help_text="SHA-256; the link itself is shown once.")
    created_by = text_field()
    created_at = now_field()
    expires_at = models.DateTimeField()
    used_at = moment_field()
    used_by_id = text_field()
    used_by_name = text_field()

    class Meta:
        constraints = [state_check("pairing", PairingRole, "role")]

    def __str__(self) -> str:
        return f"{self.role} of {self.bot}"


class Todo(models.Model):
    """One thing to do, on the list of a conversation."""

    session = models.ForeignKey("botplatform.Session", models.CASCADE, related_name="todos")
    number = models.IntegerField()
    text = models.CharField(max_length=500)
    created_at = now_field()
    done_at = moment_field()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["session", "number"], name="todo_number")]
        indexes = [models.Index(fields=["session"], name="todo_open", condition=Q(done_at=None))]

    def __str__(self) -> str:
        return self.text
