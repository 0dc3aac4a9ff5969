"""Updates that change what is stored instead of joining a batch: edits, blocks, migrations."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from botplatform.pipeline import db
from transports.base import InboundUpdate, Kind

_END = b"UPDATE botplatform_update SET state = %s, reason = %s, handled_at = now() WHERE id = %s"


async def _edit(connection: db.Connection, update: InboundUpdate, session_id: int | None) -> tuple[str, str]:
    """Replace the text while its batch still collects; an answer already under way keeps the text it read."""
    replace = b"""
        WITH open AS (SELECT id FROM botplatform_batch WHERE session_id = %s AND state = 'collecting' FOR UPDATE)
        UPDATE botplatform_message m SET text = %s FROM open WHERE m.batch_id = open.id AND m.provider_message_id = %s"""
    changed = (await connection.execute(replace, (session_id, update.text, update.message_id))).rowcount
    return ("done", "replaced the text") if changed else ("ignored", "edited after it was read")


_SET_MODE = b"""
    UPDATE botplatform_session s SET mode = %(mode)s FROM botplatform_session chat
    WHERE chat.id = %(session)s AND s.bot_id = chat.bot_id AND s.mode = ANY(%(among)s)
      AND (s.key = chat.key OR starts_with(s.key, chat.key || ':'))"""


async def _block(connection: db.Connection, update: InboundUpdate, session_id: int | None) -> tuple[str, str]:
    """Membership is the chat's, so its topics follow."""
    await connection.execute(_SET_MODE, {"session": session_id, "mode": "blocked", "among": ["normal"]})
    return "done", "the bot was blocked or removed"


async def _unblock(connection: db.Connection, update: InboundUpdate, session_id: int | None) -> tuple[str, str]:
    await connection.execute(_SET_MODE, {"session": session_id, "mode": "normal", "among": ["blocked"]})
    return "done", "the bot was admitted again"


# The new chat's own greeting may arrive first: a session that holds only ignored updates must not keep the key.
_GIVE_WAY = b"""
    WITH shell AS (
        SELECT t.id FROM botplatform_session t JOIN botplatform_session s ON s.bot_id = t.bot_id
        WHERE s.id = %(session)s AND t.id <> s.id AND t.key = %(new)s
          AND NOT EXISTS (SELECT FROM botplatform_batch b WHERE b.session_id = t.id)
          AND NOT EXISTS (SELECT FROM botplatform_reply r WHERE r.session_id = t.id)
    ), moved AS (
        UPDATE botplatform_update u SET session_id = %(session)s FROM shell WHERE u.session_id = shell.id)
    DELETE FROM botplatform_session t USING shell WHERE t.id = shell.id"""
_REKEY = b"""
    UPDATE botplatform_session s
    SET key = %(new)s || substr(s.key, length(%(old)s) + 1),
        address = s.address || jsonb_build_object('chat_id', %(new)s::bigint)
    WHERE s.bot_id = (SELECT bot_id FROM botplatform_session WHERE id = %(session)s)
      AND (s.key = %(old)s OR starts_with(s.key, %(old)s || ':'))
      AND NOT EXISTS (SELECT 1 FROM botplatform_session t
                      WHERE t.bot_id = s.bot_id AND t.key = %(new)s || substr(s.key, length(%(old)s) + 1))"""


async def _migrate(connection: db.Connection, update: InboundUpdate, session_id: int | None) -> tuple[str, str]:
    """Rekey the chat and its topics; if people have talked in the new chat already, its session keeps the key."""
    old = update.conversation.key.split(":")[0] if update.conversation else ""
    chat = {"new": update.migrate_to, "old": old, "session": session_id}
    await connection.execute(_GIVE_WAY, chat)
    await connection.execute(_REKEY, chat)
    return "done", f"the chat goes on as {update.migrate_to}"


EFFECTS: dict[Kind, Callable[[db.Connection, InboundUpdate, int | None], Awaitable[tuple[str, str]]]] = {
    Kind.EDIT: _edit,
    Kind.BLOCKED: _block,
    Kind.UNBLOCKED: _unblock,
    Kind.MIGRATED: _migrate,
}


async def apply(connection: db.Connection, update: InboundUpdate, update_id: int, session_id: int | None) -> None:
    """Carry the update out within the transaction that stored it."""
    state, reason = await EFFECTS[update.kind](connection, update, session_id)
    await connection.execute(_END, (state, reason, update_id))
