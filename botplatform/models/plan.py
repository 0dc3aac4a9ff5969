"""Plans of orchestrating agents, and what runs keep and wait for beside them."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from botplatform.models.fields import count_field, moment_field, now_field, state_check, state_field, text_field


class PlanState(models.TextChoices):
    """See Plan."""

    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"


class Plan(models.Model):
    """What an orchestrating run has workers do. Its batch waits at `epoch` meanwhile; at any other the steps stop.

    | state | meaning |
    |---|---|
    | running | steps are carried out |
    | done | every step is at an end; its run goes on |
    | cancelled | its batch was cancelled or is answered anew |
    """

    State = PlanState

    batch = models.ForeignKey("botplatform.Batch", models.CASCADE, related_name="plans")
    run = models.ForeignKey("botplatform.Run", models.CASCADE, related_name="plans", help_text="The run that planned.")
    number = models.IntegerField(help_text="1 for the first plan of an answer; each replanning adds one.")
    epoch = models.IntegerField(help_text="Of the waiting batch.")
    state = state_field(PlanState, PlanState.RUNNING)
    summary = text_field()
    parallel = models.IntegerField(default=3, db_default=3, help_text="Steps that may run at the same time.")
    attempts = models.IntegerField(default=3, db_default=3, help_text="Of each step at most.")
    shown = text_field(help_text="The progress as the placeholder shows it.")
    showing_until = moment_field(help_text="An edit of the placeholder is on its way, until then at most.")
    created_at = now_field()
    finished_at = moment_field()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch"], condition=Q(state="running"), name="plan_one_running"),
            state_check("plan", PlanState),
        ]
        indexes = [models.Index(fields=["run"], name="plan_of_run"), models.Index(F("id").desc(), name="plan_recent")]

    def __str__(self) -> str:
        return self.summary or f"plan {self.pk}"


class PlanStepState(models.TextChoices):
    """See PlanStep."""

    PENDING = "pending"
    RUNNING = "running"
    WAITING = "waiting"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"


class PlanStep(models.Model):
    """One step, carried out by one worker under a lease of its own.

    | state | meaning | next |
    |---|---|---|
    | pending | until what it depends on has succeeded, and `wake_at` has passed | running, skipped, cancelled |
    | running | claimed under `epoch` until `lease_until` | succeeded, failed, waiting, pending (tried again), cancelled |
    | waiting | for a person's decision, a check or an operator, until `wake_at` | running, cancelled |
    | succeeded | its result is stored | – |
    | failed | given up after its attempts | – |
    | skipped | something that it depends on failed | – |
    | cancelled | stopped with its plan | – |
    """

    State = PlanStepState

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="steps", db_index=False)
    position = models.IntegerField()
    key = models.CharField(max_length=64, help_text="What the plan calls it.")
    description = text_field()
    worker = models.CharField(max_length=32, help_text="code, research or github.")
    task = text_field()
    depends_on = models.JSONField(default=list, blank=True)
    state = state_field(PlanStepState, PlanStepState.PENDING)
    attempts = count_field()
    epoch = count_field(help_text="Grows with every claim; a stale epoch writes nothing.")
    process = text_field(help_text="The process that holds the lease; empty when nobody does.")
    lease_until = moment_field()
    heartbeat_at = moment_field()
    progress_at = moment_field()
    progress_until = moment_field()
    wake_at = moment_field(help_text="When it may be claimed (again).")
    wait_key = models.CharField(
        max_length=300, blank=True, default="", db_default="", help_text="What wakes it earlier."
    )
    waits_for = text_field(help_text="What it waits for, in words.")
    said = text_field(help_text="What its worker says it is doing.")
    result = text_field()
    sources = models.JSONField(default=list, blank=True, db_default=[])
    error = text_field()
    started_at = moment_field()
    finished_at = moment_field()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan", "key"], name="planstep_key"),
            state_check("planstep", PlanStepState),
            models.CheckConstraint(condition=~Q(state="running") | Q(lease_until__isnull=False), name="planstep_lease"),
        ]
        indexes = [
            models.Index(fields=["plan", "position"], name="planstep_order"),
            models.Index(fields=["lease_until"], name="planstep_lease_until", condition=Q(state="running")),
            models.Index(fields=["wake_at"], name="planstep_open", condition=Q(state__in=["pending", "waiting"])),
            models.Index(fields=["wait_key"], name="planstep_wait", condition=~Q(wait_key="")),
        ]

    def __str__(self) -> str:
        return f"{self.key}: {self.description}"


class KeptNote(models.Model):
    """What a run notes down for itself; it lasts as long as its answer is worked on."""

    batch = models.ForeignKey("botplatform.Batch", models.CASCADE, related_name="kept_notes")
    plan_step = models.ForeignKey(PlanStep, models.CASCADE, null=True, blank=True, related_name="kept_notes")
    name = models.CharField(max_length=64)
    text = text_field()
    updated_at = now_field()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch", "plan_step", "name"], name="kept_note_once", nulls_distinct=False)
        ]

    def __str__(self) -> str:
        return self.name


class ReminderState(models.TextChoices):
    """See Reminder."""

    PENDING = "pending"
    POSTED = "posted"
    CANCELLED = "cancelled"


class Reminder(models.Model):
    """Something to be said in a conversation at a moment. The sweep posts it, once."""

    State = ReminderState

    session = models.ForeignKey("botplatform.Session", models.CASCADE, related_name="reminders")
    number = models.IntegerField()
    text = models.CharField(max_length=1000)
    due_at = models.DateTimeField()
    state = state_field(ReminderState, ReminderState.PENDING)
    asked_by = text_field(help_text="Provider ids of those who asked for it.")
    request_id = models.CharField(max_length=32, blank=True, default="", db_default="")
    created_at = now_field()
    posted_at = moment_field()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["session", "number"], name="reminder_number"),
            state_check("reminder", ReminderState),
        ]
        indexes = [models.Index(fields=["due_at"], name="reminder_due", condition=Q(state="pending"))]

    def __str__(self) -> str:
        return self.text
