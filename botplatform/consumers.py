"""The web chat's WebSocket. What it shows is read from the database; live events only make it quick.

A page sends `{"type": "sync", "after": marker}`, answered by `sync` with what changed since, the next marker and whether
an answer is to come; and `{"type": "say", "id", "text"}` or `{"type": "press", "id", "message", "data"}` for a button,
answered by `accepted` after the commit, by `refused` with a reason, or by `error` with `again` when it may be sent again:
the same id is taken once. Live: `line`, `typing`, `deleted`, and `toast` with what became of a press.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

import psycopg
import structlog
from channels.generic.websocket import AsyncWebsocketConsumer
from django.db import Error as DjangoDatabaseError

from botplatform import reception
from botplatform.chatting import frames, transcript, visitors
from botplatform.chatting.frames import Refused
from botplatform.chatting.watching import Event, Watch
from botplatform.pipeline import bots, intake
from transports.base import Conversation
from transports.webchat import WebChatTransport

log = structlog.get_logger(__name__)

SIGNED_OUT = 4401
NO_SUCH_TALK = 4404
AWAY = 1013
"""Close codes; 1013 is "try again later"."""
COMMIT_SECONDS = 12
CHECK_SECONDS = 20
"""How long it may take until the end of a session is noticed."""
DATABASE_AWAY = (psycopg.Error, DjangoDatabaseError, OSError, TimeoutError)


class ChatConsumer(AsyncWebsocketConsumer):
    """One page of one conversation."""

    channel_layer_alias = None
    """`Watch` follows the layer: with this one, a socket could not be opened while Redis is away."""

    visitor: visitors.Visitor | None = None
    key = ""
    watch: Watch | None = None
    checked_at = 0.0

    def __init__(self) -> None:
        super().__init__()
        self.telling: set[asyncio.Task[None]] = set()
        """Keeps what runs beside the frames from being collected as garbage: a slow Redis must not hold up the next one."""

    async def connect(self) -> None:
        await self.accept()  # a close code can be told only to those who were let in
        try:
            self.visitor = await visitors.at_socket(self.scope)
        except DATABASE_AWAY:
            await self.close(AWAY)
            return
        if self.visitor is None:
            await self.close(SIGNED_OUT)
            return
        query = parse_qs(self.scope["query_string"].decode("latin-1"))
        try:
            self.key = self.visitor.talk(query.get("conversation", [""])[0])
        except ValueError:
            await self.close(NO_SUCH_TALK)
            return
        self.checked_at = time.monotonic()
        self.watch = Watch(bots.watchers_group(WebChatTransport.name, self.key), self._show)
        self.watch.start()

    async def disconnect(self, code: int) -> None:
        if self.watch:
            await self.watch.stop()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """One frame; whatever it holds, the socket survives it."""
        if not self.key:
            return
        try:
            frame = frames.read(text_data)
            if await self._is_welcome():
                await HANDLERS[frame["type"]](self, frame)
        except Refused as refused:
            await self._tell(refused.as_frame())
        except DATABASE_AWAY as error:
            log.warning("chat.database_away", error=type(error).__name__)
            await self._tell({"type": "error", "detail": "The database cannot be reached.", "again": True})

    async def _is_welcome(self) -> bool:
        if time.monotonic() - self.checked_at > CHECK_SECONDS:
            now = await visitors.at_socket(self.scope)
            if now is None or self.visitor is None or now.id != self.visitor.id:
                await self.close(SIGNED_OUT)
                return False
            self.checked_at = time.monotonic()
        return True

    async def _catch_up(self, frame: dict[str, Any]) -> None:
        found = await transcript.read((await self._bot()).id, self.key, frame["after"])
        lines = [await frames.line(line) for line in found.lines]
        told = {"lines": lines, "marker": found.marker, "working": found.working, "cut": found.cut}
        await self._tell({"type": "sync", **told})

    async def _say(self, frame: dict[str, Any]) -> None:
        bot, queued = await self._store(frame["id"], {"text": frame["text"]})
        if queued and isinstance(bot.transport, WebChatTransport):
            told = asyncio.create_task(bot.transport.said(Conversation(self.key), frame["id"], frame["text"]))
            self.telling.add(told)
            told.add_done_callback(self.telling.discard)

    async def _press(self, frame: dict[str, Any]) -> None:
        await self._store(frame["id"], {"press": {"message": frame["message"], "data": frame["data"]}})

    async def _store(self, update_id: str, content: dict[str, Any]) -> tuple[bots.BotRow, bool]:
        """Commit what the visitor did, then say so; whether it was new."""
        bot = await self._bot()
        assert self.visitor is not None  # noqa: S101 - `receive` is deaf without
        user = {"id": self.visitor.id, "name": self.visitor.name}
        body = {"id": update_id, "conversation": self.key, "user": user, **content}
        async with asyncio.timeout(COMMIT_SECONDS):
            receipt = await reception.receive(bot, intake.arrival(bot, {}, json.dumps(body).encode()))
        await self._tell({"type": "accepted", "id": update_id, "outcome": receipt.outcome, "at": time.time()})
        return bot, receipt.outcome == "queued"

    async def _bot(self) -> bots.BotRow:
        bot = await bots.by_slug(WebChatTransport.name, "default")
        if bot is None:
            raise Refused("The web chat is switched off.")
        return bot

    async def _show(self, event: Event) -> None:
        await self._tell(await frames.of_event(event))

    async def _tell(self, frame: dict[str, Any]) -> None:
        await self.send(text_data=json.dumps(frame, ensure_ascii=False))


HANDLERS: dict[str, Callable[[ChatConsumer, dict[str, Any]], Awaitable[None]]] = {
    "sync": ChatConsumer._catch_up,
    "say": ChatConsumer._say,
    "press": ChatConsumer._press,
}
