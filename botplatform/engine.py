"""The worker's one event loop: runs are coroutines on it, Celery's threads only hold their slots.

Beside the runs it keeps the heartbeat and a sweep of its own, so that work goes on without broker and beat.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import CancelledError as Cancelled
from contextlib import nullcontext
from typing import Any

import psycopg
import structlog
from django.conf import settings

from botplatform.pipeline import bots, configs, db, governor, leases, presence, recovery
from botplatform.pipeline.reaching import sandboxing, servers, services
from botplatform.pipeline.rollups import rolling

log = structlog.get_logger(__name__)

DRAIN_SECONDS = 1.5
"""What runs in flight get to finish after SIGTERM; then they are handed back."""
HAND_BACK_ROUNDS = 10
"""Half-seconds that handing back may take."""
ROLL_UP_SECONDS = 60.0
"""Beat asks for it more often; this keeps the figures coming while there is none."""
POOL_SIZE = 10


class Engine:
    """One for each worker process."""

    def __init__(self, concurrency: int, serve_due: Callable[[recovery.Due], Awaitable[None]]) -> None:
        self.concurrency = concurrency
        self.draining = False
        self._serve_due = serve_due
        self._slots: asyncio.Semaphore | None = None
        self._running: set[asyncio.Task[Any]] = set()
        self._background: list[asyncio.Task[Any]] = []
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="engine", daemon=True)

    def start(self) -> None:
        self._thread.start()
        self._ready.wait()

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.create_task(self._open())
        self._loop.run_forever()
        self._loop.close()

    async def _open(self) -> None:
        self._slots = asyncio.Semaphore(self.concurrency)
        await db.open_pool(POOL_SIZE)
        beside = (self._keep_sweeping(), self._keep_rolling_up(), self._keep_seen(), sandboxing.keep_tidy())
        for forever in (leases.heartbeat(), *beside):
            self._background.append(asyncio.create_task(forever))
        self._ready.set()

    # -- work

    def run(self, work: Coroutine[Any, Any, Any], *, slot: bool = True) -> None:
        """Hold the calling thread until `work` has ended on the loop. Refused while draining: rows keep the work."""
        if self.draining:
            work.close()
            return
        try:
            asyncio.run_coroutine_threadsafe(self._in_a_slot(work, slot=slot), self._loop).result()
        except (Cancelled, asyncio.CancelledError):
            log.info("task.cancelled")

    async def spawn(self, work: Coroutine[Any, Any, Any], *, slot: bool = True) -> bool:
        """Start `work` on the loop if a slot is free, or if it needs none, without a Celery task."""
        if self.draining or self._slots is None or (slot and self._slots.locked()):
            work.close()
            return False
        asyncio.create_task(self._in_a_slot(work, slot=slot))  # noqa: RUF006 - kept in self._running
        await asyncio.sleep(0)  # it takes its slot before the next is judged
        return True

    async def _in_a_slot(self, work: Coroutine[Any, Any, Any], *, slot: bool) -> None:
        task = asyncio.current_task()
        if self._slots is None or task is None:
            work.close()
            return
        self._running.add(task)
        try:
            async with self._slots if slot else nullcontext():
                await work
        except psycopg.Error as error:
            log.warning("task.database_error", error=type(error).__name__, detail=str(error)[:200])
        finally:
            work.close()
            self._running.discard(task)

    # -- beside the work

    async def _keep_sweeping(self) -> None:
        while True:
            seconds = settings.SWEEP_EVERY.total_seconds()
            try:
                if not self.draining:
                    await self._serve_due(await recovery.sweep())
                seconds = await recovery.seconds_to_next()
            except (psycopg.Error, TimeoutError, OSError) as error:
                log.warning("sweep.failed", error=type(error).__name__)
                seconds = 1.0
            except Exception:
                log.exception("sweep.failed")  # whatever one row holds, the rows behind it are looked at again
            await asyncio.sleep(seconds)

    async def _keep_rolling_up(self) -> None:
        while True:
            await asyncio.sleep(ROLL_UP_SECONDS)
            try:
                if not self.draining:
                    await rolling.roll_up()
            except (psycopg.Error, TimeoutError, OSError) as error:
                log.warning("rollup.failed", error=type(error).__name__)

    async def _keep_seen(self) -> None:
        while True:
            try:
                tools = {"sandbox": sandboxing.as_detail(), "servers": servers.as_detail()}
                await presence.seen("worker", {"runs": len(leases.held()), "slots": self.concurrency, **tools})
            except (psycopg.Error, TimeoutError, OSError) as error:
                log.warning("presence.failed", error=type(error).__name__)
            await asyncio.sleep(settings.HEARTBEAT.total_seconds())

    # -- the end

    def drain(self) -> None:
        """Stop claiming, give runs a moment, hand the rest back. Returns when nothing runs any more."""
        self.draining = True
        asyncio.run_coroutine_threadsafe(self._drain(), self._loop).result(timeout=DRAIN_SECONDS + 6)

    async def _drain(self) -> None:
        if self._running:
            await asyncio.wait(set(self._running), timeout=DRAIN_SECONDS)
        for task in list(self._running):
            task.cancel()
        for _ in range(HAND_BACK_ROUNDS):
            if not self._running:
                return
            await asyncio.wait(set(self._running), timeout=0.5)
            for lease in leases.held():
                lease.interrupt()  # now and then a library swallows a cancellation

    def stop(self) -> None:
        """Close everything and end the loop's thread."""
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(timeout=5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=2)

    async def _close(self) -> None:
        for task in self._background:
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        try:
            await presence.gone("worker")
        except (psycopg.Error, OSError):
            log.info("presence.not_removed")
        for close in (services.close, bots.close, configs.close, governor.close, db.close_pool):
            await close()


_process: list[Engine] = []


def start(concurrency: int, serve_due: Callable[[recovery.Due], Awaitable[None]]) -> Engine:
    """Make this process a worker."""
    _process[:] = [Engine(concurrency, serve_due)]
    _process[0].start()
    return _process[0]


def current() -> Engine:
    """This process's engine."""
    if not _process:
        raise RuntimeError("tasks run in `manage.py worker` only")
    return _process[0]


def is_draining() -> bool:
    """Whether this process is a worker that ends."""
    return bool(_process) and _process[0].draining
