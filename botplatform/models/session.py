"""One conversation and its history."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from botplatform.models.fields import moment_field, now_field, state_check, state_field, text_field


class SessionMode(models.TextChoices):
    """See Session."""

    NORMAL = "normal"
    HELD = "held"
    MUTED = "muted"
    BLOCKED = "blocked"
    PAUSED = "paused"


class Session(models.Model):
    """A conversation: bot + chat + topic, or repository + issue number. The row is permanent.

    | mode | meaning |
    |---|---|
    | normal | batches are claimed and answered |
    | held | `held_by` has taken over: what collects ends as `done` with reason `operator`, work under way waits |
    | muted | due batches end as `done` with reason `muted` |
    | blocked | the person blocked the bot; normal again when the person writes |
    | paused | due batches wait, visibly |
    """

    Mode = SessionMode

    bot = models.ForeignKey("botplatform.Bot", models.PROTECT, related_name="sessions", db_index=False)
    key = models.CharField(max_length=200, help_text="Unique within the bot: chat[:topic], or repository id:number.")
    kind = models.CharField(max_length=16)
    title = text_field()
    is_public = models.BooleanField(default=False, db_default=False)
    address = models.JSONField(default=dict, blank=True, help_text="What the provider's API needs to reach it.")
    mode = state_field(SessionMode, SessionMode.NORMAL)
    history_from = now_field(help_text="Batches opened before this moment are not given to the model.")
    not_before = moment_field(help_text="The provider asked us to send nothing before this moment.")
    debug_for = models.JSONField(
        default=list,
        blank=True,
        db_default=[],
        help_text="Provider ids of admins who want to see how answers came about.",
    )
    held_by = text_field(help_text="The operator who has taken over.")
    held_at = moment_field()
    last_active_at = now_field()
    created_at = now_field()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["bot", "key"], name="session_bot_key"),
            state_check("session", SessionMode, "mode"),
        ]
        indexes = [
            models.Index(F("last_active_at").desc(), name="session_recent"),
            models.Index(fields=["mode"], name="session_unusual", condition=~Q(mode="normal")),
        ]
        permissions = [("hold_session", "Can take conversations over and write through the bot")]

    def __str__(self) -> str:
        return self.title or self.key


class MessageRole(models.TextChoices):
    """See Message."""

    USER = "user"
    """Somebody in the chat."""
    ASSISTANT = "assistant"
    """The bot's answer."""
    OPERATOR = "operator"
    """A person writing through the bot."""
    NOTE = "note"
    """What an operator tells the agents; nobody in the chat sees it."""


class Message(models.Model):
    """One line of a session's history, ordered by batch, then role, then id."""

    Role = MessageRole

    session = models.ForeignKey(Session, models.CASCADE, related_name="messages", db_index=False, db_constraint=False)
    batch = models.ForeignKey(
        "botplatform.Batch", models.SET_NULL, null=True, related_name="messages", db_constraint=False
    )
    update = models.OneToOneField(
        "botplatform.Update", models.SET_NULL, null=True, related_name="message", db_constraint=False
    )
    role = state_field(MessageRole, MessageRole.USER)
    author_id = text_field()
    author_name = text_field()
    text = models.TextField()
    provider_message_id = text_field(help_text="The provider's id, for edits and replies.")
    created_at = now_field()

    class Meta:
        constraints = [state_check("message", MessageRole, "role")]
        indexes = [
            models.Index(fields=["session", "batch"], name="message_history"),
            models.Index(
                fields=["session", "provider_message_id"], name="message_provider", condition=~Q(provider_message_id="")
            ),
            models.Index(fields=["created_at"], name="message_age"),
        ]

    def __str__(self) -> str:
        return self.text[:60]
