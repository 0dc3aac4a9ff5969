"""What an operator may do to work in progress. Each action is one conditional change and says in words what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog

from agents.registry import TOOLS
from agents.schema import unfit
from botplatform.pipeline import approvals, asking, commands, db

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Whether the action took effect, what to tell the operator, and the session to look at next."""

    done: bool
    told: str
    session_id: int | None = None


async def retry_batch(batch_id: int, *, by: str) -> Outcome:
    """Run a failed or cancelled batch again, from its last whole step. A stuck one is freed for the next worker."""
    row = await db.row(
        """WITH again AS (
            UPDATE botplatform_batch SET state = 'waiting', wake_at = now(), attempts = 0, lost_leases = 0, retry_at = NULL,
                worker = '', agent = '', finished_at = NULL, reason = ''
            WHERE id = %(id)s AND (state IN ('failed', 'cancelled')
                OR (state = 'processing' AND lease_until < now())
                OR (state = 'waiting' AND NOT EXISTS (
                    SELECT FROM botplatform_approval WHERE batch_id = %(id)s AND state = 'pending')))
                AND EXISTS (SELECT FROM botplatform_message WHERE batch_id = %(id)s)
            RETURNING id, session_id
        ), run AS (
            UPDATE botplatform_run SET state = 'lost', error = 'sent again by an operator', finished_at = now()
            FROM again WHERE batch_id = again.id AND botplatform_run.state = 'running'
        ), asked_anew AS (
            UPDATE botplatform_approval a SET tool_use_id = a.tool_use_id || ' (void ' || a.number || ')'
            FROM again WHERE a.batch_id = again.id AND a.state = 'void' AND a.tool_use_id NOT LIKE '%% (void %%'
        ), queued AS (
            UPDATE botplatform_update SET state = 'queued', handled_at = NULL, reason = ''
            FROM again WHERE batch_id = again.id AND botplatform_update.state IN ('failed', 'done', 'ignored')
        ) SELECT session_id FROM again""",
        {"id": batch_id},
    )
    return _outcome(
        "batch.retried",
        row,
        batch_id,
        by,
        "will be answered again",
        "is neither failed, cancelled nor stuck, or its messages are no longer kept",
    )


async def cancel_batch(batch_id: int, *, by: str) -> Outcome:
    """Stop a batch that is not finished; whoever works on it stops at the next write."""
    async with db.transaction() as connection:
        cursor = await connection.execute(
            b"""UPDATE botplatform_batch SET state = 'cancelled', finished_at = now(), worker = '', reason = %s
                WHERE id = %s AND state IN ('collecting', 'processing', 'waiting', 'failed') RETURNING id, session_id""",
            (f"cancelled by {by}", batch_id),
        )
        row = await cursor.fetchone()
        if row:
            await commands.end_cancelled(connection, [batch_id], f"cancelled by {by}")
    return _outcome("batch.cancelled", row, batch_id, by, "was cancelled", "is finished already")


async def resend_reply(reply_id: int, *, by: str) -> Outcome:
    """Send a stored reply again as it is; no model is asked."""
    row = await db.row(
        """UPDATE botplatform_reply SET state = 'pending', attempts = 0, error = '', edits = '', not_before = now()
           WHERE id = %s AND state IN ('failed', 'unknown', 'sent') AND kind <> 'placeholder' RETURNING session_id""",
        (reply_id,),
    )
    return _outcome("reply.resent", row, reply_id, by, "will be sent again", "cannot be sent again in its state")


async def mark_arrived(reply_id: int, *, by: str) -> Outcome:
    """Note that a reply of unknown outcome did arrive."""
    row = await db.row(
        """UPDATE botplatform_reply SET state = 'sent', sent_at = now(), error = %s
           WHERE id = %s AND state = 'unknown' RETURNING session_id""",
        (f"marked as arrived by {by}", reply_id),
    )
    return _outcome("reply.marked_arrived", row, reply_id, by, "counts as arrived", "is not of unknown outcome")


async def set_mode(session_id: int, mode: str, *, by: str) -> Outcome:
    """Change how a conversation's batches are treated."""
    row = await db.row(
        "UPDATE botplatform_session SET mode = %s WHERE id = %s AND mode <> %s RETURNING id AS session_id",
        (mode, session_id, mode),
    )
    return _outcome("session.mode_changed", row, session_id, by, f"is now {mode}", f"was {mode} already")


async def decide_approval(
    approval_id: int, *, approve: bool, by: str, seen: str, comment: str = "", edited: Mapping[str, Any] | None = None
) -> Outcome:  # fmt: skip
    """Decide at the console, for exactly the arguments whose hash the operator has `seen`; `edited` ones take their place.

    Edited arguments must fit the tool's schema. The first decision wins, wherever it is made.
    """
    async with db.transaction() as connection:
        cursor = await connection.execute(b"SELECT * FROM botplatform_approval WHERE id = %s", (approval_id,))
        approval = await cursor.fetchone()
        if approval is None:
            return Outcome(False, "is gone")
        if approval["arguments_hash"] != seen:
            return Outcome(False, "has changed since you looked at it: read it again")
        if edited is not None and (wrong := _unfit(approval["tool"], edited)):
            return Outcome(False, wrong)
        who = approvals.By(by, by, "console")
        decided = await approvals.decide(
            connection, approval, approve=approve, by=who, comment=comment, edited=edited if approve else None
        )
    if not decided.won:
        return Outcome(False, f"was settled before: {asking.outcome(decided.approval).splitlines()[0]}")
    return Outcome(True, "was approved" if approve else "was denied", decided.approval["session_id"])


def _unfit(tool: str, arguments: Mapping[str, Any]) -> str:
    if tool not in TOOLS:
        return f"cannot be edited: there is no tool {tool} any more"
    wrong = unfit(TOOLS[tool].input_schema, arguments)
    return f"was not approved: the arguments are not valid ({wrong})" if wrong else ""


def _outcome(event: str, row: db.Row | None, row_id: int, by: str, done: str, not_done: str) -> Outcome:
    log.info(event, row_id=row_id, by=by, took_effect=row is not None)
    return Outcome(row is not None, done if row else not_done, row["session_id"] if row else None)
