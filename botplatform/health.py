"""How the installation is: what the health page says."""

from __future__ import annotations

import asyncio
from typing import Any

import psycopg
import redis.asyncio as redis
from django.conf import settings

from botplatform.pipeline import db

ANSWER_SECONDS = 2.0
SILENT_AFTER = 3
"""Heartbeats after which a process counts as gone."""
BACKLOG_SECONDS = 60
"""A due batch older than this is a backlog."""

# What an operator has paused is no backlog.
_STATE = """
    SELECT count(*) FILTER (WHERE role = 'worker') AS workers, count(*) FILTER (WHERE role = 'beat') AS beats,
        coalesce((SELECT extract(epoch FROM now() - min(w.due_at))::int FROM botplatform_batch w
                  JOIN botplatform_session s ON s.id = w.session_id JOIN botplatform_bot b ON b.id = s.bot_id
                  WHERE w.state = 'collecting' AND w.due_at < now() AND s.mode = 'normal' AND NOT b.paused), 0) AS oldest
    FROM botplatform_process WHERE seen_at > now() - %s"""


async def _redis() -> str:
    client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            await client.ping()
    except (redis.RedisError, OSError, TimeoutError):
        return "unreachable"
    finally:
        await client.aclose()
    return "ok"


async def check() -> dict[str, Any]:
    """`{"status": ok | degraded | down, "checks": {…}}`; down means that updates cannot be taken."""
    broker = asyncio.create_task(_redis())
    try:
        async with asyncio.timeout(ANSWER_SECONDS + 1):
            state = await db.row(_STATE, (settings.HEARTBEAT * SILENT_AFTER,)) or {}
        database = "ok"
    except (psycopg.Error, OSError, TimeoutError):
        state, database = {}, "unreachable"
    oldest = state.get("oldest", 0)
    checks = {
        "database": database,
        "redis": await broker,
        "worker": "ok" if state.get("workers") else "missing",
        "beat": "ok" if state.get("beats") else "missing",
        "backlog": "ok" if oldest < BACKLOG_SECONDS else f"oldest due batch waits for {oldest} s",
    }
    status = "down" if database != "ok" else "ok" if set(checks.values()) == {"ok"} else "degraded"
    return {"status": status, "checks": checks}
