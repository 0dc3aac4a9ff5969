"""One watcher a process and topic asks the database whether anything changed, for as long as anybody listens."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

import psycopg
import structlog

from botplatform.live.topics import Topic
from botplatform.pipeline import db

log = structlog.get_logger(__name__)

EVERY_SECONDS = 1.0
AT_ONCE = 2
"""Statements of all topics at the same time: the pool belongs to the webhooks."""
STATEMENT_SECONDS = 10.0
REST = 10
"""A statement that takes long is asked again only after that many times as long."""

Hear = Callable[[str], None]
"""Is told the name of a topic that changed; must not wait."""


@dataclass(slots=True)
class _Watched:
    hearing: set[Hear] = field(default_factory=set)
    task: asyncio.Task[None] | None = None


class Pulse:
    """All watchers of one event loop."""

    def __init__(self) -> None:
        self._watched: dict[str, _Watched] = {}
        self._turns = asyncio.Semaphore(AT_ONCE)

    def listen(self, topic: Topic, hear: Hear) -> None:
        """From now on `hear` is told of every change that comes after the next look at the database."""
        watched = self._watched.setdefault(topic.name, _Watched())
        watched.hearing.add(hear)
        if watched.task is None:
            watched.task = asyncio.create_task(self._watch(topic, watched))

    def leave(self, name: str, hear: Hear) -> None:
        """The last to leave ends the watcher."""
        if watched := self._watched.get(name):
            watched.hearing.discard(hear)
            if not watched.hearing and watched.task:
                del self._watched[name]
                watched.task.cancel()

    @property
    def topics(self) -> set[str]:
        """Names of what is being watched."""
        return set(self._watched)

    async def _watch(self, topic: Topic, watched: _Watched) -> None:
        sql, params, before, away = topic.sql, topic.params, "", False
        while True:
            began = time.monotonic()
            try:
                async with asyncio.timeout(STATEMENT_SECONDS), self._turns:
                    row = await db.row(sql, params)
            except (psycopg.Error, OSError, TimeoutError) as error:
                if not away:
                    log.warning("live.database_away", topic=topic.name, error=type(error).__name__)
                away = True
            else:
                now, away = str(row and row["fingerprint"]), False
                if before and now != before:
                    for hear in tuple(watched.hearing):
                        hear(topic.name)
                before = now
            await asyncio.sleep(max(EVERY_SECONDS, REST * (time.monotonic() - began)))


_pulses: WeakKeyDictionary[asyncio.AbstractEventLoop, Pulse] = WeakKeyDictionary()


def pulse() -> Pulse:
    """The running loop's."""
    return _pulses.setdefault(asyncio.get_running_loop(), Pulse())
