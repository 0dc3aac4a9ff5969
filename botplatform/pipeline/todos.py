"""The list of things to do that a conversation keeps."""

from __future__ import annotations

import re

from botplatform.pipeline import db

LONGEST = 500
MOST = 100
USAGE = "`/todo TEXT` adds, `/todo done 1` ticks off, `/todo remove 1` takes away."

_LIST = b"SELECT number, text, done_at FROM botplatform_todo WHERE session_id = %s ORDER BY done_at IS NOT NULL, number LIMIT %s"
_LOCK = b"SELECT id FROM botplatform_session WHERE id = %s FOR UPDATE"
_ADD = b"""
    INSERT INTO botplatform_todo (session_id, number, text)
    SELECT %(session)s, coalesce(max(number), 0) + 1, %(text)s FROM botplatform_todo WHERE session_id = %(session)s
    HAVING count(*) < %(most)s RETURNING number"""
_DONE = b"""
    UPDATE botplatform_todo SET done_at = now() WHERE session_id = %s AND number = %s AND done_at IS NULL RETURNING text"""
_REMOVE = b"DELETE FROM botplatform_todo WHERE session_id = %s AND number = %s RETURNING text"


async def change(connection: db.Connection, session_id: int, asked: str) -> str:
    """Carry out `/todo` with these arguments; what to say, in Markdown."""
    if not asked:
        return await listing(connection, session_id)
    if named := re.fullmatch(r"(done|remove)\s+#?(\d{1,9})", asked, re.IGNORECASE):
        statement = _DONE if named[1].lower() == "done" else _REMOVE
        row = await (await connection.execute(statement, (session_id, int(named[2])))).fetchone()
        if row is None:
            return f"There is no open item {int(named[2])}.\n\n{await listing(connection, session_id)}"
        return await listing(connection, session_id)
    return await _add(connection, session_id, " ".join(asked.split()))


async def _add(connection: db.Connection, session_id: int, text: str) -> str:
    if len(text) > LONGEST:
        return f"That is too long for a list: {len(text)} characters, {LONGEST} are possible."
    await connection.execute(_LOCK, (session_id,))
    row = await (await connection.execute(_ADD, {"session": session_id, "text": text, "most": MOST})).fetchone()
    return f"Added as number {row['number']}." if row else f"The list is full: {MOST} items. {USAGE}"


async def listing(connection: db.Connection, session_id: int) -> str:
    """The list as it is."""
    rows = await (await connection.execute(_LIST, (session_id, MOST))).fetchall()
    if not rows:
        return f"There is nothing to do. {USAGE}"
    lines = [f"- {'☑' if row['done_at'] else '☐'} {row['number']}: {row['text']}" for row in rows]
    return "\n".join(["Things to do:", "", *lines])
