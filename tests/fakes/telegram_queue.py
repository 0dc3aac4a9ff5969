"""Long polling and webhook registration, as https://core.telegram.org/bots/api#getting-updates describes them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

from tests.fakes.telegram_errors import Failure

TWO_POLLERS = "terminated by other getUpdates request; make sure that only one bot instance is running"
WEBHOOK_SET = "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"


class UpdateQueue:
    """Updates that wait to be fetched. Filled from any thread, fetched in the server's loop."""

    def __init__(self, lock: threading.RLock, run: Callable[[Callable[[], object]], None]) -> None:
        self._lock = lock
        self._run = run
        self._updates: list[dict[str, Any]] = []
        self._poller: asyncio.Future[None] | None = None
        self.webhook: dict[str, Any] = {}
        """The parameters of the last setWebhook; empty without one."""
        self.confirmed = 0
        """The highest update id that a poll has confirmed."""

    def push(self, update: dict[str, Any]) -> None:
        with self._lock:
            self._updates.append(update)
        self._run(self._wake)

    def pending(self) -> list[dict[str, Any]]:
        with self._lock:
            return list(self._updates)

    def forget(self) -> None:
        with self._lock:
            self._updates.clear()

    async def fetch(self, offset: int, limit: int, timeout: float) -> list[dict[str, Any]]:
        """One getUpdates. Raises Failure, also when a later one takes its place."""
        if self.webhook:
            raise Failure(409, WEBHOOK_SET)
        if self._poller is not None and not self._poller.done():
            self._poller.set_exception(Failure(409, TWO_POLLERS))
        self._confirm(offset)
        if not self.pending() and timeout > 0:
            await self._wait(timeout)
        return self.pending()[:limit]

    def _confirm(self, offset: int) -> None:
        with self._lock:
            if offset < 0:
                self._updates = self._updates[offset:]
            elif offset:
                self._updates = [update for update in self._updates if update["update_id"] >= offset]
                self.confirmed = max(self.confirmed, offset - 1)

    async def _wait(self, timeout: float) -> None:
        self._poller = poller = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(timeout):
                await poller
        except TimeoutError:
            pass
        finally:
            if self._poller is poller:
                self._poller = None

    def _wake(self) -> None:
        if self._poller is not None and not self._poller.done():
            self._poller.set_result(None)
