"""Pages that were read a moment ago. In memory, bounded by time, number and size; errors are never kept."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

Kept = TypeVar("Kept")


class RecentlyUsed(Generic[Kept]):
    """The least recently used goes first. `size` says how much of `total_size` a value takes."""

    def __init__(
        self,
        *,
        seconds: float,
        entries: int,
        total_size: int,
        size: Callable[[Kept], int],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._seconds, self._entries, self._total_size = seconds, entries, total_size
        self._size, self._now = size, now
        self._kept: OrderedDict[str, tuple[float, int, Kept]] = OrderedDict()
        self._taken = 0

    def get(self, key: str) -> Kept | None:
        """What is kept under a key and not too old."""
        if key not in self._kept:
            return None
        until, _, value = self._kept[key]
        if until <= self._now():
            self._drop(key)
            return None
        self._kept.move_to_end(key)
        return value

    def put(self, key: str, value: Kept) -> None:
        """Keep a value; what is larger than everything together is not kept."""
        if key in self._kept:
            self._drop(key)
        size = self._size(value)
        if size > self._total_size:
            return
        self._kept[key] = (self._now() + self._seconds, size, value)
        self._taken += size
        while len(self._kept) > self._entries or self._taken > self._total_size:
            self._drop(next(iter(self._kept)))

    def _drop(self, key: str) -> None:
        self._taken -= self._kept.pop(key)[1]
