"""One attempt to answer a batch, and its steps."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from botplatform.models.fields import count_field, moment_field, now_field, state_check, state_field, text_field


class RunState(models.TextChoices):
    """See Run."""

    RUNNING = "running"
    WAITING = "waiting"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    LOST = "lost"
    CANCELLED = "cancelled"


class Run(models.Model):
    """One attempt, valid for one epoch of its batch or of the plan step that it carries out.

    | state | meaning |
    |---|---|
    | running | a worker is at it |
    | waiting | parked with its batch; the run that goes on replaces it |
    | succeeded | the answer is stored as replies |
    | failed | ended with `error` |
    | lost | its lease ran out; the next run resumes from its steps |
    | cancelled | stopped, or handed back when the worker shut down |
    """

    State = RunState

    batch = models.ForeignKey("botplatform.Batch", models.CASCADE, related_name="runs")
    plan_step = models.ForeignKey(
        "botplatform.PlanStep",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="runs",
        help_text="The step of a plan that it carries out; its epoch is the step's then.",
    )
    epoch = models.IntegerField()
    state = state_field(RunState, RunState.RUNNING)
    agent = models.CharField(max_length=64)
    config_version = models.ForeignKey("botplatform.AgentConfigVersion", models.PROTECT, null=True, related_name="runs")
    switched_from = text_field(help_text="The agent that handed the run over.")
    untrusted = models.JSONField(
        default=list, blank=True, db_default=[], help_text="Where text from strangers came from that the run has read."
    )
    private = models.JSONField(
        default=list, blank=True, db_default=[], help_text="Where text came from that not everybody may read."
    )
    replaces = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="replaced_by")
    worker = text_field()
    note = text_field(help_text="Anything unusual about the answer.")
    error = text_field()
    started_at = now_field()
    finished_at = moment_field()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch", "epoch"], condition=Q(plan_step=None), name="run_epoch"),
            models.UniqueConstraint(fields=["plan_step", "epoch"], condition=~Q(plan_step=None), name="run_step_epoch"),
            models.UniqueConstraint(
                fields=["batch"], condition=Q(state="running", plan_step=None), name="run_one_running"
            ),
            state_check("run", RunState),
        ]
        indexes = [
            models.Index(F("started_at").desc(), name="run_recent"),
            models.Index(fields=["finished_at"], name="run_finished", condition=Q(finished_at__isnull=False)),
            models.Index(fields=["config_version", "started_at"], name="run_version"),
        ]

    def __str__(self) -> str:
        return f"run {self.pk}"


class StepKind(models.TextChoices):
    """See Step."""

    MODEL = "model"
    TOOL = "tool"


class StepState(models.TextChoices):
    """See Step."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Step(models.Model):
    """One model call or tool call, committed before it starts and when it ends.

    | state | meaning |
    |---|---|
    | running | started |
    | succeeded | finished; never made again |
    | failed | finished with `error` |
    | unknown | its run died in the middle and it may not be repeated |
    """

    Kind = StepKind
    State = StepState

    run = models.ForeignKey(Run, models.CASCADE, related_name="steps")
    kind = models.CharField(max_length=8, choices=StepKind.choices)
    name = models.CharField(max_length=200, help_text="The model's name, or the tool's.")
    agent = models.CharField(max_length=64, blank=True, default="", db_default="")
    state = state_field(StepState, StepState.RUNNING)
    request = models.JSONField(null=True, help_text="The whole prompt, or the arguments; pruned by age.")
    response = models.JSONField(null=True)
    tool_use_id = text_field()
    repeatable = models.BooleanField(default=True, db_default=True)
    stop_reason = text_field()
    tokens_in = count_field()
    tokens_out = count_field()
    cost_usd = models.DecimalField(max_digits=14, decimal_places=8, default=0, db_default=0)
    ms = count_field()
    error = text_field()
    started_at = now_field()
    finished_at = moment_field()

    class Meta:
        constraints = [state_check("step", StepState), state_check("step", StepKind, "kind")]
        indexes = [
            models.Index(fields=["started_at"], name="step_age"),
            models.Index(fields=["finished_at"], name="step_finished", condition=Q(finished_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"
