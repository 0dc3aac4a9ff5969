"""remind(), post_due(): what is to be said in a conversation at a moment is a row, and the sweep says it, once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import structlog
from psycopg.types.json import Jsonb

from botplatform.pipeline import bots, db
from botplatform.pipeline.outcomes import Outcome
from transports.clean import clean_text

log = structlog.get_logger(__name__)

MOST = 50
"""Open reminders of one conversation."""
LONGEST = 1000
BITE = 100

_LOCK = b"SELECT id FROM botplatform_session WHERE id = %s FOR UPDATE"
_ADD = b"""
    INSERT INTO botplatform_reminder (session_id, number, text, due_at, asked_by, request_id)
    SELECT %(session)s, coalesce(max(number), 0) + 1, %(text)s, %(at)s, %(by)s, %(request)s
    FROM botplatform_reminder WHERE session_id = %(session)s
    HAVING count(*) FILTER (WHERE state = 'pending') < %(most)s RETURNING number"""
# What an operator holds or has paused waits for him; nobody writes to somebody who has blocked the bot.
_DUE = b"""
    SELECT r.id, r.session_id, r.text, r.request_id, s.bot_id FROM botplatform_reminder r
        JOIN botplatform_session s ON s.id = r.session_id JOIN botplatform_bot b ON b.id = s.bot_id
    WHERE r.state = 'pending' AND r.due_at <= now() AND s.mode IN ('normal', 'muted') AND NOT b.paused AND b.enabled
    ORDER BY r.due_at LIMIT %s FOR UPDATE OF r SKIP LOCKED"""
_POSTED = b"UPDATE botplatform_reminder SET state = 'posted', posted_at = now() WHERE id = %s"
_CANCEL = "UPDATE botplatform_reminder SET state = 'cancelled' WHERE id = %s AND state = 'pending' RETURNING session_id"
_CANCELLED = b"UPDATE botplatform_reminder SET state = 'cancelled' WHERE id = %s"
_REPLY = b"""
    INSERT INTO botplatform_reply (session_id, kind, part, text, formatting, edits, reply_to, request_id)
    VALUES (%s, 'notice', %s, %s, %s, '', '', %s)"""
_MESSAGE = b"""
    INSERT INTO botplatform_message (session_id, batch_id, role, text, provider_message_id)
    SELECT %(session)s, max(id), 'assistant', %(text)s, '' FROM botplatform_batch WHERE session_id = %(session)s"""


async def remind(session_id: int, at: datetime, text: str, *, asked_by: Sequence[str], request_id: str) -> str:
    """Have `text` said at a moment. Returns what to tell; raises ValueError when there are too many."""
    values = {
        "session": session_id, "text": clean_text(text)[:LONGEST], "at": at, "by": ",".join(asked_by)[:500],
        "request": request_id, "most": MOST,
    }  # fmt: skip
    async with db.transaction() as connection:
        await connection.execute(_LOCK, (session_id,))
        row = await (await connection.execute(_ADD, values)).fetchone()
    if row is None:
        raise ValueError(f"{MOST} reminders are open in this conversation already")
    log.info("reminder.set", session_id=session_id, number=row["number"])
    return f"Reminder {row['number']}, {at:%Y-%m-%d %H:%M %Z}".strip()


async def cancel(reminder_id: int, *, by: str) -> Outcome:
    """An operator takes a reminder back that has not been said yet."""
    row = await db.row(_CANCEL, (reminder_id,))
    log.info("reminder.cancelled", reminder_id=reminder_id, by=by, took_effect=row is not None)
    return Outcome(row is not None, "was cancelled" if row else "was posted or cancelled already")


async def post_due() -> list[int]:
    """Write due reminders as replies of their conversations; the conversations that have something to send."""
    told = []
    async with db.transaction() as connection:
        for due in await (await connection.execute(_DUE, (BITE,))).fetchall():
            try:
                bot = await bots.by_id(due["bot_id"])
            except LookupError:
                await connection.execute(_CANCELLED, (due["id"],))
                continue
            said = f"⏰ Reminder: {due['text']}"
            for number, part in enumerate(bot.transport.render(said), start=1):
                values = (due["session_id"], number, part.text, Jsonb(list(part.formatting)), due["request_id"])
                await connection.execute(_REPLY, values)
            await connection.execute(_MESSAGE, {"session": due["session_id"], "text": said})
            await connection.execute(_POSTED, (due["id"],))
            log.info("reminder.posted", session_id=due["session_id"], reminder_id=due["id"])
            told.append(due["session_id"])
    return told
