"""What the slash commands do. Each works within the transaction that takes its update."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from botplatform.pipeline import cancelling, configs, db, deciding, todos
from botplatform.pipeline.bots import BotRow
from botplatform.pipeline.rights import Person
from transports.base import InboundUpdate


@dataclass(frozen=True, slots=True)
class Asked:
    """A command, within the transaction that takes its update."""

    connection: db.Connection
    session_id: int
    bot: BotRow
    person: Person
    update: InboundUpdate
    at: datetime
    """When it came in."""

    @property
    def arguments(self) -> str:
        return self.update.text.strip()

    @property
    def is_shared(self) -> bool:
        return bool(self.update.conversation and self.update.conversation.is_shared)


@dataclass(frozen=True, slots=True)
class Said:
    """A command's result, in Markdown; empty text says nothing."""

    text: str
    edits: str = ""
    """A message that it takes the place of."""
    session_id: int | None = None
    """Where it is said, if not where it was asked."""


async def _start(asked: Asked) -> Said:
    return Said(f"Hello! Write to me, and I answer. {_listing(asked)}")


async def _help(asked: Asked) -> Said:
    return Said(f"Write to me in plain words. {_listing(asked)}")


async def _clear(asked: Asked) -> Said:
    await asked.connection.execute(
        b"UPDATE botplatform_session SET history_from = clock_timestamp() WHERE id = %s", (asked.session_id,)
    )
    return Said("We start afresh: I no longer consider what was said before.")


_STATUS = b"""
    SELECT b.state, b.size, extract(epoch FROM now() - b.claimed_at)::int AS seconds,
           extract(epoch FROM b.retry_at - now())::int AS retry_in,
           (SELECT string_agg(a.number::text, ', ' ORDER BY a.number) FROM botplatform_approval a
            WHERE a.batch_id = b.id AND a.state = 'pending') AS approvals
    FROM botplatform_batch b WHERE b.session_id = %s AND b.state IN ('collecting', 'processing', 'waiting') ORDER BY b.id"""


def _line(batch: db.Row) -> str:
    many = f"{batch['size']} message{'s' if batch['size'] != 1 else ''}"
    if batch["state"] == "collecting":
        return f"- {many} waiting to be answered"
    if batch["approvals"]:
        return f"- {many} waiting for a decision: approval {batch['approvals']}"
    if batch["state"] == "waiting" or (batch["retry_in"] or 0) > 0:
        return f"- {many} set aside after a problem, to be tried again"
    return f"- working on {many} for {batch['seconds'] or 0} s"


_ASIDE = b"""
    SELECT CASE WHEN b.paused THEN 'paused' ELSE s.mode END AS mode FROM botplatform_session s
    JOIN botplatform_bot b ON b.id = s.bot_id WHERE s.id = %s"""
_MODES = {
    "held": "- a person answers here at the moment",
    "paused": "- paused: messages are kept and answered later",
    "muted": "- muted: messages are not answered",
}


async def _status(asked: Asked) -> Said:
    aside = await (await asked.connection.execute(_ASIDE, (asked.session_id,))).fetchone()
    mode = _MODES.get(aside["mode"], "") if aside else ""
    batches = await (await asked.connection.execute(_STATUS, (asked.session_id,))).fetchall()
    lines = [_line(batch) for batch in batches] or ["- nothing to do"]
    lines = [mode, *lines] if mode else lines
    model = configs.default_model()
    return Said("\n".join([*lines, f"- model: `{model}`"]))


_CANCEL = b"""
    UPDATE botplatform_batch SET state = 'cancelled', finished_at = now(), worker = '', reason = 'cancelled in the chat'
    WHERE session_id = %s AND state IN ('collecting', 'processing', 'waiting') RETURNING id"""
_STANDING = b"""
    SELECT provider_id FROM botplatform_reply WHERE batch_id = ANY(%s) AND kind = 'placeholder' AND state = 'sent'
      AND provider_id <> '' ORDER BY id DESC LIMIT 1"""


async def _cancel(asked: Asked) -> Said:
    connection = asked.connection
    cancelled = [row["id"] for row in await (await connection.execute(_CANCEL, (asked.session_id,))).fetchall()]
    if not cancelled:
        return Said("There is nothing to cancel.")
    await cancelling.end_cancelled(connection, cancelled, "cancelled in the chat")
    standing = await (await connection.execute(_STANDING, (cancelled,))).fetchone()
    return Said("Cancelled.", edits=standing["provider_id"] if standing else "")


async def _approve(asked: Asked) -> Said:
    return Said(await _decide(asked, approve=True))


async def _deny(asked: Asked) -> Said:
    return Said(await _decide(asked, approve=False))


