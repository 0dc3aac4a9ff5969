"""Plans and their steps as the pipeline would have written them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from botplatform.models import Batch, Plan, PlanStep, Run, Step
from tests.admin.rows import Rows


def plan(rows: Rows, **fields: Any) -> Plan:
    """One of the conversation's batch, as its run made it."""
    values = {"batch": rows.batch, "run": rows.run, "number": 1, "epoch": 1, "summary": "Find it out."}
    return Plan.objects.create(**values | fields)


def plan_step(of: Plan, key: str = "look", **fields: Any) -> PlanStep:
    """One step; a running one has a lease."""
    soon = timezone.now() + timedelta(hours=1)
    state = fields.get("state", "pending")
    lease = {
        "process": "worker@there:1", "lease_until": soon, "progress_until": soon, "progress_at": timezone.now(),
        "heartbeat_at": timezone.now(), "started_at": timezone.now(),
    }  # fmt: skip
    values = {
        "plan": of, "key": key, "position": of.steps.count(), "description": f"Do {key}", "worker": "code", "task": f"Please {key}.",
    }  # fmt: skip
    return PlanStep.objects.create(**values | (lease if state == "running" else {}) | fields)


def carried_out(step: PlanStep, **fields: Any) -> Run:
    """A run that carries the step out, at a model call."""
    values = {"batch": step.plan.batch, "plan_step": step, "epoch": 1, "agent": "code-worker", "worker": step.process}
    run = Run.objects.create(**values | fields)
    Step.objects.create(run=run, kind="model", name="anthropic:child-model", agent="code-worker")
    return run


def planning(rows: Rows) -> Plan:
    """Its batch waits for a plan of three: one done, one at work, one that comes after."""
    rows.batch.replies.all().delete()
    Run.objects.filter(pk=rows.run.pk).update(state="waiting")
    Batch.objects.filter(pk=rows.batch.pk).update(state="waiting", wake_at=None, epoch=1)
    made = plan(rows)
    sources = [
        {"url": "https://example.org/a", "title": "A page", "quote": "So it is.", "supported": True},
        {"url": "javascript:alert(1)", "title": "", "quote": "It never was.", "supported": False},
    ]
    plan_step(made, "find", state="succeeded", result="Found **it**.", sources=sources, started_at=timezone.now(),
              finished_at=timezone.now())  # fmt: skip
    carried_out(plan_step(made, "build", state="running", said="compiles", attempts=1))
    plan_step(made, "tell", depends_on=["find", "build"])
    return made
