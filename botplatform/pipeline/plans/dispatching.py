"""dispatch(): a run's plan is stored and its batch waits for it, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from psycopg.types.json import Jsonb

from agents.base import AgentSettings, Parked, PlanDraft
from botplatform.pipeline import db, yielding
from botplatform.pipeline.leases import Lease
from botplatform.pipeline.stepping import storable

log = structlog.get_logger(__name__)

_WAIT = b"""
    UPDATE botplatform_batch b SET state = 'waiting', worker = '', lease_until = NULL, wake_at = NULL
    WHERE b.id = %s AND b.epoch = %s AND b.state = 'processing' AND EXISTS (
        SELECT FROM botplatform_session s WHERE s.id = b.session_id AND s.mode <> 'held') RETURNING b.id"""
_RUN_WAITS = b"UPDATE botplatform_run SET state = 'waiting', note = 'its plan is carried out' WHERE id = %s AND state = 'running'"
_PLAN = b"""
    INSERT INTO botplatform_plan (batch_id, run_id, epoch, number, summary, parallel, attempts)
    SELECT %(batch)s, %(run)s, %(epoch)s, 1 + (
            SELECT count(*) FROM botplatform_plan p JOIN botplatform_batch b ON b.id = p.batch_id
            WHERE p.batch_id = %(batch)s AND p.run_id > coalesce(b.from_run, 0)),
        %(summary)s, %(parallel)s, %(attempts)s RETURNING id"""
_STEP = b"""
    INSERT INTO botplatform_planstep (plan_id, position, key, description, worker, task, depends_on)
    VALUES (%s, %s, %s, %s, %s, %s, %s) RETURNING id"""


class Planned(Parked):
    """The run sleeps until its plan is carried out; everything is stored."""

    def __init__(self, plan_id: int, steps: Sequence[int]) -> None:
        super().__init__(f"plan {plan_id}")
        self.plan_id = plan_id
        self.steps = steps
        """Those that may begin at once."""


async def dispatch(lease: Lease, run_id: int, settings: AgentSettings, plan: PlanDraft) -> Planned:
    """Store the plan under the run's epoch. Returns what the caller raises. Raises LeaseLost, TakenOver."""
    plan_id, ready = 0, list[int]()
    async with db.transaction() as connection:
        waits = await (await connection.execute(_WAIT, (lease.batch_id, lease.epoch))).fetchone()
        if waits:
            plan_id, ready = await _store(connection, lease, run_id, settings, plan)
    if not waits:
        raise await yielding.lost(lease)
    log.info("plan.dispatched", plan_id=plan_id, batch_id=lease.batch_id, run_id=run_id, steps=len(plan.steps))
    return Planned(plan_id, ready[: settings.parallel_steps])


_ADOPT = b"""
    UPDATE botplatform_plan SET epoch = %s WHERE batch_id = %s AND state = 'running' RETURNING id"""


async def adopt(lease: Lease, run_id: int) -> Planned:
    """Let the batch wait on for the plan that it has. Returns what the caller raises. Raises LeaseLost, TakenOver."""
    async with db.transaction() as connection:
        waits = await (await connection.execute(_WAIT, (lease.batch_id, lease.epoch))).fetchone()
        plan = None
        if waits:
            await connection.execute(_RUN_WAITS, (run_id,))
            plan = await (await connection.execute(_ADOPT, (lease.epoch, lease.batch_id))).fetchone()
            if plan is None:  # it came to its end in this moment
                await connection.execute(
                    b"UPDATE botplatform_batch SET wake_at = now() WHERE id = %s", (lease.batch_id,)
                )
    if not waits:
        raise await yielding.lost(lease)
    return Planned(plan["id"] if plan else 0, ())


async def _store(
    connection: db.Connection, lease: Lease, run_id: int, settings: AgentSettings, plan: PlanDraft
) -> tuple[int, list[int]]:
    await connection.execute(_RUN_WAITS, (run_id,))
    values = {
        "batch": lease.batch_id, "run": run_id, "epoch": lease.epoch, "summary": storable(plan.summary)[:2000],
        "parallel": settings.parallel_steps, "attempts": settings.step_attempts,
    }  # fmt: skip
    stored = await (await connection.execute(_PLAN, values)).fetchone()
    plan_id, ready = int(stored["id"]) if stored else 0, list[int]()
    for position, step in enumerate(plan.steps, start=1):
        texts = [storable(text) for text in (step.id, step.description, step.worker, step.task)]
        row = await (
            await connection.execute(_STEP, (plan_id, position, *texts, Jsonb(storable(list(step.depends_on)))))
        ).fetchone()
        if row and not step.depends_on:
            ready.append(int(row["id"]))
    return plan_id, ready
