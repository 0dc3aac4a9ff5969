"""Taking a conversation over: an operator writes through the bot, and its agents wait.

Work under way ends its current step and is parked; what it had to say and has not said is stopped. Every statement that
begins a step, finishes an answer or claims a reply looks at the conversation's mode, and so does the last moment before a
reply leaves.
"""

from __future__ import annotations

from datetime import datetime

import structlog
from psycopg.types.json import Jsonb

from botplatform.pipeline import bots, cancelling, db
from botplatform.pipeline.outcomes import Outcome
from transports.clean import clean_text

log = structlog.get_logger(__name__)

LONGEST = 20_000
"""Characters of one message or note."""
QUOTED = 300
"""Characters of each message in a summary."""
CLOSED = "A person has taken care of this."
"""Takes the place of a placeholder whose work was dropped."""

_TAKE = b"""
    UPDATE botplatform_session SET mode = 'held', held_by = %(by)s, held_at = now()
    WHERE id = %(session)s AND NOT (mode = 'held' AND held_by = %(by)s) RETURNING id"""
_STOP = b"""
    UPDATE botplatform_reply SET state = 'failed', error = 'stopped: ' || %(why)s
    WHERE session_id = %(session)s AND state = 'pending' AND sent_by = '' AND batch_id IS NOT NULL AND kind IN ('answer', 'notice')"""
_MINE = b"SELECT * FROM botplatform_session WHERE id = %s AND mode = 'held' AND held_by = %s FOR NO KEY UPDATE"
# What has collected is what the operator answers.
_ANSWERED = b"""
    WITH ended AS (
        UPDATE botplatform_batch SET state = 'done', reason = 'operator', finished_at = now()
        WHERE session_id = %s AND state = 'collecting' RETURNING id)
    UPDATE botplatform_update u SET state = 'done', reason = 'operator', handled_at = now()
    FROM ended WHERE u.batch_id = ended.id AND u.state = 'queued'"""
_NEWEST = b"SELECT id, request_id FROM botplatform_batch WHERE session_id = %s ORDER BY id DESC LIMIT 1"
_EMPTY = b"""
    INSERT INTO botplatform_batch (session_id, state, request_id, due_at, finished_at, reason)
    VALUES (%s, 'done', '', now(), now(), 'operator') RETURNING id, request_id"""
# A placeholder that stands in the chat becomes the message; the run that goes on later makes a new one.
_PLACEHOLDER = b"""
    UPDATE botplatform_reply p SET provider_id = '', error = 'became the operator''s message' FROM (
        SELECT r.id, r.provider_id FROM botplatform_reply r JOIN botplatform_batch b ON b.id = r.batch_id
        WHERE b.session_id = %s AND b.state IN ('processing', 'waiting') AND r.kind = 'placeholder' AND r.state = 'sent'
          AND r.provider_id <> '' ORDER BY r.id DESC LIMIT 1 FOR UPDATE OF r) standing
    WHERE p.id = standing.id RETURNING standing.provider_id"""
_REPLY = b"""
    INSERT INTO botplatform_reply (session_id, batch_id, kind, part, text, formatting, edits, request_id, sent_by)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)"""
_MESSAGE = b"""
    INSERT INTO botplatform_message (session_id, batch_id, role, author_name, text, provider_message_id)
    VALUES (%s, %s, %s, %s, %s, '')"""
_RELEASE = b"""
    UPDATE botplatform_session SET mode = 'normal', held_by = '', held_at = NULL
    WHERE id = %s AND mode = 'held' RETURNING id"""
_GO_ON = b"""
    UPDATE botplatform_batch SET wake_at = now()
    WHERE session_id = %s AND state = 'waiting' AND wake_at IS NULL AND paused_agent = ''
      AND NOT EXISTS (SELECT FROM botplatform_plan p WHERE p.batch_id = botplatform_batch.id AND p.state = 'running') RETURNING id"""
# Before their placeholders, as by runs that end.
_OPEN = b"""
    SELECT id FROM botplatform_batch WHERE session_id = %s AND state IN ('processing', 'waiting') ORDER BY id FOR NO KEY UPDATE"""
# What waits for a decision, or was sent again by an operator, goes on.
_DROP = b"""
    UPDATE botplatform_batch b SET state = 'done', reason = 'operator', finished_at = now(), worker = ''
    WHERE session_id = %s AND (state = 'processing' OR state = 'waiting' AND (wake_at IS NULL
        OR (lost_leases > 0 OR EXISTS (SELECT FROM botplatform_run r WHERE r.batch_id = b.id AND r.state = 'waiting'))
        AND NOT EXISTS (SELECT FROM botplatform_approval a WHERE a.batch_id = b.id AND a.state <> 'void')))
    RETURNING id"""


