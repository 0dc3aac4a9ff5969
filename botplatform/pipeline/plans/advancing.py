"""advance(): what the end of a step means for its plan. Of two last steps one resumes the run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from botplatform.pipeline import db

log = structlog.get_logger(__name__)

_LOCK = b"""
    SELECT b.id FROM botplatform_batch b JOIN botplatform_plan pl ON pl.batch_id = b.id
    WHERE pl.id = %s FOR NO KEY UPDATE OF b"""
_LOCK_PLAN = (
    b"SELECT id, batch_id, epoch, parallel FROM botplatform_plan WHERE id = %s AND state = 'running' FOR UPDATE"
)
_SKIP = b"""
    UPDATE botplatform_planstep p SET state = 'skipped', finished_at = now(),
        error = (SELECT 'It depends on "' || d.key || '", which ' || CASE d.state WHEN 'failed' THEN 'failed.'
            WHEN 'skipped' THEN 'was skipped.' ELSE 'was cancelled.' END FROM botplatform_planstep d
            WHERE d.plan_id = p.plan_id AND p.depends_on ? d.key AND d.state IN ('failed', 'skipped', 'cancelled')
            ORDER BY d.position LIMIT 1)
    WHERE p.plan_id = %s AND p.state = 'pending' AND EXISTS (
        SELECT FROM botplatform_planstep d WHERE d.plan_id = p.plan_id AND p.depends_on ? d.key
          AND d.state IN ('failed', 'skipped', 'cancelled'))"""
_OPEN = b"""
    SELECT count(*) FILTER (WHERE state IN ('pending', 'running', 'waiting')) AS open,
        count(*) FILTER (WHERE state = 'running') AS running FROM botplatform_planstep WHERE plan_id = %s"""
_DONE = b"UPDATE botplatform_plan SET state = 'done', finished_at = now() WHERE id = %s"
_RESUME = b"""
    UPDATE botplatform_batch SET wake_at = now() WHERE id = %s AND state = 'waiting' AND epoch = %s RETURNING session_id"""
_READY = b"""
    SELECT p.id FROM botplatform_planstep p WHERE p.plan_id = %s AND p.state = 'pending' AND coalesce(p.wake_at <= now(), true)
      AND NOT EXISTS (SELECT FROM botplatform_planstep d WHERE d.plan_id = p.plan_id AND p.depends_on ? d.key
        AND d.state <> 'succeeded') ORDER BY p.position LIMIT %s"""


@dataclass(frozen=True, slots=True)
class Next:
    """What is due after a step has ended."""

    plan_id: int
    steps: Sequence[int] = ()
    session_id: int | None = None
    """Its run goes on."""


async def lock(connection: db.Connection, plan_id: int) -> None:
    """Before a step's row is changed, within the same transaction."""
    await connection.execute(_LOCK, (plan_id,))


async def advance(connection: db.Connection, plan_id: int) -> Next:
    """Skip what can no longer be done; when nothing is left to do, let the run go on. After `lock`."""
    plan = await (await connection.execute(_LOCK_PLAN, (plan_id,))).fetchone()
    if plan is None:
        return Next(plan_id)
    while (await connection.execute(_SKIP, (plan_id,))).rowcount:
        pass
    left = await (await connection.execute(_OPEN, (plan_id,))).fetchone() or {"open": 0, "running": 0}
    if left["open"]:
        room = plan["parallel"] - left["running"]
        ready = await (await connection.execute(_READY, (plan_id, max(0, room)))).fetchall()
        return Next(plan_id, [row["id"] for row in ready])
    await connection.execute(_DONE, (plan_id,))
    woken = await (await connection.execute(_RESUME, (plan["batch_id"], plan["epoch"]))).fetchone()
    log.info("plan.done", plan_id=plan_id, batch_id=plan["batch_id"])
    return Next(plan_id, session_id=woken["session_id"] if woken else None)
