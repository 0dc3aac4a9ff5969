"""Versions on trial: drafts in the playground, and canaries on a share of the conversations."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from botplatform.models.fields import count_field, moment_field, now_field, state_check, state_field, text_field


class TrialState(models.TextChoices):
    """See Trial."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Trial(models.Model):
    """One message given to a draft and to the published version beside it. Nothing is sent and no tool is called.

    | state | meaning | next |
    |---|---|---|
    | queued | a worker will take it | running |
    | running | the models are being asked | done, failed |
    | done | `sides` has both answers | – |
    | failed | `error` says why | – |
    """

    State = TrialState

    config = models.ForeignKey("botplatform.AgentConfig", models.CASCADE, related_name="trials")
    bot = models.ForeignKey("botplatform.Bot", models.CASCADE, related_name="+", null=True, blank=True)
    batch = models.ForeignKey(
        "botplatform.Batch",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="trials",
        help_text="Whose messages it uses.",
    )
    says = models.JSONField(help_text="The draft as it was.")
    version = models.ForeignKey(
        "botplatform.AgentConfigVersion",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="Beside it.",
    )
    text = models.TextField()
    state = state_field(TrialState, TrialState.QUEUED)
    sides = models.JSONField(default=dict, blank=True, help_text="What came of `draft` and of `published`.")
    error = text_field()
    created_by = text_field()
    created_at = now_field()
    started_at = moment_field()
    finished_at = moment_field()

    class Meta:
        constraints = [state_check("trial", TrialState)]
        indexes = [models.Index(fields=["config", "-id"], name="trial_recent")]

    def __str__(self) -> str:
        return f"trial {self.pk} of {self.config}"


class CanaryState(models.TextChoices):
    """See Canary."""

    RUNNING = "running"
    RETURNED = "returned"
    PROMOTED = "promoted"
    STOPPED = "stopped"


class Canary(models.Model):
    """A version that answers a share of an agent's conversations, chosen by a stable hash.

    | state | meaning | next |
    |---|---|---|
    | running | answers its share | returned, promoted, stopped |
    | returned | passed a threshold; `evidence` says which | – |
    | promoted | became the published version | – |
    | stopped | ended by a person | – |
    """

    State = CanaryState

    config = models.ForeignKey("botplatform.AgentConfig", models.CASCADE, related_name="canaries")
    version = models.ForeignKey("botplatform.AgentConfigVersion", models.PROTECT, related_name="canaries")
    beside = models.ForeignKey(
        "botplatform.AgentConfigVersion",
        models.PROTECT,
        related_name="+",
        help_text="What was published when it began.",
    )
    share_percent = models.PositiveSmallIntegerField(help_text="Of the conversations.")
    min_runs = models.PositiveIntegerField(default=20, help_text="Runs of the canary before it is judged.")
    max_error_percent = models.FloatField(default=10, help_text="Percentage points above the published version's.")
    max_cost_percent = models.FloatField(default=50, help_text="Per cent above the published version's cost of a run.")
    max_wrong_percent = models.FloatField(default=10, help_text="Of judged answers: percentage points above.")
    state = state_field(CanaryState, CanaryState.RUNNING)
    evidence = models.JSONField(default=dict, blank=True, help_text="Figures of both at the last look.")
    looks = count_field()
    looked_at = moment_field()
    reason = text_field()
    started_by = text_field()
    started_at = now_field()
    ended_by = text_field()
    ended_at = moment_field()

    class Meta:
        verbose_name_plural = "canaries"
        constraints = [
            models.UniqueConstraint(fields=["config"], condition=Q(state="running"), name="canary_one_running"),
            models.CheckConstraint(condition=Q(share_percent__gte=1, share_percent__lte=100), name="canary_share"),
            state_check("canary", CanaryState),
        ]

    def __str__(self) -> str:
        return f"{self.version} on {self.share_percent} %"
