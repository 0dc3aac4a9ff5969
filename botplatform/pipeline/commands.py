"""What the slash commands do. Each works within the transaction that takes its update."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from botplatform.pipeline import configs, db, ending


@dataclass(frozen=True, slots=True)
class Said:
    """A command's result, in Markdown; `edits` names a message that it takes the place of."""

    text: str
    edits: str = ""


async def _start(connection: db.Connection, session_id: int) -> Said:
    return Said(f"Hello! Write to me, and I answer. {_listing()}")


async def _help(connection: db.Connection, session_id: int) -> Said:
    return Said(f"Write to me in plain words. {_listing()}")


async def _clear(connection: db.Connection, session_id: int) -> Said:
    await connection.execute(
        b"UPDATE botplatform_session SET history_from = clock_timestamp() WHERE id = %s", (session_id,)
    )
    return Said("We start afresh: I no longer consider what was said before.")


_STATUS = b"""
    SELECT b.state, b.size, extract(epoch FROM now() - b.claimed_at)::int AS seconds,
           extract(epoch FROM b.retry_at - now())::int AS retry_in
    FROM botplatform_batch b WHERE b.session_id = %s AND b.state IN ('collecting', 'processing', 'waiting') ORDER BY b.id"""


def _line(batch: db.Row) -> str:
    many = f"{batch['size']} message{'s' if batch['size'] != 1 else ''}"
    if batch["state"] == "collecting":
        return f"- {many} waiting to be answered"
    if batch["state"] == "waiting" or (batch["retry_in"] or 0) > 0:
        return f"- {many} set aside after a problem, to be tried again"
    return f"- working on {many} for {batch['seconds'] or 0} s"


async def _status(connection: db.Connection, session_id: int) -> Said:
    batches = await (await connection.execute(_STATUS, (session_id,))).fetchall()
    lines = [_line(batch) for batch in batches] or ["- nothing to do"]
    model = configs.default_model()
    return Said("\n".join([*lines, f"- model: `{model}`"]))


_CANCEL = b"""
    UPDATE botplatform_batch SET state = 'cancelled', finished_at = now(), worker = '', reason = 'cancelled in the chat'
    WHERE session_id = %s AND state IN ('collecting', 'processing', 'waiting') RETURNING id"""
_STANDING = b"""
    SELECT provider_id FROM botplatform_reply WHERE batch_id = ANY(%s) AND kind = 'placeholder' AND state = 'sent'
    ORDER BY id DESC LIMIT 1"""


async def end_cancelled(connection: db.Connection, batch_ids: list[int], reason: str) -> None:
    """Settle the runs, steps and updates of batches that were cancelled."""
    await connection.execute(
        b"""UPDATE botplatform_run SET state = 'cancelled', error = %s, finished_at = now()
            WHERE batch_id = ANY(%s) AND state IN ('running', 'waiting')""",
        (reason, batch_ids),
    )
    for batch_id in batch_ids:
        await connection.execute(ending.BREAK_OFF, (batch_id,))
    await connection.execute(
        b"UPDATE botplatform_update SET state = 'done', reason = %s, handled_at = now() WHERE batch_id = ANY(%s) AND state = 'queued'",
        (reason, batch_ids),
    )


async def _cancel(connection: db.Connection, session_id: int) -> Said:
    cancelled = [row["id"] for row in await (await connection.execute(_CANCEL, (session_id,))).fetchall()]
    if not cancelled:
        return Said("There is nothing to cancel.")
    await end_cancelled(connection, cancelled, "cancelled in the chat")
    standing = await (await connection.execute(_STANDING, (cancelled,))).fetchone()
    return Said("Cancelled.", edits=standing["provider_id"] if standing else "")


COMMANDS: dict[str, tuple[str, Callable[[db.Connection, int], Awaitable[Said]]]] = {
    "start": ("say hello", _start),
    "help": ("what I can do", _help),
    "clear": ("start afresh", _clear),
    "status": ("what I am doing", _status),
    "cancel": ("stop what I am doing", _cancel),
}
"""Name → description for the platform's menu, and what it does."""


def _listing() -> str:
    return "Commands:\n\n" + "\n".join(f"- /{name} – {description}" for name, (description, _) in COMMANDS.items())


async def run(connection: db.Connection, session_id: int, name: str) -> Said:
    """Carry out a command by name; an unknown one is answered with those that exist."""
    if name not in COMMANDS:
        return Said(f"I do not know /{name}. {_listing()}")
    return await COMMANDS[name][1](connection, session_id)
