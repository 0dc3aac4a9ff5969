"""Updates that are answered together, and the lease under which one worker answers them."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from botplatform.models.fields import count_field, moment_field, now_field, state_check, state_field, text_field


class BatchState(models.TextChoices):
    """See Batch."""

    COLLECTING = "collecting"
    PROCESSING = "processing"
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Batch(models.Model):
    """A batch of one session.

    | state | meaning | next |
    |---|---|---|
    | collecting | messages still join; due at `due_at` | processing, done (held or muted), cancelled |
    | processing | claimed under `epoch` until `lease_until`; free again when `worker` is empty | done, waiting, failed, cancelled |
    | waiting | parked until `wake_at` (empty: until an operator lets it go on, or its plan ends) | processing, failed, cancelled, done |
    | done | its answer is stored as replies, or `reason` says why there is none | waiting (an operator has it answered anew) |
    | failed | given up after its attempts; the person was told once | waiting (an operator sends it again) |
    | cancelled | stopped by the person or an operator | waiting (an operator sends it again) |

    Every write of a run names the epoch it was given: no row changed means that somebody else owns the work.
    """

    State = BatchState

    session = models.ForeignKey("botplatform.Session", models.CASCADE, related_name="batches", db_index=False)
    state = state_field(BatchState, BatchState.COLLECTING)
    size = count_field(help_text="Messages in it.")
    request_id = models.CharField(
        max_length=32, help_text="Of the update that opened it; the reference shown on failure."
    )
    opened_at = now_field()
    due_at = models.DateTimeField(help_text="When it may be claimed.")
    claimed_at = moment_field(help_text="First claim.")
    finished_at = moment_field()
    epoch = count_field(help_text="Grows with every claim; a stale epoch writes nothing.")
    worker = text_field(help_text="The process that holds the lease; empty when nobody does.")
    lease_until = moment_field()
    heartbeat_at = moment_field(help_text="Proves that the worker lives.")
    progress_at = moment_field(help_text="Proves that the work moves.")
    progress_until = moment_field(help_text="Without progress until then the work counts as hung.")
    attempts = count_field(help_text="Lost leases and errors; not hand-backs.")
    lost_leases = count_field()
    retry_at = moment_field(help_text="Not to be claimed again before.")
    wake_at = moment_field(help_text="When a waiting batch goes on.")
    from_run = models.BigIntegerField(
        null=True,
        blank=True,
        help_text="Steps of runs up to this one are not taken over: an operator had it start anew.",
    )
    sent_to = text_field(help_text="The agent that an operator chose in the place of the route's target.")
    paused_agent = text_field(help_text="The agent it waits for, which an operator has paused.")
    agent = text_field(help_text="Answers instead of the route's target, which failed for good.")
    wait_key = models.CharField(
        max_length=300, blank=True, default="", db_default="", help_text="What wakes it before `wake_at`."
    )
    waits_for = text_field(help_text="What it waits for, in words.")
    reason = text_field(help_text="Why it ended without an answer.")
    error = text_field(help_text="What went wrong last, for operators.")

    class Meta:
        verbose_name_plural = "batches"
        constraints = [
            models.UniqueConstraint(fields=["session"], condition=Q(state="collecting"), name="batch_one_collecting"),
            models.UniqueConstraint(fields=["session"], condition=Q(state="processing"), name="batch_one_processing"),
            state_check("batch", BatchState),
            models.CheckConstraint(condition=~Q(state="processing") | Q(lease_until__isnull=False), name="batch_lease"),
        ]
        indexes = [
            models.Index(fields=["request_id"], name="batch_request"),
            models.Index(fields=["due_at"], name="batch_due", condition=Q(state="collecting")),
            models.Index(fields=["lease_until"], name="batch_lease_until", condition=Q(state="processing")),
            models.Index(fields=["wake_at"], name="batch_wake", condition=Q(state="waiting")),
            models.Index(fields=["wait_key"], name="batch_wait", condition=~Q(wait_key="")),
            models.Index(fields=["session", "-id"], name="batch_session"),
            models.Index(F("id").desc(), name="batch_failed", condition=Q(state="failed")),
            models.Index(fields=["finished_at"], name="batch_finished", condition=Q(finished_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"batch {self.pk}"
