"""claim(): the session's next work, taken by exactly one worker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog
from django.conf import settings
from psycopg.errors import UniqueViolation

from botplatform.pipeline import db
from botplatform.pipeline.leases import BETWEEN_STEPS_SECONDS, GRACE_SECONDS, Lease, now, worker_name
from botplatform.pipeline.nudging import AT_ONCE, Nudge

log = structlog.get_logger(__name__)

ASIDE = timedelta(seconds=10)
"""How long a batch waits for messages that came before others of it and are still held aside."""
SOON = timedelta(milliseconds=50)
"""When to look again at work that somebody else holds for a moment."""


@dataclass(frozen=True, slots=True)
class Work:
    """A claimed batch: its row, and the lease to work under."""

    lease: Lease
    batch: db.Row


@dataclass(frozen=True, slots=True)
class Later:
    """Nothing to claim now; worth another look after this time, or not at all."""

    after: timedelta | None = None
    plans: bool = False
    """Steps of a plan may be due."""


# Candidates in order: handed back or lost and due again, waiting and due, collecting and due.
# A message that may yet join the batch is waited for, while there is hope that the control task reads it.
# A lost lease is settled by recovery first (its worker is then empty), so that it is counted and told.
_CLAIM = """
    WITH busy AS (
        SELECT 1 FROM botplatform_batch WHERE session_id = %(session)s AND state = 'processing'
    ), next AS (
        SELECT b.id FROM botplatform_batch b JOIN botplatform_session s ON s.id = b.session_id
            JOIN botplatform_bot bot ON bot.id = s.bot_id
        WHERE b.session_id = %(session)s AND s.mode = 'normal' AND NOT bot.paused AND (
            (b.state = 'processing' AND b.worker = '' AND b.lease_until <= now() AND coalesce(b.retry_at <= now(), true))
            OR (b.state = 'waiting' AND b.wake_at <= now() AND NOT EXISTS (SELECT FROM busy))
            OR (b.state = 'collecting' AND b.due_at <= now() AND NOT EXISTS (SELECT FROM busy) AND NOT EXISTS (
                SELECT FROM botplatform_update u WHERE u.state = 'queued' AND u.batch_id IS NULL
                  AND u.received_at > now() - %(aside)s AND u.session_id = b.session_id AND u.kind = 'message')))
        ORDER BY CASE b.state WHEN 'processing' THEN 0 WHEN 'waiting' THEN 1 ELSE 2 END, b.id
        LIMIT 1 FOR UPDATE OF b SKIP LOCKED
    )
    UPDATE botplatform_batch b SET
        state = 'processing', epoch = b.epoch + 1, worker = %(worker)s, retry_at = NULL, wake_at = NULL, wait_key = '',
        waits_for = '',
        claimed_at = coalesce(b.claimed_at, now()), lease_until = now() + %(lease)s, heartbeat_at = now(),
        progress_at = now(), progress_until = now() + %(progress)s
    FROM next WHERE b.id = next.id
    RETURNING b.id, b.session_id, b.epoch, b.size, b.request_id, b.attempts, b.opened_at, b.due_at, b.agent, b.sent_to"""

# What a claim that found nothing should do: settle a silent session, look again, or leave it to whoever holds it.
_WHY_NOT = """
    SELECT s.mode, bot.paused, b.state, b.due_at - now() AS due_in, b.worker, b.lease_until <= now() AS lapsed,
           greatest(b.retry_at, b.lease_until) - now() AS retry_in, EXISTS (
               SELECT FROM botplatform_batch w JOIN botplatform_plan p ON p.batch_id = w.id AND p.state = 'running'
               WHERE w.session_id = s.id AND w.state = 'waiting') AS plans
    FROM botplatform_session s JOIN botplatform_bot bot ON bot.id = s.bot_id LEFT JOIN botplatform_batch b
      ON b.session_id = s.id AND b.state IN ('collecting', 'processing')
    WHERE s.id = %s ORDER BY b.state DESC"""

_END_SILENT = """
    WITH ended AS (
        UPDATE botplatform_batch b SET state = 'done', finished_at = now(),
            reason = CASE s.mode WHEN 'held' THEN 'operator' ELSE s.mode END
        FROM botplatform_session s
        WHERE s.id = b.session_id AND s.id = %s AND s.mode IN ('held', 'muted', 'blocked') AND (
            (b.state = 'collecting' AND b.due_at <= now()) OR s.mode <> 'held' AND (
                (b.state = 'waiting' AND b.wake_at <= now())
                OR (b.state = 'processing' AND b.worker = '' AND b.lease_until <= now())))
        RETURNING b.id, b.reason
    ), run AS (
        UPDATE botplatform_run r SET state = 'cancelled', error = ended.reason, finished_at = now()
        FROM ended WHERE r.batch_id = ended.id AND r.state IN ('running', 'waiting')
    ), plan AS (
        UPDATE botplatform_plan p SET state = 'cancelled', finished_at = now() FROM ended
        WHERE p.batch_id = ended.id AND p.state = 'running' RETURNING p.id
    ), step AS (
        UPDATE botplatform_planstep p SET state = 'cancelled', finished_at = now(), process = '', lease_until = NULL
        FROM plan WHERE p.plan_id = plan.id AND p.state IN ('pending', 'running', 'waiting')
    ), approval AS (
        UPDATE botplatform_approval a SET state = 'void' FROM ended
        WHERE a.batch_id = ended.id AND a.state IN ('pending', 'approved'))
    UPDATE botplatform_update u SET state = 'ignored', reason = ended.reason, handled_at = now()
    FROM ended WHERE u.batch_id = ended.id AND u.state = 'queued'"""


async def claim(session_id: int) -> Work | Later:
    """Take the session's next due batch under a new epoch and a fresh lease, or say when to look again."""
    asked = now()
    params = {
        "session": session_id,
        "worker": worker_name(),
        "lease": settings.LEASE,
        "aside": ASIDE,
        "progress": timedelta(seconds=BETWEEN_STEPS_SECONDS + GRACE_SECONDS),
    }
    try:
        batch = await db.row(_CLAIM, params)
    except UniqueViolation:  # another worker claimed the session's other batch in this moment
        return Later(SOON)
    if batch is None:
        return await _why_not(session_id)
    log.info(
        "batch.claimed", batch_id=batch["id"], session_id=session_id, epoch=batch["epoch"], message_count=batch["size"]
    )
    return Work(Lease(batch["id"], batch["epoch"], renewed=asked), batch)


