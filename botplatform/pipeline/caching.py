"""cached(): what operators configured, kept for a moment, so that a change takes hold within seconds everywhere."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

CACHE_SECONDS = 5.0
T = TypeVar("T")
_cache: dict[str, tuple[float, object]] = {}


async def cached(key: str, load: Callable[[], Awaitable[T]]) -> T:
    """The value under `key`, loaded anew when it is older than CACHE_SECONDS."""
    loaded_at, value = _cache.get(key, (float("-inf"), None))
    if time.monotonic() - loaded_at < CACHE_SECONDS:
        return value  # type: ignore[return-value]  # stored under this key by the line below
    fresh = await load()
    _cache[key] = (time.monotonic(), fresh)
    return fresh


def forget() -> None:
    """Read everything afresh at the next look."""
    _cache.clear()
