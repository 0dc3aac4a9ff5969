"""handle(): commands, buttons and decisions, at once and outside any batch, also while a run works."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog
from psycopg.types.json import Jsonb
from structlog.contextvars import bound_contextvars

from botplatform.pipeline import bots, commands, db, deciding, inbox, pairing, rights, verdicts
from botplatform.pipeline.deciding import Toast
from botplatform.pipeline.rights import Person
from botplatform.pipeline.verdicts import Meaning
from transports.base import InboundUpdate, Kind
from transports.errors import TransportError, Unreadable

log = structlog.get_logger(__name__)

_READ = """
    SELECT u.id, u.bot_id, u.headers, u.raw FROM botplatform_update u
    WHERE u.id = %s AND u.state = 'queued' AND u.batch_id IS NULL"""
_TAKE = b"""
    SELECT u.id, u.bot_id, u.session_id, u.request_id, u.message_id, u.received_at FROM botplatform_update u
    WHERE u.id = %s AND u.state = 'queued' AND u.batch_id IS NULL FOR UPDATE SKIP LOCKED"""
# One after another within a conversation: decisions and /cancel lock several batches, each in its own order.
_IN_TURN = b"SELECT pg_advisory_xact_lock(hashtextextended('control', %s))"
_END = b"UPDATE botplatform_update SET state = 'done', reason = %s, handled_at = now() WHERE id = %s"
_REPLY = b"""
    INSERT INTO botplatform_reply (session_id, update_id, kind, part, text, formatting, edits, reply_to, request_id)
    VALUES (%s, %s, 'notice', %s, %s, %s, %s, %s, %s)"""


@dataclass(frozen=True, slots=True)
class Handled:
    """A control update that was carried out; its session may have replies to send and a batch to claim."""

    session_id: int
    also: int | None = None
    """Another session with something to send."""


@dataclass(frozen=True, slots=True)
class Scene:
    """One control update, within the transaction that takes it."""

    connection: db.Connection
    bot: bots.BotRow
    row: db.Row
    update: InboundUpdate
    person: Person

    @property
    def session_id(self) -> int:
        return int(self.row["session_id"])


@dataclass(frozen=True, slots=True)
class Done:
    """What became of it, for operators, and what a pressed button shows."""

    reason: str
    """Empty: nothing to do here, the message joins its session's batch."""
    toast: Toast | None = None
    also: int | None = None
    """Another session in which something is said."""


async def handle(update_id: int) -> Handled | None:
    """Carry out one command, button or decision, exactly once. None when there is nothing to do (any more)."""
    waiting = await db.row(_READ, (update_id,))
    if waiting is None:
        return None
    bot = await bots.by_id(waiting["bot_id"])
    try:
        update = bot.transport.parse(waiting["headers"], bytes(waiting["raw"]))
    except Unreadable as error:
        async with db.connection() as connection:
            await connection.execute(_END, (f"unreadable: {error.reason}", update_id))
        return None
    # Who somebody is may have to be asked of the platform: before the transaction, never within it.
    person = await rights.of(bot, update.conversation, update.author)
    return await _take(bot, update, person, update_id)


async def _take(bot: bots.BotRow, update: InboundUpdate, person: Person, update_id: int) -> Handled | None:
    async with db.transaction() as connection:
        row = await (await connection.execute(_TAKE, (update_id,))).fetchone()
        if row is None:
            return None
        with bound_contextvars(request_id=row["request_id"], update_id=update_id):
            await connection.execute(_IN_TURN, (row["session_id"] or 0,))
            handler = HANDLERS.get(update.kind, _nothing)
            done = await handler(Scene(connection, bot, row, update, person))
            if done.reason:
                await connection.execute(_END, (done.reason, update_id))
            else:
                await inbox.join(connection, update_id, update.text)
            log.info("control.handled", kind=update.kind.value, command=update.command, reason=done.reason)
    if update.callback_id:  # first of all that leaves: the button waits for it
        await _answer_callback(bot, update, done.toast or Toast("This button is no longer in use."))
    return Handled(row["session_id"], done.also) if row["session_id"] else None


async def _nothing(scene: Scene) -> Done:
    return Done("no longer a command of ours")


async def _command(scene: Scene) -> Done:
    update = scene.update
    if update.command == "start" and (pairing.looks_like_a_token(update.text) or not scene.bot.admits(scene.person.id)):
        return await _pair(scene)
    if update.command not in commands.COMMANDS and update.conversation and update.conversation.is_shared:
        return Done("a command that is not ours")  # in a group it may belong to another bot
    asked = commands.Asked(
        scene.connection, scene.session_id, scene.bot, scene.person, update, scene.row["received_at"]
    )
    said = await commands.run(asked)
    await _say(scene, said)
    return Done(f"command /{update.command}", also=said.session_id)


async def _pair(scene: Scene) -> Done:
    """A one-time link was followed. Somebody who is not on the allow-list learns nothing from a wrong one."""
    said = await pairing.redeem(scene.connection, scene.bot, scene.update)
    if not said and not scene.bot.admits(scene.person.id):
        return Done("the author is not on the bot's allow-list")
    await _say(scene, commands.Said(said or "This link was used already, or its time is over. Ask for a new one."))
    return Done("pairing link")


async def _callback(scene: Scene) -> Done:
    if scene.update.ignored or scene.row["session_id"] is None:
        return Done(
            scene.update.ignored or "a button without a conversation", Toast("This button is no longer in use.")
        )
    if not scene.bot.admits(scene.person.id):
        return Done("the author is not on the bot's allow-list", Toast("This bot does not take your buttons."))
    toast = await deciding.by_button(scene.connection, scene.session_id, scene.person, scene.update.callback_data)
    return Done(f"button: {toast.text}", toast)


async def _message(scene: Scene) -> Done:
    """Free text while an approval or a question is open: an answer, a decision, or asked again; anything else joins the
    batch as usual."""
    reading = verdicts.read(scene.update.text)
    at = scene.row["received_at"]
    # A plain "yes" may be meant for the approval that is open beside the question.
    said = None
    if reading.meaning is not Meaning.OTHER:
        said = await deciding.by_message(scene.connection, scene.session_id, scene.person, reading, at=at)
    if said is None and await deciding.by_answer(
        scene.connection, scene.session_id, scene.person, scene.update.text, at=at
    ):
        return Done("an answer to a question")
    if said is None:
        return Done("")
    if said:
        await _say(scene, commands.Said(said))
    return Done(f"decision: {reading.meaning.value}")


async def _say(scene: Scene, said: commands.Said) -> None:
    session_id = said.session_id or scene.session_id
    for number, part in enumerate(scene.bot.transport.render(said.text) if said.text else [], start=1):
        edits = said.edits if number == 1 else ""
        values = (session_id, scene.row["id"], number, part.text, Jsonb(list(part.formatting)), edits, "")
        await scene.connection.execute(_REPLY, (*values, scene.row["request_id"]))


HANDLERS: dict[Kind, Callable[[Scene], Awaitable[Done]]] = {
    Kind.COMMAND: _command,
    Kind.CALLBACK: _callback,
    Kind.MESSAGE: _message,
}


async def _answer_callback(bot: bots.BotRow, update: InboundUpdate, toast: Toast) -> None:
    try:
        await bot.transport.answer_callback(update.callback_id, toast.text, alert=toast.alert)
    except TransportError as error:
        log.info("callback.not_answered", error=str(error))
