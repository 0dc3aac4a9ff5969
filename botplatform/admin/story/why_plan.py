"""Why a batch that waits for its plan still waits: one cause for each step that is not at an end."""

from __future__ import annotations

from collections.abc import Iterator

from botplatform.admin import showing
from botplatform.admin.story.cause import Cause, Told, is_lapsed, since
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
        grave, said = _step(step, told, ended)
        name = showing.shorten(step["id"], 60)
        yield Cause(
            f"it waits for the plan: step {name} {said}", ("batch",), grave=grave, url=page(PlanStep, step["row"])
        )
    if not left:
        yield Cause("every step of its plan is at an end, and no worker has gone on with it", ("batch",))


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
        return _waits(step, told)
    if before := [key for key in step["depends_on"] if key not in ended]:
        return False, f"comes after {', '.join(map(str, before))}"
    failed = f" after {step['attempts']} failed attempts: {step['error']}" if step["attempts"] else ""
    later = step["wake_at"] and step["wake_at"] > now
    return False, (f"is tried again at {since(step['wake_at'])}{failed}" if later else f"waits for a worker{failed}")


def _waits(step: Told, told: Told) -> tuple[bool, str]:
    asked = [one for one in told["approvals"] if one["plan_step"] == step["row"] and one["state"] == "pending"]
    if asked:
        names = (
            f"an answer to question {one['number']}" if one["asks"] else f"approval {one['number']}" for one in asked
        )
        return True, f"waits for {' and '.join(names)}"
    until = f", until {since(step['wake_at'])} at most" if step["wake_at"] else ""
    return False, f"waits for {step['waits_for'] or 'its time'}{until}"
