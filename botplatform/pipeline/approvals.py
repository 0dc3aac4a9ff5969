"""ask(), decide(), expire(): the life of an approval. Each edge is one conditional UPDATE; the first decision wins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from django.conf import settings
from psycopg.types.json import Jsonb

from botplatform.pipeline import db
from botplatform.pipeline.leases import Lease
from botplatform.pipeline.permits import fingerprint

log = structlog.get_logger(__name__)

QUESTION_TTL = timedelta(days=1)
"""How long a question waits for its answer."""
BITE = 200
"""Approvals that one sweep expires at most."""

# The session's row is locked first, so that two calls of one session cannot be given the same number, and before the
# batch's, as by operators who write and release; but not its key, which replies stored under a batch's lock refer to.
_LOCK = b"SELECT id, session_id FROM botplatform_batch WHERE id = %s AND epoch = %s AND state = 'processing' FOR UPDATE"
_LOCK_STEP = b"""
    SELECT b.id, b.session_id FROM botplatform_planstep p JOIN botplatform_plan pl ON pl.id = p.plan_id
        JOIN botplatform_batch b ON b.id = pl.batch_id AND b.state = 'waiting' AND b.epoch = pl.epoch
    WHERE p.id = %s AND p.epoch = %s AND p.state = 'running' AND pl.state = 'running' FOR UPDATE OF b, p"""
_SESSION = b"""
    SELECT id FROM botplatform_session WHERE id = (SELECT session_id FROM botplatform_batch WHERE id = %s) FOR NO KEY UPDATE"""
_ASK = b"""
    INSERT INTO botplatform_approval (session_id, batch_id, plan_step_id, run_id, asks, options, number, tool, tool_use_id,
        arguments, arguments_hash, summary, said, risk, reason, decider, requesters, untrusted, expires_at)
    SELECT %(session)s, %(batch)s, %(step)s, %(run)s, %(asks)s, %(options)s,
        (SELECT coalesce(max(number), 0) + 1 FROM botplatform_approval WHERE session_id = %(session)s),
        %(tool)s, %(tool_use)s, %(arguments)s, %(hash)s, %(summary)s, %(said)s, %(risk)s, %(reason)s, %(decider)s,
        %(requesters)s, %(untrusted)s, now() + %(ttl)s
    ON CONFLICT (batch_id, plan_step_id, tool_use_id) DO NOTHING"""


@dataclass(frozen=True, slots=True)
class Request:
    """What a person is asked to decide."""

    tool: str
    tool_use_id: str
    arguments: Mapping[str, Any]
    summary: str
    said: str
    risk: str
    reason: str
    decider: str
    requesters: Sequence[str]
    untrusted: Sequence[str]
    asks: bool = False
    """A question, to be answered in words."""
    options: Sequence[str] = ()


async def ask(lease: Lease, run_id: int, request: Request) -> None:
    """Store the question under the run's epoch. Asking for the same call again changes nothing. Raises LeaseLost."""
    async with db.transaction() as connection:
        await connection.execute(_SESSION, (lease.batch_id,))
        lock, of = (_LOCK, lease.batch_id) if lease.step_id is None else (_LOCK_STEP, lease.step_id)
        batch = await (await connection.execute(lock, (of, lease.epoch))).fetchone()
        if batch is None:
            raise lease.forfeit()
        await connection.execute(
            _ASK,
            {
                "session": batch["session_id"], "batch": lease.batch_id, "step": lease.step_id, "run": run_id,
                "asks": request.asks, "options": Jsonb(list(request.options)), "tool": request.tool,
                "tool_use": request.tool_use_id, "arguments": Jsonb(dict(request.arguments)),
                "hash": fingerprint(request.arguments), "summary": request.summary, "said": request.said[:2000],
                "risk": request.risk, "reason": request.reason, "decider": request.decider,
                "requesters": Jsonb(list(request.requesters)), "untrusted": Jsonb(list(request.untrusted)),
                "ttl": QUESTION_TTL if request.asks else settings.APPROVAL_TTL,
            },
        )  # fmt: skip
    log.info("approval.asked", batch_id=lease.batch_id, run_id=run_id, tool=request.tool, risk=request.risk)


async def of_call(lease: Lease, tool_use_id: str) -> db.Row | None:
    """The approval that was asked for this call, if one was."""
    return await db.row(
        """SELECT * FROM botplatform_approval
           WHERE batch_id = %s AND plan_step_id IS NOT DISTINCT FROM %s AND tool_use_id = %s""",
        (lease.batch_id, lease.step_id, tool_use_id),
    )


async def denied_alike(batch_id: int, tool: str, arguments: Mapping[str, Any]) -> db.Row | None:
    """A denial of the very same call in this batch: people are not asked twice."""
    return await db.row(
        """SELECT * FROM botplatform_approval WHERE batch_id = %s AND tool = %s AND arguments_hash = %s AND state = 'denied'
           LIMIT 1""",
        (batch_id, tool, fingerprint(arguments)),
    )


