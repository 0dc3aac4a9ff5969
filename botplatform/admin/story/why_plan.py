"""Why a batch that waits for its plan still waits: one cause for each step that is not at an end."""

from __future__ import annotations

from collections.abc import Iterator

from botplatform.admin import showing
from botplatform.admin.story.cause import Cause, Told, decision, is_lapsed, since, tries
from botplatform.admin.story.chapter import page
from botplatform.models import PlanStep

_OPEN = ("pending", "running", "waiting")


def of_plan(told: Told) -> Iterator[Cause]:
    """Nothing where no plan is carried out."""
    plan = told["plan"]
    if plan is None or plan["state"] != "running":
        return
    ended = {step["id"] for step in plan["steps"] if step["state"] not in _OPEN}
    left = [step for step in plan["steps"] if step["state"] in _OPEN]
    for step in left:
        yield from _causes(step, told, ended)
    if not left:
        yield Cause("every step of its plan is at an end, and no worker has gone on with it", ("batch",))


def is_told(approval: Told, told: Told) -> bool:
    """Whether it is among the causes of the plan."""
    plan = told["plan"]
    steps = plan["steps"] if plan and plan["state"] == "running" else ()
    return any(step["row"] == approval["plan_step"] and step["state"] == "waiting" for step in steps)


def _causes(step: Told, told: Told, ended: set[str]) -> Iterator[Cause]:
    name, url = f"it waits for the plan: step {showing.shorten(step['id'], 60)}", page(PlanStep, step["row"])
    asked = [one for one in told["approvals"] if one["plan_step"] == step["row"] and one["state"] == "pending"]
    if step["state"] == "waiting" and asked:
        for one in asked:
            yield Cause(f"{name} {decision(one)}", ("batch",), grave=True, approval=one["id"], url=url)
        return
    grave, said = _step(step, told, ended)
    yield Cause(f"{name} {said}", ("batch",), grave=grave, url=url)


def _step(step: Told, told: Told, ended: set[str]) -> tuple[bool, str]:
    """Whether somebody has to do something, and where the step stands."""
    now = told["update"]["asked_at"]
    if is_lapsed(step, now):
        silent = step["lease_until"] and step["lease_until"] < now
        what = (
            f"no heartbeat since {since(step['heartbeat_at'])}"
            if silent
            else f"no progress since {since(step['progress_at'])}"
        )
        return True, f"is stuck: {what}, at {step['process'] or 'no worker'}"
    if step["state"] == "running":
        doing = f": {step['said']}" if step["said"] else ""
        return False, f"runs at {step['process']}, which last moved on at {since(step['progress_at'])}{doing}"
    if step["state"] == "waiting":
        until = f", until {since(step['wake_at'])} at most" if step["wake_at"] else ""
        return False, f"waits for {step['waits_for'] or 'its time'}{until}"
    if before := [key for key in step["depends_on"] if key not in ended]:
        return False, f"comes after {', '.join(map(str, before))}"
    failed = f" after {tries(step['attempts'])}: {step['error']}" if step["attempts"] else ""
    later = step["wake_at"] and step["wake_at"] > now
    return False, (f"is tried again at {since(step['wake_at'])}{failed}" if later else f"waits for a worker{failed}")
