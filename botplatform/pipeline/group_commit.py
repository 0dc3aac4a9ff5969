"""Requests that wait at the same time share one statement, and so one commit."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import psycopg
import structlog
from psycopg.errors import QueryCanceled

from botplatform.pipeline import db, inbox, inbox_special
from botplatform.pipeline.inbox import Arrival, Receipt

GROUP = 64
"""Updates in one statement at most."""
WAITING = 5000
"""Requests that may wait at most; the provider is asked to come again beyond that."""
STATEMENT_SECONDS = 10
"""Longest time for a group; after that all in it are asked to come again, so that those behind them get their turn."""

log = structlog.get_logger(__name__)
Waiting = tuple[Arrival, "asyncio.Future[Receipt]"]


class GroupCommit:
    """Receives updates for one event loop on one connection; opened at start, reopened when it breaks."""

    def __init__(self) -> None:
        self._waiting: list[Waiting] = []
        self._arrived = asyncio.Event()
        self._connection: db.Connection | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._serve(), name="group-commit")

    async def stop(self) -> None:
        """Commit what waits, then close."""
        while self._waiting:
            await asyncio.sleep(0.01)
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._connection:
            await self._connection.close()

    async def receive(self, arrival: Arrival) -> Receipt:
        """Store an update; returns after its commit. Raises psycopg.Error when the database does not take it."""
        if len(self._waiting) >= WAITING:
            raise psycopg.OperationalError("too many updates wait for the database")
        future: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
        self._waiting.append((arrival, future))
        self._arrived.set()
        return await future

    def _take(self) -> list[Waiting]:
        """The oldest that wait, without two of one identity: the second waits for the next group and is then a duplicate."""
        group: list[Waiting] = []
        later: list[Waiting] = []
        seen: set[tuple[int, str]] = set()
        for position, waiting in enumerate(self._waiting):
            if len(group) == GROUP:
                later.extend(self._waiting[position:])
                break
            update = waiting[0].update
            names = {
                (waiting[0].bot_id, update.external_id),
                (waiting[0].bot_id, update.dedup_key or update.external_id),
            }
            special = update.kind in inbox_special.EFFECTS
            if names & seen or (special and group):
                later.extend(self._waiting[position:])  # nobody is overtaken
                break
            seen |= names
            group.append(waiting)
            if special:
                later.extend(self._waiting[position + 1 :])
                break
        self._waiting = later
        return group

    async def _serve(self) -> None:
        while True:
            await self._arrived.wait()
            while self._waiting:
                group = self._take()
                try:
                    async with asyncio.timeout(STATEMENT_SECONDS + 2):
                        await self._commit(group)
                except Exception as error:  # noqa: BLE001 - whatever it is, those who wait must hear of it
                    self._fail(group, error)
                    if isinstance(error, TimeoutError) and self._connection:
                        await self._connection.close()
            self._arrived.clear()

    async def _commit(self, group: list[Waiting]) -> None:
        connection = await self._connected()
        if len(group) > 1 or group[0][0].update.kind not in inbox_special.EFFECTS:
            ordered = sorted(group, key=lambda waiting: waiting[0].order)
            try:
                receipts = await inbox.write(connection, [arrival for arrival, _ in ordered])
            except (psycopg.Error, UnicodeError) as error:
                if connection.closed or isinstance(error, QueryCanceled):
                    raise
                log.warning("update.group_refused", size=len(group), error=type(error).__name__)
            else:
                self._answer(ordered, receipts)
                return
        await self._one_by_one(connection, group)

    async def _one_by_one(self, connection: db.Connection, group: list[Waiting]) -> None:
        for arrival, future in group:
            try:
                receipt = await inbox.receive(arrival, connection)
            except (psycopg.Error, UnicodeError) as error:
                if connection.closed:
                    raise
                self._fail([(arrival, future)], error)
            else:
                self._answer([(arrival, future)], [receipt])

    def _answer(self, group: Sequence[Waiting], receipts: Sequence[Receipt]) -> None:
        for (_, future), receipt in zip(group, receipts, strict=True):
            if not future.done():
                future.set_result(receipt)

    def _fail(self, group: Sequence[Waiting], error: Exception) -> None:
        for _, future in group:
            if not future.done():
                future.set_exception(error)

    async def _connected(self) -> db.Connection:
        if self._connection is None or self._connection.closed:
            self._connection = await db.connect(statement_seconds=STATEMENT_SECONDS)
        return self._connection
