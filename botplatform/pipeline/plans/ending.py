"""How an attempt at a step ends: done, tried again later, given up, handed back, or found without its worker."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta

import structlog
from django.conf import settings
from psycopg.types.json import Jsonb

from agents.base import AgentError, WorkerResult
from botplatform.pipeline import db
from botplatform.pipeline.leases import Lease
from botplatform.pipeline.plans import advancing
from botplatform.pipeline.plans.advancing import Next
from botplatform.pipeline.plans.claiming import StepWork
from botplatform.pipeline.stepping import FINISH, finish, result_values, storable
from botplatform.pipeline.yielding import TakenOver

log = structlog.get_logger(__name__)

RETRY_SECONDS = (5, 20, 60)
"""Back-off after the first, second and any later failed attempt at a step."""
RESULT_CHARS = 60_000

# Only while the batch waits for this very plan: a step of a plan that was dropped writes nothing.
_MINE = """
    FROM botplatform_plan pl, botplatform_batch b
    WHERE t.id = %(plan_step)s AND t.epoch = %(epoch)s AND t.state = 'running' AND pl.id = t.plan_id AND pl.state = 'running'
      AND b.id = pl.batch_id AND b.state = 'waiting' AND b.epoch = pl.epoch"""
_SUCCEEDED = f"""
    UPDATE botplatform_planstep t SET state = 'succeeded', result = %(result)s, sources = %(sources)s, error = '', said = '',
        process = '', lease_until = NULL, finished_at = now() {_MINE} RETURNING b.session_id""".encode()
_FAILED = f"""
    UPDATE botplatform_planstep t SET state = 'failed', attempts = t.attempts + 1, error = %(error)s, said = '', process = '',
        lease_until = NULL, finished_at = now() {_MINE} RETURNING t.id""".encode()
_AGAIN = f"""
    UPDATE botplatform_planstep t SET state = 'pending', attempts = t.attempts + %(counts)s, error = %(error)s, process = '',
        lease_until = NULL, wake_at = now() + %(wait)s {_MINE} RETURNING t.id""".encode()
_HELD = b"SELECT mode = 'held' AS held FROM botplatform_session WHERE id = %s"
_RUN = b"UPDATE botplatform_run SET state = 'succeeded', note = %s, finished_at = now() WHERE id = %s AND state = 'running'"
_RUN_FAILED = b"""
    UPDATE botplatform_run SET state = 'failed', error = %s, finished_at = now() WHERE plan_step_id = %s AND state = 'running'"""
_RUN_ENDS = b"""
    UPDATE botplatform_run SET state = 'cancelled', error = %s, finished_at = now() WHERE plan_step_id = %s AND state = 'running'"""
_RUN_WAITS = b"UPDATE botplatform_run SET state = 'waiting', note = %s WHERE plan_step_id = %s AND state = 'running'"


def _of(lease: Lease) -> db.Row:
    return {"plan_step": lease.step_id, "epoch": lease.epoch}


async def succeed(work: StepWork, run_id: int, result: WorkerResult) -> Next:
    """Store the last model call, the result and the step's end together. Raises LeaseLost, TakenOver."""
    lease, plan_id = work.lease, int(work.row["plan_id"])
    values = {
        **_of(lease), "result": storable(result.text)[:RESULT_CHARS],
        "sources": Jsonb(storable([asdict(source) for source in result.sources])),
    }  # fmt: skip
    async with db.transaction() as connection:
        await advancing.lock(connection, plan_id)
        ended = await (await connection.execute(_SUCCEEDED, values)).fetchone()
        if ended is None:
            raise lease.forfeit()
        mode = await (await connection.execute(_HELD, (ended["session_id"],))).fetchone()
        if mode and mode["held"]:
            raise TakenOver(str(lease))
        if result.last_step is not None and result.last_result is not None:
            finish_step = f"{FINISH} WHERE id = %(step)s".encode()
            await connection.execute(finish_step, result_values(result.last_step, result.last_result))
        await connection.execute(_RUN, (result.note, run_id))
        return await advancing.advance(connection, plan_id)


async def settle_error(work: StepWork, error: AgentError) -> Next:
    """Try the step again later, or give it up; its dependants are skipped then. Raises LeaseLost."""
    attempts = work.row["attempts"] + 1
    log.warning(
        "step.failed", step_id=work.lease.step_id, attempts=attempts, retryable=error.retryable, error=str(error)
    )
    said = storable(str(error))[:2000]
    async with db.transaction() as connection:
        await advancing.lock(connection, work.row["plan_id"])
        if error.retryable and attempts < work.row["allowed"]:
            wait = min(error.retry_after or RETRY_SECONDS[min(attempts, len(RETRY_SECONDS)) - 1], RETRY_SECONDS[-1])
            values = {**_of(work.lease), "error": said, "wait": timedelta(seconds=wait), "counts": 1}
            row = await (await connection.execute(_AGAIN, values)).fetchone()
        else:
            row = await (
                await connection.execute(_FAILED, {**_of(work.lease), "error": error.public or said})
            ).fetchone()
        if row is None:
            raise work.lease.forfeit()
        await connection.execute(_RUN_FAILED, (said, work.lease.step_id))
        return await advancing.advance(connection, work.row["plan_id"])


