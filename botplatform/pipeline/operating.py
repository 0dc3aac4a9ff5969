"""What an operator may do to work in progress. Each action is one conditional change and says in words what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog

from agents.registry import TOOLS
from agents.schema import unfit
from botplatform.pipeline import approvals, asking, cancelling, db, retrying
from botplatform.pipeline.outcomes import Outcome
from botplatform.pipeline.pausing import pause_agent, pause_bot, resume_agent, resume_bot

__all__ = ["Outcome", "pause_agent", "pause_bot", "resume_agent", "resume_bot"]

log = structlog.get_logger(__name__)

_BLOCK = """
    UPDATE botplatform_bot b SET blocked_ids = b.blocked_ids || jsonb_build_array(%(person)s::text), updated_at = now()
    FROM botplatform_session s WHERE s.id = %(session)s AND b.id = s.bot_id
      AND NOT b.blocked_ids @> jsonb_build_array(%(person)s::text) RETURNING s.id AS session_id"""
_UNBLOCK = """
    UPDATE botplatform_bot b SET blocked_ids = b.blocked_ids - %(person)s, updated_at = now()
    FROM botplatform_session s WHERE s.id = %(session)s AND b.id = s.bot_id
      AND b.blocked_ids @> jsonb_build_array(%(person)s::text) RETURNING s.id AS session_id"""


async def retry_batch(batch_id: int, *, by: str, anew: bool = False, agent: str = "") -> Outcome:
    """Have a batch answered again.

    From its last whole step: failed, cancelled and waiting ones, and stuck ones, which are freed for the next worker.
    `anew` from the start, and by `agent` if one is named: answered ones too, whose old answer stays where it is.
    """
    async with db.transaction() as connection:
        row = await retrying.again(connection, batch_id, by=by, anew=anew or bool(agent), agent=agent)
    done = f"will be answered by {agent}" if agent else "will be answered again"
    not_done = (
        "is being answered, or collects still; or its messages are no longer kept"
        if anew or agent
        else "is neither failed, cancelled nor stuck, or its messages are no longer kept"
    )
    return _outcome("batch.retried", row, batch_id, by, f"{done}{', from the start' if anew else ''}", not_done)


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
            await cancelling.end_cancelled(connection, [batch_id], f"cancelled by {by}")
    return _outcome("batch.cancelled", row, batch_id, by, "was cancelled", "is finished already")


async def resend_reply(reply_id: int, *, by: str) -> Outcome:
    """Send a stored reply again as it is; no model is asked."""
    row = await db.row(
        """UPDATE botplatform_reply SET state = 'pending', attempts = 0, error = '', edits = '', not_before = now(),
               sent_by = %s
           WHERE id = %s AND state IN ('failed', 'unknown', 'sent') AND kind <> 'placeholder' RETURNING session_id""",
        (by, reply_id),
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
    """Change how a conversation's batches are treated; one that is taken over is released first."""
    row = await db.row(
        "UPDATE botplatform_session SET mode = %s WHERE id = %s AND mode NOT IN (%s, 'held') RETURNING id AS session_id",
        (mode, session_id, mode),
    )
    return _outcome(
        "session.mode_changed", row, session_id, by, f"is now {mode}", f"was {mode} already, or is taken over"
    )


async def block_person(session_id: int, person_id: str, *, by: str) -> Outcome:
    """Ignore what this person writes to the session's bot from now on, wherever."""
    row = await db.row(_BLOCK, {"session": session_id, "person": person_id})
    return _outcome("person.blocked", row, session_id, by, f"no longer hears {person_id}", "was deaf to him already")


async def unblock_person(session_id: int, person_id: str, *, by: str) -> Outcome:
    """Hear this person again."""
    row = await db.row(_UNBLOCK, {"session": session_id, "person": person_id})
    return _outcome("person.unblocked", row, session_id, by, f"hears {person_id} again", "heard him all the time")


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
