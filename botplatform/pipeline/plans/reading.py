"""A batch's plan as its run finds it, and what a worker is given of it."""

from __future__ import annotations

from collections.abc import Sequence

from agents.base import PlanReport, WorkerInput
from agents.plans import Source, StepReport, StepStanding
from botplatform.pipeline import db
from botplatform.pipeline.plans.claiming import StepWork

_STEPS = """
    SELECT p.*, pl.number, pl.summary, pl.state AS plan_state FROM botplatform_planstep p
        JOIN botplatform_plan pl ON pl.id = p.plan_id JOIN botplatform_batch b ON b.id = pl.batch_id
    WHERE pl.batch_id = %s AND pl.run_id > coalesce(b.from_run, 0) AND pl.state <> 'cancelled' ORDER BY pl.number, p.position"""
_BEFORE = """
    SELECT * FROM botplatform_planstep p WHERE p.plan_id = %s AND p.key IN (
        SELECT jsonb_array_elements_text(depends_on) FROM botplatform_planstep WHERE id = %s) ORDER BY p.position"""


def _report(row: db.Row) -> StepReport:
    return StepReport(
        id=row["key"], description=row["description"], worker=row["worker"], task=row["task"],
        depends_on=tuple(row["depends_on"]), state=StepStanding(row["state"]), result=row["result"],
        sources=tuple(Source(**source) for source in row["sources"]), error=row["error"],
    )  # fmt: skip


async def report(batch_id: int) -> tuple[PlanReport | None, bool]:
    """The steps of all plans of this answer so far, and whether one is still carried out; None when there is none."""
    rows = await db.rows(_STEPS, (batch_id,))
    if not rows:
        return None, False
    steps: Sequence[StepReport] = [_report(row) for row in rows]
    numbers = [row["number"] for row in rows]
    found = PlanReport(rows[-1]["summary"], tuple(steps), replans=max(numbers) - 1)
    return found, any(row["plan_state"] == "running" for row in rows)


async def given(work: StepWork, goal: str) -> WorkerInput:
    """What the step's worker is asked, with the results of what it depends on."""
    before = await db.rows(_BEFORE, (work.row["plan_id"], work.lease.step_id))
    return WorkerInput(
        task=work.row["task"], goal=goal, description=work.row["description"], results=[_report(row) for row in before],
        attempt=work.row["attempts"] + 1,
    )  # fmt: skip
