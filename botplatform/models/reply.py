"""Outbound text, stored before it is sent."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from botplatform.models.fields import count_field, moment_field, now_field, state_check, state_field, text_field


class ReplyState(models.TextChoices):
    """See Reply."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"


class ReplyKind(models.TextChoices):
    """See Reply."""

    PLACEHOLDER = "placeholder"
    """Shown while a run works; its message is later edited into the first part."""
    ANSWER = "answer"
    """Part of a run's answer."""
    NOTICE = "notice"
    """Said by the platform itself: a command's result, a failure."""
    PROMPT = "prompt"
    """Asks for a decision, and later says how it was decided."""
    OPERATOR = "operator"
    """Written by a person at the console, through the bot."""


class Reply(models.Model):
    """One message to a conversation. Sent in the order of ids within a session.

    | state | meaning | next |
    |---|---|---|
    | pending | to be sent, not before `not_before` | sending |
    | sending | claimed by a worker at `claimed_at` | sent, failed, unknown, pending (it may be repeated) |
    | sent | the provider accepted it; `provider_id` is its receipt | – |
    | failed | refused for good; `error` says why | pending (an operator sends it again) |
    | unknown | accepted or not, nobody can tell; an operator decides | sent, pending |
    """

    State = ReplyState
    Kind = ReplyKind

    session = models.ForeignKey("botplatform.Session", models.CASCADE, related_name="replies")
    batch = models.ForeignKey("botplatform.Batch", models.SET_NULL, null=True, blank=True, related_name="replies")
    run = models.ForeignKey("botplatform.Run", models.SET_NULL, null=True, blank=True, related_name="replies")
    update = models.ForeignKey("botplatform.Update", models.SET_NULL, null=True, blank=True, related_name="replies")
    kind = models.CharField(max_length=12, choices=ReplyKind.choices)
    part = models.IntegerField(default=1, db_default=1, help_text="Counts from 1 within an answer; 0 is a placeholder.")
    text = models.TextField()
    formatting = models.JSONField(default=list, blank=True)
    buttons = models.JSONField(
        default=list,
        blank=True,
        db_default=[],
        help_text='Rows of {"text": …, "data": …}, where the platform has buttons.',
    )
    approval = models.ForeignKey("botplatform.Approval", models.SET_NULL, null=True, blank=True, related_name="prompts")
    state = state_field(ReplyState, ReplyState.PENDING)
    edits = text_field(help_text="The provider's id of the message that this one replaces; empty: a new message.")
    reply_to = text_field(help_text="The provider's id of the message it answers.")
    provider_id = text_field()
    request_id = models.CharField(max_length=32, blank=True, default="", db_default="")
    not_before = models.DateTimeField(db_default=Now())
    claim = count_field(help_text="Grows with every try; a stale claim writes nothing.")
    claimed_at = moment_field()
    attempts = count_field(help_text="Tries that failed.")
    sent_by = text_field(
        help_text="The operator who wrote it, or has it sent; leaves while the conversation is taken over."
    )
    replaced_at = moment_field(help_text="When an operator had the batch answered anew.")
    error = text_field()
    created_at = now_field()
    sent_at = moment_field()

    class Meta:
        verbose_name_plural = "replies"
        constraints = [
            models.UniqueConstraint(
                fields=["batch", "part"], condition=Q(kind="answer", replaced_at=None), name="reply_part_once"
            ),
            state_check("reply", ReplyState),
            state_check("reply", ReplyKind, "kind"),
        ]
        indexes = [
            models.Index(fields=["session", "id"], name="reply_open", condition=Q(state__in=["pending", "sending"])),
            models.Index(fields=["not_before"], name="reply_due", condition=Q(state="pending")),
            models.Index(fields=["claimed_at"], name="reply_stale", condition=Q(state="sending")),
            models.Index(fields=["-id"], name="reply_trouble", condition=Q(state__in=["failed", "unknown"])),
            models.Index(fields=["sent_at"], name="reply_answered", condition=Q(kind="answer", part=1, state="sent")),
        ]

    def __str__(self) -> str:
        return self.text[:60]
