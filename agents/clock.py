"""How long a run may go on."""

from __future__ import annotations

import time


class Clock:
    """Counts the seconds of one run down."""

    def __init__(self, seconds: float) -> None:
        self._ends = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds that remain; never negative."""
        return max(0.0, self._ends - time.monotonic())

    def spent(self) -> bool:
        return self.left() <= 0.0


def milliseconds_since(start: float) -> int:
    """`start` as `time.monotonic()` gave it."""
    return round((time.monotonic() - start) * 1000)
