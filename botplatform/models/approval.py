"""A person's decision on a tool call."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from botplatform.models.fields import moment_field, now_field, state_check, state_field, text_field


class ApprovalState(models.TextChoices):
    """See Approval."""

    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"
    EXPIRED = "expired"
    EXECUTED = "executed"
    VOID = "void"


class Decider(models.TextChoices):
    """Who may decide."""

    REQUESTER = "requester"
    """Whoever asked for it; an approver too. For calls that touch only his own conversation."""
    APPROVER = "approver"
    """A named approver or admin of the bot, a person with write permission on GitHub, or an operator at the console."""


class Risk(models.TextChoices):
    """How much harm a call may do."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class Approval(models.Model):
    """A tool call that waits for, or has had, a person's decision. The first decision wins.

    | state | meaning | next |
    |---|---|---|
    | pending | asked; its batch is `waiting` | approved, denied, expired, void |
    | approved | decided; the run goes on and makes the call | executed, void |
    | denied | decided; the agent is told | – |
    | expired | nobody decided in time; the agent is told | – |
    | executed | the call was begun, once, with exactly the arguments of `arguments_hash` | – |
    | void | its batch ended otherwise | – |
    """

    State = ApprovalState

    session = models.ForeignKey("botplatform.Session", models.CASCADE, related_name="approvals")
    batch = models.ForeignKey("botplatform.Batch", models.CASCADE, related_name="approvals")
    run = models.ForeignKey(
        "botplatform.Run", models.CASCADE, related_name="approvals", help_text="The run that asked."
    )
    plan_step = models.ForeignKey(
        "botplatform.PlanStep",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="approvals",
        help_text="The step of a plan that asked.",
    )
    asks = models.BooleanField(default=False, db_default=False, help_text="A question: `comment` is what was answered.")
    options = models.JSONField(default=list, blank=True, db_default=[], help_text="Answers to choose from.")
    number = models.IntegerField(help_text="What people call it in its conversation: /approve 1.")
    state = state_field(ApprovalState, ApprovalState.PENDING)
    tool = models.CharField(max_length=200)
    tool_use_id = models.CharField(max_length=200)
    arguments = models.JSONField(help_text="Exactly what will be executed.")
    arguments_hash = models.CharField(max_length=64, help_text="SHA-256 of the arguments in canonical JSON.")
    proposed = models.JSONField(
        null=True, blank=True, help_text="What the model had proposed, where an approver edited it."
    )
    summary = text_field(help_text="What the call does, in the tool's words.")
    said = text_field(help_text="What the agent wrote before it asked.")
    risk = models.CharField(max_length=8, choices=Risk.choices)
    reason = text_field(help_text="Why it needs a decision.")
    decider = models.CharField(max_length=12, choices=Decider.choices)
    requesters = models.JSONField(default=list, help_text="Provider ids of those whose messages the run answers.")
    untrusted = models.JSONField(
        default=list, blank=True, help_text="Where text from strangers came from that the run has read."
    )
    decided_by = text_field()
    decided_by_id = text_field()
    decided_via = text_field(help_text="button, command, message or console.")
    comment = text_field(help_text="What the decider added.")
    outcome_shown = models.BooleanField(
        default=False, db_default=False, help_text="Whether its prompt tells what became of it."
    )
    expires_at = models.DateTimeField()
    created_at = now_field()
    decided_at = moment_field()
    executed_at = moment_field()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["session", "number"], name="approval_number"),
            models.UniqueConstraint(
                fields=["batch", "plan_step", "tool_use_id"], name="approval_once_a_call", nulls_distinct=False
            ),
            state_check("approval", ApprovalState),
            state_check("approval", Decider, "decider"),
            state_check("approval", Risk, "risk"),
            models.CheckConstraint(
                condition=Q(state__in=["pending", "expired", "void"]) | Q(decided_at__isnull=False),
                name="approval_decided",
            ),
        ]
        indexes = [
            models.Index(fields=["session"], name="approval_open", condition=Q(state="pending")),
            models.Index(fields=["expires_at"], name="approval_expiry", condition=Q(state="pending")),
            models.Index(
                fields=["session"], name="approval_outcome", condition=Q(outcome_shown=False) & ~Q(state="pending")
            ),
            models.Index(F("id").desc(), name="approval_inbox", condition=Q(state="pending")),
        ]
        permissions = [("decide_approval", "Can decide approvals")]

    def __str__(self) -> str:
        return f"approval {self.number}: {self.tool}"


class ToolPolicy(models.Model):
    """What an operator asks of a tool beyond what its code does: it can only become stricter."""

    tool = models.CharField(max_length=200, unique=True)
    always = models.BooleanField(default=False, help_text="Every call needs a decision.")
    when = models.JSONField(
        null=True, blank=True, help_text="A JSON Schema: calls whose arguments fit it need a decision."
    )
    risk = models.CharField(
        max_length=8,
        choices=Risk.choices,
        blank=True,
        default="",
        help_text="Raises the risk that the tool's code states.",
    )
    by_approver = models.BooleanField(default=False, help_text="The requester's own decision is not enough.")
    note = text_field()
    updated_at = models.DateTimeField(auto_now=True, db_default=Now())

    class Meta:
        verbose_name_plural = "tool policies"

    def __str__(self) -> str:
        return self.tool
