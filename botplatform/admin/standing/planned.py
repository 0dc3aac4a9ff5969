"""The plans that waiting batches wait for: how far they are, and what holds them up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from botplatform.admin import showing
from botplatform.admin.attention import is_stuck_step
from botplatform.models import Plan, PlanStep

NAMED = 3
"""Steps that are named in a sentence."""


@dataclass(slots=True)
class Planned:
    """One plan that is being carried out."""

    pk: int
    steps: list[PlanStep] = field(default_factory=list)

    @property
    def is_stuck(self) -> bool:
        return any(is_stuck_step(step) for step in self.steps)

    @property
    def done(self) -> str:
        """Such as `2 of 5 steps done`."""
        return f"{sum(step.state == PlanStep.State.SUCCEEDED for step in self.steps)} of {len(self.steps)} steps done"

    def said(self, now: datetime) -> str:
        """The same, with what is going on: `…; build runs at worker@host:1`."""
        going = [said for step in self.steps if (said := _said(step, now))]
        rest = f" and {len(going) - NAMED} more" if len(going) > NAMED else ""
        return "; ".join([self.done, *going[:NAMED]]) + rest


def planned(batch_ids: Sequence[int]) -> dict[int, Planned]:
    """Batch → its running plan. One query."""
    if not batch_ids:
        return {}
    rows = PlanStep.objects.filter(plan__batch_id__in=batch_ids, plan__state=Plan.State.RUNNING).select_related("plan")
    found: dict[int, Planned] = {}
    for step in rows.defer("task", "result", "sources", "description").order_by("plan_id", "position"):
        found.setdefault(step.plan.batch_id, Planned(step.plan_id)).steps.append(step)
    return found


def _said(step: PlanStep, now: datetime) -> str:
    name = showing.shorten(step.key, 40)
    if is_stuck_step(step, now):
        return f"{name} is stuck at {showing.shorten(step.process, 60) or 'no worker'}"
    if step.state == PlanStep.State.RUNNING:
        return f"{name} runs at {showing.shorten(step.process, 60)}"
    if step.state == PlanStep.State.WAITING:
        return f"{name} waits for {showing.shorten(step.waits_for, 80) or 'its time'}"
    if step.state == PlanStep.State.PENDING and step.wake_at and step.wake_at > now:
        return f"{name} is tried again in {showing.distance(step.wake_at - now)}"
    return ""