@dataclass(frozen=True, slots=True)
class By:
    """Who decides, by the provider's or the console's id, and how."""

    id: str
    name: str
    via: str
    """button, command, message or console"""


@dataclass(frozen=True, slots=True)
class Decided:
    """Whether this decision was the first, and the approval as it is now."""

    won: bool
    approval: db.Row


_BATCH = b"SELECT b.id FROM botplatform_approval a JOIN botplatform_batch b ON b.id = a.batch_id WHERE a.id = %s FOR UPDATE OF b"
_DECIDE = b"""
    UPDATE botplatform_approval SET state = %(state)s, decided_by = %(name)s, decided_by_id = %(by)s, decided_via = %(via)s,
        comment = %(comment)s, decided_at = now(),
        proposed = CASE WHEN %(edited)s::jsonb IS NULL THEN proposed ELSE arguments END,
        arguments = coalesce(%(edited)s::jsonb, arguments), arguments_hash = coalesce(%(edited_hash)s, arguments_hash)
    WHERE id = %(id)s AND state = 'pending' AND expires_at > now() AND arguments_hash = %(hash)s RETURNING *"""
_WAKE = b"""
    UPDATE botplatform_batch b SET wake_at = now() WHERE b.id = %s AND b.state = 'waiting'
      AND NOT EXISTS (SELECT FROM botplatform_plan p WHERE p.batch_id = b.id AND p.state = 'running')
      AND NOT EXISTS (SELECT FROM botplatform_approval a WHERE a.batch_id = b.id AND a.state = 'pending')"""
_WAKE_STEP = b"""
    UPDATE botplatform_planstep p SET wake_at = now() WHERE p.id = %s AND p.state = 'waiting'
      AND NOT EXISTS (SELECT FROM botplatform_approval a WHERE a.plan_step_id = p.id AND a.state = 'pending')"""


async def decide(
    connection: db.Connection, approval: db.Row, *, approve: bool, by: By, comment: str = "",
    edited: Mapping[str, Any] | None = None,
) -> Decided:  # fmt: skip
    """Decide, within the caller's transaction, exactly what `approval` showed. The batch goes on when nothing else is open.

    Rights are the caller's to check. A decision that comes second, or too late, changes nothing.
    """
    await connection.execute(_BATCH, (approval["id"],))
    values = {
        "id": approval["id"], "hash": approval["arguments_hash"], "state": "approved" if approve else "denied",
        "by": by.id, "name": by.name[:200], "via": by.via, "comment": comment[:1000],
        "edited": Jsonb(dict(edited)) if edited is not None else None,
        "edited_hash": fingerprint(edited) if edited is not None else None,
    }  # fmt: skip
    won = await (await connection.execute(_DECIDE, values)).fetchone()
    if won is None:
        return Decided(False, await _as_it_is(connection, approval["id"]))
    if won["plan_step_id"]:
        await connection.execute(_WAKE_STEP, (won["plan_step_id"],))
    else:
        await connection.execute(_WAKE, (won["batch_id"],))
    log.info(
        "approval.decided", approval_id=won["id"], state=won["state"], by=by.name, via=by.via, tool=won["tool"],
        batch_id=won["batch_id"], edited=edited is not None,
    )  # fmt: skip
    return Decided(True, won)


async def _as_it_is(connection: db.Connection, approval_id: int) -> db.Row:
    await expire(connection, approval_id)
    found = await (
        await connection.execute(b"SELECT * FROM botplatform_approval WHERE id = %s", (approval_id,))
    ).fetchone()
    if found is None:
        raise LookupError(f"approval {approval_id} is gone")
    return found


_EXPIRE = b"""
    UPDATE botplatform_approval SET state = 'expired' WHERE id IN (
        SELECT id FROM botplatform_approval WHERE state = 'pending' AND expires_at <= now()
          AND (%(id)s::bigint IS NULL OR id = %(id)s) AND (%(batch)s::bigint IS NULL OR batch_id = %(batch)s)
        ORDER BY expires_at LIMIT %(bite)s FOR UPDATE SKIP LOCKED)
    RETURNING *"""


async def expire(connection: db.Connection, approval_id: int | None = None, batch_id: int | None = None) -> int:
    """End what nobody decided in time; its batch wakes by itself. How many there were."""
    values = {"id": approval_id, "batch": batch_id, "bite": BITE}
    expired = await (await connection.execute(_EXPIRE, values)).fetchall()
    for row in expired:
        log.info("approval.expired", approval_id=row["id"], batch_id=row["batch_id"], tool=row["tool"])
    return len(expired)


_VOID = b"UPDATE botplatform_approval SET state = 'void' WHERE batch_id = ANY(%s) AND state IN ('pending', 'approved')"


async def void(connection: db.Connection, batch_ids: Sequence[int]) -> None:
    """What their batches no longer wait for must not be approved any more."""
    await connection.execute(_VOID, (list(batch_ids),))
