"""Following a live conversation: the events of its Channels group, no faster than they can be taken."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any

import structlog
from channels.layers import get_channel_layer

log = structlog.get_logger(__name__)

AGAIN_SECONDS = 2.0
LEAVE_SECONDS = 2.0

Event = Mapping[str, Any]


class Watch:
    """Joins a group, and keeps trying while Redis is away. Without it the page asks the database instead.

    Of a text that changes faster than `take` can take it, only the latest version is handed on.
    """

    def __init__(self, group: str, take: Callable[[Event], Awaitable[None]]) -> None:
        self._group = group
        self._take = take
        # The one name for all tries: the layer forgets a name only when nobody receives under it any more.
        self._channel = f"chat.{uuid.uuid4().hex}"
        self._waiting: dict[tuple[str, str], Event] = {}
        self._arrived = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        self._tasks = [asyncio.create_task(self._follow()), asyncio.create_task(self._hand_on())]

    async def stop(self) -> None:
        await _end(*self._tasks, every=0.3)
        with suppress(Exception):  # Redis may be away: then there is nothing to leave
            async with asyncio.timeout(LEAVE_SECONDS):
                await get_channel_layer().group_discard(self._group, self._channel)

    async def _follow(self) -> None:
        while True:
            try:
                await self._receive()
            except Exception as error:  # noqa: BLE001 - whatever the layer is made of
                log.info("chat.not_watching", group=self._group, error=type(error).__name__)
            await asyncio.sleep(AGAIN_SECONDS)

    async def _receive(self) -> None:
        layer = get_channel_layer()
        receiving = asyncio.create_task(layer.receive(self._channel))
        try:
            await asyncio.sleep(0)  # the layer knows the channel as soon as somebody receives from it
            await layer.group_add(self._group, self._channel)
            while True:
                self._put((await receiving)["event"])
                receiving = asyncio.create_task(layer.receive(self._channel))
        finally:
            await _end(receiving, every=0.05)

    def _put(self, event: Event) -> None:
        key = (str(event["kind"]), str(event.get("id", "")))
        if key in self._waiting and self._waiting[key].get("final") and not event.get("final"):
            return
        self._waiting[key] = event
        self._arrived.set()

    async def _hand_on(self) -> None:
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            while self._waiting:
                event = self._waiting.pop(next(iter(self._waiting)))
                try:
                    await self._take(event)
                except Exception as error:  # noqa: BLE001 - one event that cannot be shown must not end the view
                    log.info("chat.not_shown", group=self._group, error=type(error).__name__)


async def _end(*tasks: asyncio.Task[Any], every: float) -> None:
    """Cancel until it has happened: redis-py swallows a cancellation that meets it in the middle of connecting."""
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=every)
    for task in tasks:
        if not task.cancelled() and (error := task.exception()):
            log.info("chat.not_watching", error=type(error).__name__)