async def _decide(asked: Asked, *, approve: bool) -> str:
    # Where others read along, a command that names nobody may be meant for another bot.
    unaddressed = asked.is_shared and not asked.update.addressed
    if unaddressed and not await deciding.still_open(asked.connection, asked.session_id):
        return ""
    return await deciding.by_command(
        asked.connection, asked.session_id, asked.person, asked.arguments, approve=approve, at=asked.at
    )


async def _todo(asked: Asked) -> Said:
    return Said(await todos.change(asked.connection, asked.session_id, asked.arguments))


_AGENTS = b"""
    SELECT c.name, c.enabled, c.category, c.description, v.number, v.model FROM botplatform_agentconfig c
    LEFT JOIN botplatform_agentconfigversion v ON v.id = c.published_id ORDER BY c.name"""


async def _agents(asked: Asked) -> Said:
    rows = await (await asked.connection.execute(_AGENTS)).fetchall()
    return Said("\n".join(f"- **{row['name']}** {_agent_state(row)}: {row['description']}" for row in rows))


def _agent_state(row: db.Row) -> str:
    if not row["enabled"] or row["number"] is None:
        return "(off)" if row["number"] is not None else "(not published)"
    category = f", all of {row['category']}" if row["category"] else ""
    return f"(v{row['number']}, `{row['model'] or 'default model'}`{category})"


_DEBUG_ON = b"""
    UPDATE botplatform_session SET debug_for = debug_for || jsonb_build_array(%(person)s::text)
    WHERE id = %(session)s AND NOT debug_for @> jsonb_build_array(%(person)s::text)"""
_DEBUG_OFF = b"UPDATE botplatform_session SET debug_for = debug_for - %(person)s WHERE id = %(session)s"
_OWN_CHAT = b"SELECT id FROM botplatform_session WHERE bot_id = %s AND key = %s AND kind = 'private'"


async def _debug(asked: Asked) -> Said:
    """Footers under answers. In a shared conversation they are sent to the admin alone, and so is what is said here."""
    wanted = asked.arguments.lower()
    if wanted not in ("on", "off"):
        return await _in_private(asked, "Write `/debug on` or `/debug off`.")
    values = {"person": asked.person.id, "session": asked.session_id}
    await asked.connection.execute(_DEBUG_ON if wanted == "on" else _DEBUG_OFF, values)
    if wanted == "off":
        return await _in_private(asked, "Answers come without details again.")
    where = f" in {asked.update.conversation.title}" if asked.is_shared and asked.update.conversation else ""
    return await _in_private(asked, f"From now on you see how each answer{where} came about. `/debug off` ends that.")


async def _in_private(asked: Asked, text: str) -> Said:
    if not asked.is_shared:
        return Said(text)
    own = await (await asked.connection.execute(_OWN_CHAT, (asked.bot.id, asked.person.id))).fetchone()
    return Said(text if own else "", session_id=own["id"] if own else None)


@dataclass(frozen=True, slots=True)
class Command:
    """One slash command."""

    description: str
    run: Callable[[Asked], Awaitable[Said]]
    for_admins: bool = False


COMMANDS: dict[str, Command] = {
    "start": Command("say hello", _start),
    "help": Command("what I can do", _help),
    "clear": Command("start afresh", _clear),
    "status": Command("what I am doing", _status),
    "cancel": Command("stop what I am doing", _cancel),
    "approve": Command("let me do what I asked for", _approve),
    "deny": Command("do not let me do it", _deny),
    "todo": Command("our list of things to do", _todo),
    "agents": Command("the agents and their versions", _agents, for_admins=True),
    "debug": Command("on or off: how answers come about", _debug, for_admins=True),
}
"""By name; the platform's menu shows those for everybody."""


def menu() -> dict[str, str]:
    """Name → description, as platforms list commands."""
    return {name: command.description for name, command in COMMANDS.items() if not command.for_admins}


def _listing(asked: Asked) -> str:
    known = {name: one for name, one in COMMANDS.items() if asked.person.is_admin or not one.for_admins}
    return "Commands:\n\n" + "\n".join(f"- /{name} – {one.description}" for name, one in known.items())


async def run(asked: Asked) -> Said:
    """Carry out a command; one that does not exist, or is not for this person, is answered with those that are."""
    command = COMMANDS.get(asked.update.command)
    if command is None or (command.for_admins and not asked.person.is_admin):
        # Where others read along, an admin's command is not talked about.
        silent = command is not None and asked.is_shared
        return Said("" if silent else f"I do not know /{asked.update.command}. {_listing(asked)}")
    return await command.run(asked)
