"""handle(): commands and buttons, at once and outside any batch, also while a run works."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog
from psycopg.types.json import Jsonb
from structlog.contextvars import bound_contextvars

from botplatform.pipeline import bots, commands, db
from transports.base import InboundUpdate, Kind
from transports.errors import TransportError, Unreadable

log = structlog.get_logger(__name__)

_TAKE = b"""
    SELECT u.id, u.bot_id, u.session_id, u.headers, u.raw, u.request_id, u.message_id FROM botplatform_update u
    WHERE u.id = %s AND u.state = 'queued' AND u.batch_id IS NULL FOR UPDATE SKIP LOCKED"""
_END = b"UPDATE botplatform_update SET state = 'done', reason = %s, handled_at = now() WHERE id = %s"
_REPLY = b"""
    INSERT INTO botplatform_reply (session_id, update_id, kind, part, text, formatting, edits, reply_to, request_id)
    VALUES (%s, %s, 'notice', %s, %s, %s, %s, %s, %s)"""
_BOT = "SELECT bot_id FROM botplatform_update WHERE id = %s"


@dataclass(frozen=True, slots=True)
class Handled:
    """A control update that was carried out; its session may have replies to send and a batch to claim."""

    session_id: int


async def handle(update_id: int) -> Handled | None:
    """Carry out one command or button, exactly once. None when there is nothing to do (any more)."""
    owner = await db.row(_BOT, (update_id,))
    if owner is None:
        return None
    bot = await bots.by_id(owner["bot_id"])
    async with db.transaction() as connection:
        row = await (await connection.execute(_TAKE, (update_id,))).fetchone()
        if row is None:
            return None
        with bound_contextvars(request_id=row["request_id"], update_id=update_id):
            try:
                update = bot.transport.parse(row["headers"], bytes(row["raw"]))
            except Unreadable as error:
                await connection.execute(_END, (f"unreadable: {error.reason}", update_id))
                return None
            handler = HANDLERS.get(update.kind)
            reason = await handler(connection, bot, row, update) if handler else "no longer a command of ours"
            await connection.execute(_END, (reason, update_id))
            log.info("control.handled", kind=update.kind.value, command=update.command, reason=reason)
    if update.callback_id:
        await _answer_callback(bot, update)
    return Handled(row["session_id"]) if row["session_id"] else None


async def _command(connection: db.Connection, bot: bots.BotRow, row: db.Row, update: InboundUpdate) -> str:
    if update.command not in commands.COMMANDS and update.conversation and update.conversation.is_shared:
        return "a command that is not ours"  # in a group it may belong to another bot
    said = await commands.run(connection, row["session_id"], update.command)
    for number, part in enumerate(bot.transport.render(said.text), start=1):
        edits = said.edits if number == 1 else ""
        values = (
            row["session_id"],
            row["id"],
            number,
            part.text,
            Jsonb(list(part.formatting)),
            edits,
            "",
            row["request_id"],
        )
        await connection.execute(_REPLY, values)
    return f"command /{update.command}"


async def _callback(connection: db.Connection, bot: bots.BotRow, row: db.Row, update: InboundUpdate) -> str:
    return "a button that is no longer in use"


HANDLERS: dict[Kind, Callable[[db.Connection, bots.BotRow, db.Row, InboundUpdate], Awaitable[str]]] = {
    Kind.COMMAND: _command,
    Kind.CALLBACK: _callback,
}


async def _answer_callback(bot: bots.BotRow, update: InboundUpdate) -> None:
    try:
        await bot.transport.answer_callback(update.callback_id, "This button is no longer in use.")
    except TransportError as error:
        log.info("callback.not_answered", error=str(error))
