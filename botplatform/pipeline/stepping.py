"""begin(), finish(): a run's steps, each statement under the epoch of the batch or of the plan step that the run is for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from psycopg.types.json import Jsonb

from agents.base import StepKind, StepResult, StepStart
from botplatform.pipeline import db, yielding
from botplatform.pipeline.leases import BETWEEN_STEPS_SECONDS, GRACE_SECONDS, Lease
from botplatform.pipeline.permits import fingerprint

# Each statement moves on the progress of the batch, or of the plan step, and by that proves the epoch, before it writes
# anything. A plan step is its worker's while the batch waits at the epoch that dispatched it.
MINE = """
    mine AS (
        UPDATE botplatform_batch b SET progress_at = now(), progress_until = now() + %(limit)s
        WHERE b.id = %(batch)s AND b.epoch = %(epoch)s AND b.state = 'processing' RETURNING b.id, b.session_id)"""
MINE_STEP = """
    mine AS (
        UPDATE botplatform_planstep p SET progress_at = now(), progress_until = now() + %(limit)s
        FROM botplatform_plan pl, botplatform_batch b
        WHERE p.id = %(plan_step)s AND p.epoch = %(epoch)s AND p.state = 'running' AND pl.id = p.plan_id
          AND pl.state = 'running' AND b.id = pl.batch_id AND b.state = 'waiting' AND b.epoch = pl.epoch
        RETURNING b.id, b.session_id)"""
# No step begins while an operator has taken the conversation over; one that has begun ends as usual. MATERIALIZED, so that
# the mode is read once, for all that follows.
_FREE = """free AS MATERIALIZED (
        SELECT mine.id FROM mine JOIN botplatform_session s ON s.id = mine.session_id AND s.mode <> 'held')"""
_INSERT = """
    INSERT INTO botplatform_step (run_id, agent, kind, name, request, tool_use_id, repeatable)
    SELECT %(run)s, %(agent)s, %(kind)s, %(name)s, %(request)s, %(tool_use)s, %(repeatable)s FROM free"""
_RESUME = """
    UPDATE botplatform_step SET run_id = %(run)s FROM free{used}
    WHERE botplatform_step.id = %(resumes)s AND botplatform_step.state = 'running'"""
# An approval is used up by the statement that stores the step: once, and only for the arguments that were shown.
_USED = """, used AS (
        UPDATE botplatform_approval SET state = 'executed', executed_at = now() FROM free
        WHERE botplatform_approval.id = %(approval)s AND state = 'approved' AND arguments_hash = %(hash)s
        RETURNING botplatform_approval.id)"""
# What is changed outside is in the audit log before it is changed.
_AUDIT = """, step AS (
    {insert} RETURNING botplatform_step.id),
    audit AS (
        INSERT INTO botplatform_auditentry (who, action, object_type, object_id, object_name, told, after, request_id)
        SELECT %(who)s, %(tool)s, 'botplatform.run', %(run)s::text, %(run_name)s, %(audit)s,
            jsonb_build_object('step', step.id, 'arguments', %(request)s::jsonb), %(request_id)s FROM step)
    SELECT id FROM step"""
FINISH = """
    UPDATE botplatform_step SET state = %(state)s, response = %(response)s, name = coalesce(nullif(%(model)s, ''), name),
        stop_reason = %(stop_reason)s, tokens_in = %(tokens_in)s, tokens_out = %(tokens_out)s, cost_usd = %(cost)s,
        ms = %(ms)s, error = %(error)s, finished_at = now()"""
_FINISH = f"{FINISH} FROM mine WHERE botplatform_step.id = %(step)s RETURNING botplatform_step.id"
_READ = """
    UPDATE botplatform_run SET untrusted = %(untrusted)s, private = %(private)s FROM mine
    WHERE botplatform_run.id = %(run)s RETURNING botplatform_run.id"""


def storable(value: Any) -> Any:
    """JSON that PostgreSQL takes: no NUL, no lone surrogate, in whatever a model or a tool said."""
    if isinstance(value, str):
        return value.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, dict):
        return {storable(key): storable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [storable(item) for item in value]
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return str(value)
    return value


def result_values(step: int, result: StepResult) -> db.Row:
    """A step's end as parameters of `FINISH`."""
    return {
        "step": step, "state": result.state.value, "response": Jsonb(storable(dict(result.response))), "model": result.model,
        "stop_reason": result.stop_reason, "tokens_in": result.tokens_in, "tokens_out": result.tokens_out,
        "cost": result.cost_usd, "ms": result.milliseconds, "error": storable(result.error[:4000]),
    }  # fmt: skip