async def _why_not(session_id: int) -> Later:
    found = await db.rows(_WHY_NOT, (session_id,))
    if not found or found[0]["mode"] == "paused" or found[0]["paused"]:
        return Later()
    if found[0]["mode"] in ("held", "muted", "blocked"):
        await db.change(_END_SILENT, (session_id,))
    if found[0]["mode"] == "held":  # what was under way waits for the release
        found = [row for row in found if row["state"] == "collecting"]
        return Later(_wait(found) if found else None)
    return Later(_wait(found), plans=found[0]["plans"])


def _wait(found: Sequence[db.Row]) -> timedelta | None:
    """A processing batch somebody works on nudges its session when it ends; anything else is looked at again in time."""
    first = found[0]
    if first["state"] is None or (first["state"] == "processing" and first["worker"]):
        return None
    wait: timedelta = first["retry_in"] if first["state"] == "processing" else first["due_in"]
    return max(SOON, wait)


async def due_among(session_ids: Sequence[int]) -> dict[int, Nudge]:
    """For those of these sessions whose batch still collects: when it is due; zero when it is."""
    found = await db.rows(
        """SELECT session_id, request_id, due_at <= now() AS due, due_at - now() AS due_in FROM botplatform_batch
           WHERE session_id = ANY(%s) AND state = 'collecting'""",
        (list(session_ids),),
    )
    return {
        row["session_id"]: Nudge(AT_ONCE if row["due"] else max(SOON, row["due_in"]), row["request_id"])
        for row in found
    }
