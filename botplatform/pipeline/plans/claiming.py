"""claim(): one step of a plan, taken by exactly one worker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog
from django.conf import settings

from botplatform.pipeline import db
from botplatform.pipeline.leases import BETWEEN_STEPS_SECONDS, GRACE_SECONDS, Lease, now, worker_name

log = structlog.get_logger(__name__)

# A step waits while its conversation is held or paused; where nobody is answered any more, what was begun is seen through.
OPEN = """
    FROM botplatform_planstep p JOIN botplatform_plan pl ON pl.id = p.plan_id AND pl.state = 'running'
        JOIN botplatform_batch b ON b.id = pl.batch_id AND b.state = 'waiting' AND b.epoch = pl.epoch
        JOIN botplatform_session s ON s.id = b.session_id AND s.mode NOT IN ('held', 'paused')
        JOIN botplatform_bot bot ON bot.id = s.bot_id AND NOT bot.paused
    WHERE p.state IN ('pending', 'waiting') AND coalesce(p.wake_at <= now(), p.state = 'pending')
      AND (p.state = 'waiting' OR NOT EXISTS (
        SELECT FROM botplatform_planstep d WHERE d.plan_id = p.plan_id AND p.depends_on ? d.key AND d.state <> 'succeeded'))"""
"""SQL: steps `p` of plans `pl` that may be worked on, but for the limit on how many run at the same time."""
ROOM = "(SELECT count(*) FROM botplatform_planstep r WHERE r.plan_id = pl.id AND r.state = 'running') < pl.parallel"
"""SQL: that limit. What it keeps waiting must not hide others from a bite."""
_LOCK = b"SELECT pl.id FROM botplatform_plan pl JOIN botplatform_planstep p ON p.plan_id = pl.id WHERE p.id = %s FOR UPDATE OF pl"
_CLAIM = f"""
    UPDATE botplatform_planstep t SET state = 'running', epoch = t.epoch + 1, process = %(process)s, wake_at = NULL,
        wait_key = '', waits_for = '', lease_until = now() + %(lease)s, heartbeat_at = now(), progress_at = now(),
        progress_until = now() + %(progress)s, started_at = coalesce(t.started_at, now())
    FROM (SELECT p.id, pl.batch_id, pl.run_id AS parent_run, b.session_id, b.size, b.request_id, b.agent, b.sent_to, pl.attempts AS allowed
          {OPEN} AND p.id = %(step)s AND {ROOM}) open
    WHERE t.id = open.id
    RETURNING t.*, open.batch_id, open.parent_run, open.session_id, open.size, open.request_id, open.agent, open.sent_to, open.allowed
    """.encode()  # fmt: skip


@dataclass(frozen=True, slots=True)
class StepWork:
    """A claimed step: its row with what is needed of its batch, and the lease to work under."""

    lease: Lease
    row: db.Row


async def claim(step_id: int) -> StepWork | None:
    """Take a step under a new epoch and a fresh lease; None when it is not due, or enough of its plan's steps run."""
    asked = now()
    params = {
        "step": step_id, "process": worker_name(), "lease": settings.LEASE,
        "progress": timedelta(seconds=BETWEEN_STEPS_SECONDS + GRACE_SECONDS),
    }  # fmt: skip
    async with db.transaction() as connection:
        await connection.execute(_LOCK, (step_id,))  # so that two claims do not count past each other
        row = await (await connection.execute(_CLAIM, params)).fetchone()
    if row is None:
        return None
    log.info("step.claimed", step_id=step_id, plan_id=row["plan_id"], worker=row["worker"], epoch=row["epoch"])
    return StepWork(Lease(row["batch_id"], row["epoch"], step_id, renewed=asked), row)


_DUE = (
    f"SELECT p.id {OPEN} AND b.session_id = %(session)s AND {ROOM} ORDER BY p.wake_at NULLS FIRST, p.id LIMIT %(most)s"
)
_FORGOTTEN = f"""
    SELECT p.id {OPEN} AND {ROOM} AND greatest(p.wake_at, pl.created_at, (
            SELECT max(d.finished_at) FROM botplatform_planstep d WHERE d.plan_id = pl.id)) < now() - %(lost)s
    ORDER BY p.id LIMIT %(most)s"""
MOST = 200


async def due_in(session_id: int) -> Sequence[int]:
    """Steps of this conversation's plans that may be worked on now."""
    return [row["id"] for row in await db.rows(_DUE, {"session": session_id, "most": MOST})]


async def forgotten(lost: timedelta) -> list[int]:
    """Steps that have been due for so long that their nudge was lost."""
    return [row["id"] for row in await db.rows(_FORGOTTEN, {"lost": lost, "most": MOST})]
