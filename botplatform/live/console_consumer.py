"""The console's WebSocket: tells a page which of its topics changed, and nothing of what is in them.

A page sends `{"watch": ["home", "session-12"]}`: all that it shows now. It is answered by `{"watching": […], "refused": […]}`
and from then on by `{"changed": "home"}` as often as that is so, and then asks for its fragment, which checks once more who asks.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

import psycopg
import structlog
from channels.generic.websocket import AsyncWebsocketConsumer
from django.db import Error as DjangoDatabaseError

from botplatform.live import staff, topics
from botplatform.live.pulse import Pulse, pulse
from botplatform.live.topics import Topic

log = structlog.get_logger(__name__)

SIGNED_OUT = 4401
AWAY = 1013
"""Close codes; 1013 is "try again later"."""
CHECK_SECONDS = 20.0
"""How long it may take until the end of a login, or of a permission, is noticed."""
MOST_TOPICS = 20
MOST_CHARACTERS = 4_000
DATABASE_AWAY = (psycopg.Error, DjangoDatabaseError, OSError, TimeoutError)


class ConsoleConsumer(AsyncWebsocketConsumer):
    """One page of the console."""

    channel_layer_alias = None
    """Rows are the truth: live pages work without Redis."""

    def __init__(self) -> None:
        super().__init__()
        self.watched: dict[str, Topic] = {}
        self.changed: dict[str, None] = {}
        self.woken = asyncio.Event()
        self.background: list[asyncio.Task[None]] = []
        self.pulse: Pulse | None = None

    async def connect(self) -> None:
        await self.accept()  # a close code can be told only to those who were let in
        try:
            user = await staff.at_socket(self.scope)
        except DATABASE_AWAY:
            await self.close(AWAY)
            return
        if user is None:
            await self.close(SIGNED_OUT)
            return
        self.pulse = pulse()
        self.background = [asyncio.create_task(self._tell_changes()), asyncio.create_task(self._check())]

    async def disconnect(self, code: int) -> None:
        self._follow({})
        for task in self.background:
            task.cancel()
        await asyncio.gather(*self.background, return_exceptions=True)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """One frame; whatever it holds, the socket survives it."""
        if self.pulse is None:
            return
        names = _names(text_data)
        if names is None:
            await self._tell({"error": f"Send {{'watch': […]}} with at most {MOST_TOPICS} topics."})
            return
        try:
            await self._watch(names)
        except DATABASE_AWAY as error:
            log.warning("live.database_away", error=type(error).__name__)
            await self._end(AWAY)

    async def _end(self, code: int) -> None:
        self._follow({})
        self.changed.clear()
        await self.close(code)

    async def _watch(self, names: list[Any]) -> None:
        user = await staff.at_socket(self.scope)
        if user is None:
            await self._end(SIGNED_OUT)
            return
        known = [topic for name in names if (topic := topics.read(name))]
        self._follow({topic.name: topic for topic in await staff.allowed(user, known)})
        refused = [str(name)[:80] for name in names if name not in self.watched]
        await self._tell({"watching": list(self.watched), "refused": refused})

    def _follow(self, wanted: dict[str, Topic]) -> None:
        """Listen to these topics and to no others."""
        if self.pulse is None:
            return
        for name in self.watched.keys() - wanted.keys():
            self.pulse.leave(name, self._hear)
        for name in wanted.keys() - self.watched.keys():
            self.pulse.listen(wanted[name], self._hear)
        self.watched = wanted

    def _hear(self, name: str) -> None:
        self.changed[name] = None
        self.woken.set()

    async def _tell_changes(self) -> None:
        """A slow page is told once of what changed many times meanwhile."""
        while True:
            await self.woken.wait()
            self.woken.clear()
            while self.changed:
                await self._tell({"changed": self.changed.popitem()[0]})

    async def _check(self) -> None:
        """The login may end, and so may a permission, while the page stays open."""
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            try:
                user = await staff.at_socket(self.scope)
                if user is None:
                    await self._end(SIGNED_OUT)
                    return
                if len(still := await staff.allowed(user, self.watched.values())) < len(self.watched):
                    self._follow({topic.name: topic for topic in still})
            except DATABASE_AWAY as error:
                log.warning("live.database_away", error=type(error).__name__)

    async def _tell(self, frame: dict[str, Any]) -> None:
        await self.send(text_data=json.dumps(frame, ensure_ascii=False))


def _names(text: str | None) -> list[Any] | None:
    """What the frame asks for; None when it cannot be read."""
    if text is None or len(text) > MOST_CHARACTERS:
        return None
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError):
        return None
    names = frame.get("watch") if isinstance(frame, dict) else None
    usable = isinstance(names, list) and len(names) <= MOST_TOPICS and all(isinstance(name, str) for name in names)
    return names if usable else None