def under(lease: Lease) -> str:
    """The beginning of every statement of a run."""
    return f"WITH {MINE if lease.step_id is None else MINE_STEP}"


def moved(lease: Lease, seconds: float) -> db.Row:
    """Its parameters: no other sign of progress is due within so many seconds."""
    return {
        "batch": lease.batch_id, "plan_step": lease.step_id, "epoch": lease.epoch, "limit": timedelta(seconds=seconds)
    }  # fmt: skip


async def begin(
    lease: Lease, run_id: int, agent: str, start: StepStart, *, forgetful: bool = False, request_id: str = ""
) -> int:
    """Store a step as running and return its id. `forgetful`: without the prompt. Raises LeaseLost, TakenOver."""
    request = {**start.request, "messages": []} if forgetful and start.kind is StepKind.MODEL else start.request
    values = {
        **moved(lease, start.deadline_seconds + GRACE_SECONDS), "run": run_id, "agent": agent, "kind": start.kind.value,
        "name": start.name[:200], "request": Jsonb(storable(dict(request))), "tool_use": start.tool_use_id,
        "repeatable": start.repeatable, "approval": start.approval, "hash": fingerprint(start.request), "resumes": start.resumes,
        "audit": storable(start.audit[:2000]), "tool": start.name[:64], "who": f"agent {agent}"[:150],
        "run_name": f"run {run_id}", "request_id": request_id,
    }  # fmt: skip
    row = await db.row(f"{under(lease)}, {_FREE}{_beginning(start)}", values)
    if row is None:
        raise await yielding.lost(lease)
    return int(row["id"])


def _beginning(start: StepStart) -> str:
    used, insert = (_USED, f"{_INSERT}, used") if start.approval is not None else ("", _INSERT)
    if start.resumes is not None:
        return f"{used}{_RESUME.format(used=', used' if used else '')} RETURNING botplatform_step.id"
    return used + (_AUDIT.format(insert=insert) if start.audit else f"{insert} RETURNING id")


async def finish(lease: Lease, step: int, result: StepResult) -> None:
    """Store a step's end. Raises LeaseLost."""
    values = {**result_values(step, result), **moved(lease, BETWEEN_STEPS_SECONDS)}
    await _owned(lease, f"{under(lease)}{_FINISH}", values)


async def note_read(lease: Lease, run_id: int, *, untrusted: list[str], private: list[str]) -> None:
    """Store whose texts a run has read. Raises LeaseLost."""
    values = {"run": run_id, "untrusted": Jsonb(untrusted), "private": Jsonb(private)}
    await _owned(lease, f"{under(lease)}{_READ}", {**values, **moved(lease, BETWEEN_STEPS_SECONDS)})


async def stand_still(lease: Lease, seconds: float) -> None:
    """A wait of so long counts as progress, so that it is not taken for a hang. Raises LeaseLost."""
    await _owned(lease, f"{under(lease)} SELECT id FROM mine", moved(lease, seconds + BETWEEN_STEPS_SECONDS))


async def _owned(lease: Lease, sql: str, values: db.Row) -> None:
    if await db.row(sql, values) is None:
        raise lease.forfeit()
