"""What the web process does beside requests: the group commit, the pollers, saying that it lives."""

from __future__ import annotations

import asyncio
from typing import Any

import psycopg
import structlog
from django.conf import settings

from botplatform import polling, reception
from botplatform.pipeline import bots, counting, db, presence

log = structlog.get_logger(__name__)

POOL_SIZE = 8


async def serve(receive: Any, send: Any) -> None:
    """The ASGI lifespan protocol."""
    background: list[asyncio.Task[None]] = []
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            background = await _start()
            await send({"type": "lifespan.startup.complete"})
        elif message["type"] == "lifespan.shutdown":
            await _stop(background)
            await send({"type": "lifespan.shutdown.complete"})
            return


async def _start() -> list[asyncio.Task[None]]:
    await db.open_pool(POOL_SIZE)
    reception.open_desk()
    forever = (_keep_seen(), polling.connect_bots(), counting.keep_flushing())
    return [asyncio.create_task(one) for one in forever]


async def _stop(background: list[asyncio.Task[None]]) -> None:
    for task in background:
        task.cancel()
    await asyncio.gather(*background, return_exceptions=True)
    await reception.close_desk()
    await counting.flush()
    try:
        await presence.gone("web")
    except (psycopg.Error, OSError):
        log.info("presence.not_removed")
    await bots.close()
    await db.close_pool()


async def _keep_seen() -> None:
    while True:
        try:
            await presence.seen("web")
        except (psycopg.Error, TimeoutError, OSError) as error:
            log.warning("presence.failed", error=type(error).__name__)
        await asyncio.sleep(settings.HEARTBEAT.total_seconds())
