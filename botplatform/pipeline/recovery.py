"""sweep(): what got stuck goes on. Everything is found from rows; nudges that were lost cost time only.

Works in bounded bites and skips what others hold, so that two sweeps at once do no harm.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import structlog
from django.conf import settings
from psycopg.types.json import Jsonb

from botplatform.pipeline import approvals, cancelling, db, ending, reminding, yielding
from botplatform.pipeline.plans import claiming
from botplatform.pipeline.plans import ending as plans
from transports import registry

log = structlog.get_logger(__name__)

SWEEP_LOCK = 0x7377656570
"""The advisory lock of whoever sweeps."""
BITE = 500
"""Rows of a kind in one sweep at most."""
STEP_ASIDE_SECONDS = (20, 60)
"""How long a batch that lost its lease twice, or more often, lets others go first."""
NUDGE_LOST = timedelta(seconds=2)
"""Work this long overdue was not nudged, or its nudge was lost."""


@dataclass(frozen=True, slots=True)
class Due:
    """What a sweep found to do."""

    sessions: list[int]
    """Sessions with a batch to claim."""
    deliveries: list[int]
    """Sessions with replies to send."""
    controls: list[int]
    """Updates that wait for the control task."""
    steps: list[int]
    """Steps of plans to claim."""


async def sweep() -> Due:
    """Settle lost leases and stale replies, then list what is overdue. While another process sweeps, nothing is found here.

    The lock is a transaction's: of a process that is suspended in the middle, the database ends it with the lease.
    """
    async with db.transaction() as connection:
        row = await (await connection.execute(b"SELECT pg_try_advisory_xact_lock(%s) AS won", (SWEEP_LOCK,))).fetchone()
        if not row or not row["won"]:
            return Due([], [], [], [])
        await settle_lost()
        await settle_stale_replies()
        await expire_approvals()
        await yielding.wake_forgotten(BITE)
        await plans.settle_lost(BITE)
        told = await reminding.post_due()
        deliveries = [*told, *await _ids(_DELIVERIES)]
        return Due(await _ids(_SESSIONS), deliveries, await _ids(_CONTROLS), await claiming.forgotten(NUDGE_LOST))


_LOST = b"""
    SELECT b.id, b.session_id, b.size, b.epoch, b.attempts, b.lost_leases, b.worker, b.request_id, s.bot_id,
           now() - coalesce(b.claimed_at, b.due_at) AS duration,
           CASE WHEN b.progress_until < now() THEN 'no progress' ELSE 'no heartbeat' END AS why
    FROM botplatform_batch b JOIN botplatform_session s ON s.id = b.session_id
    WHERE b.state = 'processing' AND b.worker <> '' AND b.lease_until < now()
    ORDER BY b.lease_until LIMIT 1 FOR UPDATE OF b SKIP LOCKED"""
_RUN_LOST = b"""
    UPDATE botplatform_run SET state = 'lost', error = %s, finished_at = now()
    WHERE batch_id = %s AND plan_step_id IS NULL AND state = 'running'"""
_FREE = b"""
    UPDATE botplatform_batch SET worker = '', attempts = attempts + 1, lost_leases = lost_leases + 1, error = %s WHERE id = %s"""
_ASIDE = b"""
    UPDATE botplatform_batch SET state = 'waiting', worker = '', attempts = attempts + 1, lost_leases = lost_leases + 1,
        wake_at = now() + %s, error = %s WHERE id = %s"""
_GIVE_UP = b"""
    UPDATE botplatform_batch SET state = 'failed', worker = '', attempts = attempts + 1, lost_leases = lost_leases + 1,
        finished_at = now(), error = %s WHERE id = %s"""
_TELL = b"""
    INSERT INTO botplatform_reply (session_id, batch_id, kind, part, text, formatting, edits, request_id)
    SELECT %(session)s, %(batch)s, 'notice', 1, %(text)s, %(formatting)s, coalesce((
        SELECT provider_id FROM botplatform_reply WHERE batch_id = %(batch)s AND kind = 'placeholder' AND state = 'sent'
          AND provider_id <> '' ORDER BY id DESC LIMIT 1), ''), %(request)s"""


async def settle_lost() -> int:
    """Count and free batches whose lease ran out; after BATCH_MAX_ATTEMPTS give up and tell the person once."""
    for settled in range(BITE):
        async with db.transaction() as connection:
            batch = await (await connection.execute(_LOST)).fetchone()
            if batch is None:
                return settled
            action = await _settle(connection, batch)
        log.warning(
            "batch.stuck",
            batch_id=batch["id"],
            request_id=batch["request_id"],
            duration_ms=int(batch["duration"].total_seconds() * 1000),
            message_count=batch["size"],
            action=action,
            reason=batch["why"],
            worker=batch["worker"],
        )
    return BITE


async def _settle(connection: db.Connection, batch: db.Row) -> str:
    error = f"{batch['why']} from {batch['worker']}"
    await connection.execute(_RUN_LOST, (error, batch["id"]))
    if batch["attempts"] + 1 >= settings.BATCH_MAX_ATTEMPTS:
        await connection.execute(_GIVE_UP, (error, batch["id"]))
        await plans.cancel(connection, [batch["id"]])
        await connection.execute(cancelling.BREAK_OFF, (batch["id"],))
        await approvals.void(connection, [batch["id"]])
        await connection.execute(
            b"UPDATE botplatform_update SET state = 'failed', handled_at = now() WHERE batch_id = %s", (batch["id"],)
        )
        text = ending.excuse("", batch["request_id"])
        told = {
            "session": batch["session_id"],
            "batch": batch["id"],
            "text": text,
            "formatting": Jsonb([]),
            "request": batch["request_id"],
        }
        await connection.execute(_TELL, told)
        return "failed"
    if batch["lost_leases"] + 1 >= 2:
        wait = STEP_ASIDE_SECONDS[min(batch["lost_leases"], len(STEP_ASIDE_SECONDS)) - 1]
        await connection.execute(_ASIDE, (timedelta(seconds=wait), error, batch["id"]))
        return "stepped aside"
    await connection.execute(_FREE, (error, batch["id"]))
    return "retried"


async def expire_approvals() -> int:
    """End what nobody decided in time; the batches that wait for it wake by themselves."""
    async with db.transaction() as connection:
        return await approvals.expire(connection)


# A placeholder is written off; an edit, or a part that can be looked for, is tried again; any other part may have arrived.
_STALE = """
    UPDATE botplatform_reply r SET
        state = CASE WHEN r.kind = 'placeholder' OR r.replaced_at IS NOT NULL AND r.sent_by = '' THEN 'failed'
                     WHEN r.edits <> '' OR b.transport = ANY(%(findable)s) THEN 'pending'
                     ELSE 'unknown' END,
        attempts = r.attempts + 1,
        error = CASE WHEN r.kind = 'placeholder' THEN 'written off: accepted or not, nobody can tell'
                     ELSE 'its worker ended while sending' END
    FROM botplatform_session s JOIN botplatform_bot b ON b.id = s.bot_id
    WHERE s.id = r.session_id AND r.id IN (
        SELECT id FROM botplatform_reply WHERE state = 'sending' AND claimed_at < now() - %(lease)s
        ORDER BY claimed_at LIMIT %(bite)s FOR UPDATE SKIP LOCKED)
    RETURNING r.id, r.state, r.session_id"""


async def settle_stale_replies() -> int:
    """Decide about replies whose sender ended in the middle."""
    findable = [name for name, transport in registry.TRANSPORTS.items() if transport.features.findable]
    settled = await db.rows(_STALE, {"findable": findable, "lease": settings.LEASE, "bite": BITE})
    for row in settled:
        log.warning("reply.stale", reply_id=row["id"], state=row["state"], session_id=row["session_id"])
    return len(settled)


# What waits for a person to let it go on is left out before the bites are taken, or it would hide the rest.
_OPEN = "JOIN botplatform_session s ON s.id = w.session_id JOIN botplatform_bot b ON b.id = s.bot_id AND NOT b.paused"
_SESSIONS = f"""
    SELECT session_id AS id FROM (
        (SELECT w.session_id, w.due_at AS since FROM botplatform_batch w {_OPEN} AND s.mode <> 'paused'
         WHERE w.state = 'collecting' AND w.due_at < now() - %(lost)s
           AND NOT EXISTS (SELECT FROM botplatform_batch p WHERE p.session_id = w.session_id AND p.state = 'processing')
         ORDER BY w.due_at LIMIT %(bite)s)
        UNION ALL
        (SELECT w.session_id, w.lease_until FROM botplatform_batch w {_OPEN} AND s.mode NOT IN ('paused', 'held')
         WHERE w.state = 'processing' AND w.worker = '' AND w.lease_until <= now() AND coalesce(w.retry_at <= now(), true)
         ORDER BY w.lease_until LIMIT %(bite)s)
        UNION ALL
        (SELECT w.session_id, w.wake_at FROM botplatform_batch w {_OPEN} AND s.mode NOT IN ('paused', 'held')
         WHERE w.state = 'waiting' AND w.wake_at <= now() ORDER BY w.wake_at LIMIT %(bite)s)) due
    GROUP BY session_id ORDER BY min(since) LIMIT %(bite)s"""
_DELIVERIES = f"""
    SELECT session_id AS id FROM (
        (SELECT r.session_id, r.not_before AS since FROM botplatform_reply r JOIN botplatform_session s ON s.id = r.session_id
         WHERE r.state = 'pending' AND r.not_before < now() - %(lost)s AND coalesce(s.not_before <= now(), true)
           AND {yielding.may_leave("s", "r")}
         ORDER BY r.not_before LIMIT %(bite)s)
        UNION ALL
        (SELECT session_id, expires_at FROM botplatform_approval WHERE state <> 'pending' AND NOT outcome_shown LIMIT %(bite)s)
    ) due GROUP BY session_id ORDER BY min(since) LIMIT %(bite)s"""
_CONTROLS = """
    SELECT id FROM botplatform_update
    WHERE state = 'queued' AND batch_id IS NULL AND received_at < now() - %(lost)s ORDER BY received_at LIMIT %(bite)s"""


async def _ids(sql: str) -> list[int]:
    return [row["id"] for row in await db.rows(sql, {"lost": NUDGE_LOST, "bite": BITE})]


async def seconds_to_next() -> float:
    """How long a worker's own sweep may sleep: until the next lease ends, but at most SWEEP_SECONDS."""
    row = await db.row(
        """SELECT extract(epoch FROM least(
            (SELECT min(lease_until) FROM botplatform_batch WHERE state = 'processing' AND lease_until > now()),
            (SELECT min(wake_at) FROM botplatform_batch WHERE state = 'waiting' AND wake_at > now()),
            (SELECT min(retry_at) FROM botplatform_batch WHERE state = 'processing' AND worker = '' AND retry_at > now()),
            (SELECT min(lease_until) FROM botplatform_planstep WHERE state = 'running' AND lease_until > now()),
            (SELECT min(wake_at) FROM botplatform_planstep WHERE state IN ('pending', 'waiting') AND wake_at > now()) + interval '2 s',
            (SELECT min(due_at) FROM botplatform_reminder WHERE state = 'pending' AND due_at > now())
            ) - now())::float AS seconds"""
    )
    seconds = row["seconds"] if row else None
    longest = settings.SWEEP_EVERY.total_seconds()
    return longest if seconds is None else min(longest, max(0.2, seconds + 0.05))
