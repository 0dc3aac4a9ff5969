"""erase(): what was said in a conversation is deleted, wherever a copy of it lies."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from botplatform.pipeline import db
from botplatform.pipeline.leases import Lease

log = structlog.get_logger(__name__)

# The conversation's row first, as by operators who release it.
_SESSION = b"""
    SELECT id FROM botplatform_session WHERE id = (SELECT session_id FROM botplatform_batch WHERE id = %s) FOR NO KEY UPDATE"""
_MINE = b"""
    SELECT session_id FROM botplatform_batch WHERE id = %s AND epoch = %s AND state = 'processing' FOR UPDATE"""
_MINE_STEP = b"""
    SELECT b.session_id FROM botplatform_planstep p JOIN botplatform_plan pl ON pl.id = p.plan_id AND pl.state = 'running'
        JOIN botplatform_batch b ON b.id = pl.batch_id AND b.state = 'waiting' AND b.epoch = pl.epoch
    WHERE p.id = %s AND p.epoch = %s AND p.state = 'running' FOR UPDATE OF b, p"""
# Batches that have ended, opened before the one that asked: neither it nor what still waits for an answer is touched.
_ENDED = b"""
    SELECT id FROM botplatform_batch WHERE session_id = %s AND id < %s AND state IN ('done', 'failed', 'cancelled')"""
_MESSAGES = b"DELETE FROM botplatform_message WHERE session_id = %s AND (batch_id = ANY(%s) OR batch_id IS NULL)"
_REST = (
    b"""UPDATE botplatform_step SET request = NULL, response = NULL, error = '' WHERE run_id IN (
            SELECT id FROM botplatform_run WHERE batch_id = ANY(%(ended)s))""",
    # The run that deletes goes on without the prompts it has made: they are put together anew from what is left.
    b"""UPDATE botplatform_step SET request = NULL WHERE kind = 'model' AND run_id IN (
            SELECT id FROM botplatform_run WHERE batch_id = %(batch)s)""",
    b"""UPDATE botplatform_reply SET text = '', formatting = '[]', buttons = '[]' WHERE session_id = %(session)s
          AND (batch_id = ANY(%(ended)s) OR batch_id IS NULL) AND state IN ('sent', 'failed', 'unknown')""",
    b"""UPDATE botplatform_update SET text = '', raw = '', headers = '{}' WHERE session_id = %(session)s
          AND (batch_id = ANY(%(ended)s) OR batch_id IS NULL) AND state IN ('done', 'ignored', 'failed')""",
    b"""UPDATE botplatform_approval SET said = '', comment = '' WHERE batch_id = ANY(%(ended)s)""",
    b"""UPDATE botplatform_approval SET summary = '', arguments = '{}', options = '[]' WHERE asks AND batch_id = ANY(%(ended)s)""",
    b"""UPDATE botplatform_planstep SET description = '', task = '', result = '', sources = '[]', said = '', error = ''
        WHERE plan_id IN (SELECT id FROM botplatform_plan WHERE batch_id = ANY(%(ended)s))""",
    b"UPDATE botplatform_plan SET summary = '', shown = '' WHERE batch_id = ANY(%(ended)s)",
    b"DELETE FROM botplatform_keptnote WHERE batch_id = ANY(%(ended)s)",
    b"UPDATE botplatform_reminder SET text = '' WHERE session_id = %(session)s AND state <> 'pending'",
    b"""UPDATE botplatform_route SET classification = NULL, debug = NULL WHERE batch_id = ANY(%(ended)s)""",
    b"UPDATE botplatform_session SET history_from = (SELECT opened_at FROM botplatform_batch WHERE id = %(batch)s) WHERE id = %(session)s",
)


_SHOWN = b"""
    SELECT provider_message_id AS id FROM botplatform_message WHERE session_id = %(session)s AND provider_message_id <> ''
      AND (batch_id = ANY(%(ended)s) OR batch_id IS NULL)
    UNION SELECT message_id FROM botplatform_update WHERE session_id = %(session)s AND message_id <> '' AND batch_id IS NULL
      AND state IN ('done', 'ignored', 'failed')
    UNION SELECT provider_id FROM botplatform_reply WHERE session_id = %(session)s AND provider_id <> ''
      AND (batch_id = ANY(%(ended)s) OR batch_id IS NULL) LIMIT 500"""


@dataclass(frozen=True, slots=True)
class Erased:
    """How many messages were deleted, and the provider's ids of what people may still have before their eyes."""

    messages: int
    shown: list[str]


async def erase(lease: Lease) -> Erased:
    """Delete the history before the lease's batch, under its epoch. Raises LeaseLost.

    Texts go, rows that operators count by stay: updates without their bodies, steps without prompts, replies without words.
    """
    async with db.transaction() as connection:
        await connection.execute(_SESSION, (lease.batch_id,))
        mine, of_what = (_MINE, lease.batch_id) if lease.step_id is None else (_MINE_STEP, lease.step_id)
        batch = await (await connection.execute(mine, (of_what, lease.epoch))).fetchone()
        if batch is None:
            raise lease.forfeit()
        session_id = batch["session_id"]
        ended = [row["id"] for row in await (await connection.execute(_ENDED, (session_id, lease.batch_id))).fetchall()]
        of = {"session": session_id, "ended": ended, "batch": lease.batch_id}
        shown = [row["id"] for row in await (await connection.execute(_SHOWN, of)).fetchall()]
        deleted = (await connection.execute(_MESSAGES, (session_id, ended))).rowcount
        for statement in _REST:
            await connection.execute(statement, of)
    log.info("history.erased", session_id=session_id, batch_id=lease.batch_id, messages=deleted)
    return Erased(deleted, shown)