async def keep_step(work: StepWork, result: WorkerResult) -> None:
    """Store the call that a result came from, though the step does not end now: it has been paid. Raises LeaseLost."""
    if result.last_step is not None and result.last_result is not None:
        await finish(work.lease, result.last_step, result.last_result)


async def put_off(work: StepWork, why: str, *, wait: timedelta = timedelta(0), parks: bool = False) -> None:
    """Free the step for another claim; that costs no attempt. Where its run `parks`, the same one goes on then."""
    values = {**_of(work.lease), "error": why, "wait": wait, "counts": 0}
    async with db.transaction() as connection:
        if await (await connection.execute(_AGAIN, values)).fetchone():
            await connection.execute(_RUN_WAITS if parks else _RUN_ENDS, (why, work.lease.step_id))
    work.lease.lost = True
    log.info("step.put_off", step_id=work.lease.step_id, reason=why)


_LOST = b"""
    SELECT p.id, p.plan_id, p.attempts, p.process, pl.attempts AS allowed,
        CASE WHEN p.progress_until < now() THEN 'no progress' ELSE 'no heartbeat' END AS why
    FROM botplatform_planstep p JOIN botplatform_plan pl ON pl.id = p.plan_id
    WHERE p.state = 'running' AND p.lease_until < now() ORDER BY p.lease_until LIMIT 1"""
_FREE = b"""
    UPDATE botplatform_planstep SET state = %(state)s::text, attempts = attempts + 1, process = '', lease_until = NULL,
        wake_at = now() + %(wait)s, error = %(error)s, finished_at = CASE WHEN %(state)s::text = 'failed' THEN now() END
    WHERE id = %(id)s AND state = 'running' AND lease_until < now() RETURNING id"""
_RUN_LOST = b"UPDATE botplatform_run SET state = 'lost', error = %s, finished_at = now() WHERE plan_step_id = %s AND state = 'running'"
_CANCEL_OPEN = b"""
    UPDATE botplatform_planstep SET state = 'cancelled', finished_at = now(), process = '', lease_until = NULL
    WHERE plan_id IN (SELECT id FROM botplatform_plan WHERE batch_id = ANY(%(batches)s)) AND state IN ('pending', 'running', 'waiting')
    RETURNING id"""
_CANCEL_RUNS = b"""
    UPDATE botplatform_run SET state = 'cancelled', error = 'its plan was stopped', finished_at = now()
    WHERE plan_step_id = ANY(%s) AND state IN ('running', 'waiting')"""
_CANCEL = b"""
    UPDATE botplatform_plan SET state = 'cancelled', finished_at = now() WHERE batch_id = ANY(%(batches)s) AND state = 'running'"""


async def settle_lost(most: int) -> None:
    """Steps whose worker vanished are tried again from their last whole step, or given up after their attempts."""
    for _ in range(most):
        async with db.transaction() as connection:
            step = await (await connection.execute(_LOST)).fetchone()
            if step is None:
                return
            await advancing.lock(connection, step["plan_id"])
            last = step["attempts"] + 1 >= max(step["allowed"], settings.BATCH_MAX_ATTEMPTS)
            wait = RETRY_SECONDS[min(step["attempts"], len(RETRY_SECONDS)) - 1] if step["attempts"] else 0
            error = f"{step['why']} from {step['process']}"
            values = {
                "id": step["id"],
                "state": "failed" if last else "pending",
                "wait": timedelta(seconds=wait),
                "error": error,
            }
            if await (await connection.execute(_FREE, values)).fetchone():
                await connection.execute(_RUN_LOST, (error, step["id"]))
                await advancing.advance(connection, step["plan_id"])
        log.warning(
            "step.lost", step_id=step["id"], plan_id=step["plan_id"], reason=step["why"], action=values["state"]
        )


_REOPEN = b"""
    UPDATE botplatform_plan SET state = 'running', finished_at = NULL WHERE state = 'cancelled' AND id = (
        SELECT max(pl.id) FROM botplatform_plan pl JOIN botplatform_batch b ON b.id = pl.batch_id
        WHERE b.id = %s AND pl.run_id > coalesce(b.from_run, 0)) RETURNING id"""
_REOPEN_STEPS = b"""
    UPDATE botplatform_planstep SET state = 'pending', attempts = 0, wake_at = NULL, wait_key = '', waits_for = '', said = '',
        error = '', finished_at = NULL
    WHERE plan_id = %s AND state = 'cancelled'"""


async def reopen(connection: db.Connection, batch_id: int) -> None:
    """Go on with the plan that a batch was stopped in: what its steps have brought is kept, and not done a second time."""
    plan = await (await connection.execute(_REOPEN, (batch_id,))).fetchone()
    if plan:
        await connection.execute(_REOPEN_STEPS, (plan["id"],))


async def cancel(connection: db.Connection, batch_ids: list[int]) -> None:
    """Stop the plans of batches that were stopped; whoever works on a step stops at the next write."""
    await connection.execute(_CANCEL, {"batches": batch_ids})
    stopped = await (await connection.execute(_CANCEL_OPEN, {"batches": batch_ids})).fetchall()
    await connection.execute(_CANCEL_RUNS, ([row["id"] for row in stopped],))
