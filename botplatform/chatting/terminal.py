"""A conversation in a terminal: lines go through the pipeline like any message, answers are read from the database."""

from __future__ import annotations

import asyncio
import json
import re
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from botplatform import reception
from botplatform.chatting import transcript
from botplatform.chatting.transcript import Line
from botplatform.pipeline import bots, db, intake
from transports.live import KEY_LIMIT, refusal
from transports.terminal import TerminalTransport

POLL_SECONDS = 0.15
ALIVE_SECONDS = 15
"""A worker that has not been seen for longer counts as gone."""
_ALIVE = (
    "SELECT 1 FROM botplatform_process WHERE role = 'worker' AND seen_at > now() - make_interval(secs => %s) LIMIT 1"
)
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


class Unavailable(Exception):
    """There is nobody to talk to; the words say what to do."""


def printable(text: str) -> str:
    """Without what would steer the terminal: an answer must not move its cursor, nor write into its clipboard."""
    return _CONTROLS.sub("", text)


def _words(line: Line) -> str:
    """Nothing can be folded here."""
    return f"{line.title}\n{line.text}" if line.title else line.text


@dataclass(slots=True)
class Talk:
    """One conversation since it was opened here."""

    bot: bots.BotRow
    key: str
    user: str
    marker: float = 0
    pending: bool = False
    """Whether an answer is still to come."""
    _heard: dict[str, str] = field(default_factory=dict)
    """Id → the final text that was heard; empty while only a placeholder was."""

    async def say(self, text: str) -> str:
        """Send a message; returns why it was refused, or an empty string once it is committed."""
        if reason := refusal(text):
            return reason
        who = {"id": self.user, "name": self.user}
        body = {"id": uuid.uuid4().hex, "conversation": self.key, "user": who, "text": text}
        await reception.receive(self.bot, intake.arrival(self.bot, {}, json.dumps(body).encode()))
        self.pending = True
        return ""

    async def hear(self) -> list[Line]:
        """What the bot has said since the last call: placeholders once, other texts whenever they have changed."""
        found = await transcript.read(self.bot.id, self.key, self.marker)
        self.marker = found.marker
        said = [replace(line, text=_words(line)) for line in found.lines if not line.by_user]
        fresh = [
            line for line in said if line.id not in self._heard or (line.final and line.text != self._heard[line.id])
        ]
        self._heard |= {line.id: line.text if line.final else "" for line in fresh}
        self.pending = found.working or any(not line.final for line in found.lines)
        return fresh

    async def wait(self) -> AsyncIterator[Line]:
        """What the bot says until nothing more is to come. Raises Unavailable when the last worker goes."""
        checked_at = time.monotonic()
        while True:
            for line in await self.hear():
                yield line
            if not self.pending:
                return
            if time.monotonic() - checked_at > ALIVE_SECONDS:
                await require_worker()
                checked_at = time.monotonic()
            await asyncio.sleep(POLL_SECONDS)


async def require_worker() -> None:
    """Raise Unavailable unless a worker lives."""
    if not await db.row(_ALIVE, (ALIVE_SECONDS,)):
        raise Unavailable("No worker is running: start everything with `manage.py up`, or one with `manage.py worker`.")


@asynccontextmanager
async def open_talk(key: str, user: str) -> AsyncIterator[Talk]:
    """A conversation with the bot `terminal/default`, from now on. Raises Unavailable."""
    if len(key) > KEY_LIMIT or not key.isprintable():
        raise Unavailable(f"A conversation's name has at most {KEY_LIMIT} characters, and no control characters.")
    await db.open_pool(2)
    try:
        bot = await bots.by_slug(TerminalTransport.name, "default")
        if bot is None:
            raise Unavailable("The terminal's bot is switched off, or `manage.py up` has never run here.")
        await require_worker()
        talk = Talk(bot, key, user)
        await talk.hear()
        yield talk
    finally:
        await reception.close_desk()
        await bots.close()
        await db.close_pool()
