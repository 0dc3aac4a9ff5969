"""How fast one conversation may be written to: one governor for all workers, in Redis, with a stricter one for when Redis is away.

Finals wait for their slot, progress is dropped when there is none. The rule is the provider's (Telegram: about one message a
second in a chat, twenty a minute in a group; edits count: https://core.telegram.org/bots/faq#broadcasting-to-users).
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from datetime import timedelta

import redis.asyncio as redis
import structlog
from django.conf import settings

from botplatform.pipeline import db
from transports.base import Conversation, Features

log = structlog.get_logger(__name__)

REDIS_SECONDS = 0.2
"""Longer than this without an answer, the process's own limiter rules."""
RESERVED_FOR_FINALS = 0.5
"""Share of a group's minute that progress leaves to answers."""

# One slot a second (KEYS[1] holds when the next is free) and a count for the minute (KEYS[2]). Milliseconds throughout.
# ARGV: spacing, a minute's limit (0: none), how much earlier than its slot this call may go, how many of the minute it must leave.
# Returns the wait; 0 means: go, and the slot is taken.
_RESERVE = """
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local free = tonumber(redis.call('GET', KEYS[1]) or 0)
local wait = free - now - tonumber(ARGV[3])
local limit = tonumber(ARGV[2])
if limit > 0 then
  redis.call('ZREMRANGEBYSCORE', KEYS[2], 0, now - 60000)
  if redis.call('ZCARD', KEYS[2]) >= limit - tonumber(ARGV[4]) then
    local oldest = redis.call('ZRANGE', KEYS[2], 0, 0, 'WITHSCORES')
    wait = math.max(wait, (tonumber(oldest[2]) or now) + 60000 - now)
  end
end
if wait > 0 then return wait end
redis.call('SET', KEYS[1], math.max(free, now) + tonumber(ARGV[1]), 'PX', 120000)
if limit > 0 then
  redis.call('ZADD', KEYS[2], now, t[1] .. '.' .. t[2] .. '.' .. redis.call('ZCARD', KEYS[2]))
  redis.call('PEXPIRE', KEYS[2], 61000)
end
return 0
"""


@dataclass(frozen=True, slots=True)
class Pace:
    """A conversation's limits, from its transport's features."""

    key: str
    spacing_ms: int
    per_minute: int

    @classmethod
    def of(cls, bot_id: int, to: Conversation, features: Features) -> Pace:
        spacing = int(1000 / features.per_second) if features.per_second else 0
        chat = str(to.address.get("chat_id") or to.key)  # the topics of a group share its limits
        return cls(f"pace:{bot_id}:{chat}", spacing, features.shared_per_minute if to.is_shared else 0)


@dataclass(slots=True)
class _Local:
    """The stricter limiter: half the rate, for this process alone."""

    free: dict[str, float] = field(default_factory=dict)

    def reserve(self, pace: Pace) -> float:
        now = time.monotonic()
        wait = self.free.get(pace.key, 0.0) - now
        if wait > 0:
            return wait
        if len(self.free) > 10_000:
            self.free = {key: free for key, free in self.free.items() if free > now}
        spacing = max(pace.spacing_ms / 1000, 60 / pace.per_minute if pace.per_minute else 0)
        self.free[pace.key] = now + 2 * spacing
        return 0.0


_local = _Local()
_clients: dict[asyncio.AbstractEventLoop, redis.Redis] = {}
_away: dict[str, float] = {"until": 0.0}


def _client() -> redis.Redis:
    loop = asyncio.get_running_loop()
    if loop not in _clients:
        _clients[loop] = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)
    return _clients[loop]


async def _reserve(pace: Pace, *, early_ms: int = 0, leave: int = 0) -> float:
    if not pace.spacing_ms:
        return 0.0
    if time.monotonic() < _away["until"]:
        return _local.reserve(pace)
    keys = f"{pace.key}:free", f"{pace.key}:minute"
    try:
        async with asyncio.timeout(REDIS_SECONDS):
            waited = await _client().eval(_RESERVE, 2, *keys, pace.spacing_ms, pace.per_minute, early_ms, leave)
    except (redis.RedisError, OSError, TimeoutError) as error:
        log.warning("governor.local", error=type(error).__name__)
        _away["until"] = time.monotonic() + 5
        return _local.reserve(pace)
    return max(0.0, int(waited) / 1000)


async def reserve(pace: Pace, *, completes_placeholder: bool = False) -> float:
    """Take a slot for an answer: 0 when it is taken, else the seconds to wait before asking again.

    The edit that completes a placeholder may go one slot early: people see one message, and the next waits for both.
    """
    return await _reserve(pace, early_ms=pace.spacing_ms if completes_placeholder else 0)


async def spare(pace: Pace) -> bool:
    """Take a slot for a placeholder or for progress, if one is free and enough are left for answers."""
    return await _reserve(pace, leave=int(pace.per_minute * RESERVED_FOR_FINALS)) == 0


async def hold(session_id: int, seconds: float) -> None:
    """Send nothing to this conversation for so long, as its provider asked; kept on its row, which outlives Redis."""
    later = "UPDATE botplatform_session SET not_before = greatest(not_before, now() + %s) WHERE id = %s"
    await db.change(later, (timedelta(seconds=seconds), session_id))


async def close() -> None:
    """Close the running loop's client."""
    if client := _clients.pop(asyncio.get_running_loop(), None):
        await client.aclose()
