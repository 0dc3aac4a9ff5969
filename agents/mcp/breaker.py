"""Leaves a server alone that keeps failing, and tries it again after a while."""

from __future__ import annotations

import time
from collections.abc import Callable
from enum import StrEnum

FAILURES = 3
FIRST_SECONDS = 30.0
LONGEST_SECONDS = 600.0


class BreakerState(StrEnum):
    """Whether a server is asked."""

    CLOSED = "closed"
    """It is."""
    OPEN = "open"
    """It is not, until its time is over."""
    HALF_OPEN = "half-open"
    """One call tries whether it works again."""


class Breaker:
    """Opens after `failures` in a row; the time doubles with every trial that fails."""

    def __init__(
        self,
        *,
        failures: int = FAILURES,
        seconds: float = FIRST_SECONDS,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limit, self._first, self._now = failures, seconds, now
        self._failures = 0
        self._seconds = seconds
        self._until: float | None = None
        self._trying = False

    @property
    def state(self) -> BreakerState:
        if self._until is None:
            return BreakerState.CLOSED
        return BreakerState.HALF_OPEN if self._trying or self._now() >= self._until else BreakerState.OPEN

    @property
    def seconds_left(self) -> float:
        """How long it stays open."""
        return max(0.0, (self._until or 0.0) - self._now())

    def admit(self) -> bool:
        """Whether a call may be made now. Each admitted one ends in `succeeded`, `failed` or `given_up`."""
        if self.state is BreakerState.CLOSED:
            return True
        if self.state is BreakerState.OPEN or self._trying:
            return False
        self._trying = True
        return True

    def succeeded(self) -> None:
        self._failures, self._seconds, self._until, self._trying = 0, self._first, None, False

    def failed(self) -> bool:
        """Count a failure; whether it is open now."""
        self._failures += 1
        if self._until is not None and self._trying:
            self._seconds = min(self._seconds * 2, LONGEST_SECONDS)
        elif self._until is not None or self._failures < self._limit:
            return self._until is not None  # calls from before it opened say nothing new
        self._until, self._trying = self._now() + self._seconds, False
        return True

    def given_up(self) -> None:
        """The caller left before there was an outcome; somebody else may try."""
        self._trying = False
