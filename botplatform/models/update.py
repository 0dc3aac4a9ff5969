"""One accepted event; at the same time the record that makes a second delivery a duplicate."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from botplatform.models.fields import moment_field, now_field, state_check, state_field, text_field


class UpdateState(models.TextChoices):
    """See Update."""

    QUEUED = "queued"
    IGNORED = "ignored"
    QUARANTINED = "quarantined"
    DONE = "done"
    FAILED = "failed"


class Update(models.Model):
    """An update as received, with what was read from it.

    | state | meaning | next |
    |---|---|---|
    | queued | accepted; in a batch, or waiting for its control task | done, failed, ignored |
    | ignored | no answer is due; `reason` says why | queued (replay) |
    | quarantined | signed, but unreadable; kept for an operator | queued (replay) |
    | done | answered, or carried out | queued (replay) |
    | failed | its batch failed for good | done (after a retry) |
    """

    State = UpdateState

    # Session, batch and update are written by one statement; letting the database look them up again would cost a third more.
    bot = models.ForeignKey("botplatform.Bot", models.PROTECT, related_name="updates", db_index=False)
    account_id = text_field(help_text="The provider account that the id belongs to.")
    external_id = models.CharField(max_length=200, help_text="The provider's id of the delivery or update.")
    dedup_key = models.CharField(
        max_length=64, null=True, blank=True, help_text="A second identity, where the first is not signed."
    )
    kind = models.CharField(max_length=16)
    state = state_field(UpdateState, UpdateState.QUEUED)
    reason = text_field(help_text="Why there is no answer, if there is none.")
    session = models.ForeignKey(
        "botplatform.Session", models.SET_NULL, null=True, blank=True, related_name="updates", db_constraint=False
    )
    batch = models.ForeignKey(
        "botplatform.Batch", models.SET_NULL, null=True, blank=True, related_name="updates", db_constraint=False
    )
    request_id = models.CharField(max_length=32, help_text="Follows this update through every log line.")
    message_id = text_field(help_text="The provider's id of the message, for reactions.")
    author_id = text_field()
    author_name = text_field()
    text = text_field(help_text="The beginning of the text.")
    headers = models.JSONField(default=dict, blank=True)
    raw = models.BinaryField(help_text="The body exactly as received.")
    received_at = now_field()
    handled_at = moment_field()
    acknowledged_at = moment_field(help_text="When the receipt reaction was sent.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["bot", "external_id", "account_id"], name="update_external_id"),
            models.UniqueConstraint(
                fields=["bot", "dedup_key"], condition=Q(dedup_key__isnull=False), name="update_dedup_key"
            ),
            state_check("update", UpdateState),
        ]
        indexes = [
            models.Index(F("received_at").desc(), name="update_recent"),
            models.Index(fields=["id"], name="update_quarantined", condition=Q(state="quarantined")),
            models.Index(fields=["received_at"], name="update_control_due", condition=Q(state="queued", batch=None)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.external_id}"