async def take_over(session_id: int, *, by: str) -> Outcome:
    """Let `by` answer in the place of the agents, whoever has held the conversation before."""
    async with db.transaction() as connection:
        taken = await (await connection.execute(_TAKE, {"session": session_id, "by": by})).fetchone()
        if taken:
            await connection.execute(_STOP, {"session": session_id, "why": f"{by} took over"})
    log.info("session.taken_over", session_id=session_id, by=by, took_effect=taken is not None)
    return Outcome(taken is not None, "is yours now" if taken else "is yours already, or gone", session_id)


async def write(session_id: int, text: str, *, by: str) -> Outcome:
    """Say something through the bot. What has collected until now counts as answered by it."""
    said = clean_text(text).strip()[:LONGEST]
    if not said:
        return Outcome(False, "has nothing to send")
    session = await db.row("SELECT bot_id FROM botplatform_session WHERE id = %s", (session_id,))
    if session is None:
        return Outcome(False, "is gone")
    try:
        async with bots.borrowed(session["bot_id"]) as bot:
            parts = bot.transport.render(said)
    except LookupError as error:
        return Outcome(False, f"cannot be written to: {error}")
    async with db.transaction() as connection:
        if not await (await connection.execute(_MINE, (session_id, by))).fetchone():
            return Outcome(False, "is not yours: take it over first")
        await connection.execute(_ANSWERED, (session_id,))
        batch = await (await connection.execute(_NEWEST, (session_id,))).fetchone()
        batch = batch or await (await connection.execute(_EMPTY, (session_id,))).fetchone() or {}
        edits = await _standing(connection, session_id)
        for number, part in enumerate(parts, start=1):
            values = (session_id, batch["id"], "operator", number, part.text, Jsonb(list(part.formatting)), edits)
            await connection.execute(_REPLY, (*values, batch["request_id"], by))
            edits = ""
        await connection.execute(_MESSAGE, (session_id, batch["id"], "operator", by, said))
    log.info("session.written", session_id=session_id, by=by)
    return Outcome(True, "says so", session_id)


async def release(session_id: int, *, by: str, note: str = "", resume: bool = False) -> Outcome:
    """Hand the conversation back to the agents, with a note that they read and nobody in the chat sees.

    Work that was paused goes on with `resume`; otherwise it ends, as answered by the operator.
    """
    async with db.transaction() as connection:
        if not await (await connection.execute(_RELEASE, (session_id,))).fetchone():
            return Outcome(False, "is not taken over")
        await connection.execute(_STOP, {"session": session_id, "why": f"{by} had taken over"})
        if resume:
            await connection.execute(_GO_ON, (session_id,))
        else:
            await _drop(connection, session_id)
        if said := clean_text(note).strip()[:LONGEST]:
            await connection.execute(_MESSAGE, (session_id, None, "note", by, said))
    log.info("session.released", session_id=session_id, by=by, resumed=resume)
    return Outcome(True, "is answered by its agents again", session_id)


async def _drop(connection: db.Connection, session_id: int) -> None:
    await connection.execute(_OPEN, (session_id,))
    standing = await _standing(connection, session_id)
    dropped = [row["id"] for row in await (await connection.execute(_DROP, (session_id,))).fetchall()]
    await cancelling.end_cancelled(connection, dropped, "operator")
    if dropped and standing:
        values = (session_id, dropped[-1], "notice", 1, CLOSED, Jsonb([]), standing, "", "")
        await connection.execute(_REPLY, values)


async def _standing(connection: db.Connection, session_id: int) -> str:
    row = await (await connection.execute(_PLACEHOLDER, (session_id,))).fetchone()
    return str(row["provider_id"]) if row else ""


_SINCE = """
    SELECT s.held_by, s.held_at, m.text FROM botplatform_session s LEFT JOIN botplatform_message m
      ON m.session_id = s.id AND m.role = 'operator' AND m.created_at >= s.held_at
    WHERE s.id = %s AND s.mode = 'held' ORDER BY m.id LIMIT 20"""


async def summary(session_id: int) -> str:
    """What the agents should know of the time since the take-over, for the operator to edit; his own words alone."""
    rows = await db.rows(_SINCE, (session_id,))
    if not rows:
        return ""
    since: datetime = rows[0]["held_at"]
    said = [_quoted(row["text"]) for row in rows if row["text"]]
    wrote = f"wrote through the bot: {'; '.join(said)}." if said else "wrote nothing."
    return f"{rows[0]['held_by']} answered in person from {since:%Y-%m-%d %H:%M} UTC and {wrote}"


def _quoted(text: str) -> str:
    line = " ".join(text.split())
    return f"“{line if len(line) <= QUOTED else line[:QUOTED] + '…'}”"
