"""The log of calls and the ways to wait for it to grow."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any, TypeVar

from tests.fakes.calls import Call, Match

T = TypeVar("T")


class Log:
    """Every call in order of arrival. Written by the server's thread, read from any."""

    kind = "log"

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._changed = threading.Condition(self.lock)
        self._calls: list[Call] = []
        self._apart: list[Call] = []
        """Those that are selected by their very name alone."""

    @property
    def calls(self) -> list[Call]:
        with self.lock:
            return list(self._calls)

    def select(self, name: str = "*", **conditions: Any) -> list[Call]:
        """The calls that match; for the conditions see Match."""
        match = Match(name, **conditions)
        with self.lock:
            calls = [*self._calls, *(call for call in self._apart if call.name == name)]
        return [call for call in calls if match(call)]

    def count(self, name: str = "*", **conditions: Any) -> int:
        return len(self.select(name, **conditions))

    def counts(self) -> dict[str, int]:
        """Calls by name."""
        return dict(Counter(call.name for call in self.calls))

    def wait_for(
        self, wanted: str | Callable[[Call], bool] = "*", timeout: float = 10.0, *, count: int = 1, **conditions: Any
    ) -> list[Call]:
        """Wait until `count` calls match a name or a predicate, and return them. Raises TimeoutError."""
        name = wanted if isinstance(wanted, str) else "*"
        if not isinstance(wanted, str):
            conditions["where"] = wanted
        return self.wait_until(
            lambda: self.select(name, **conditions), timeout, enough=lambda found: len(found) >= count
        )

    def wait_until(self, look: Callable[[], T], timeout: float = 10.0, *, enough: Callable[[T], object] = bool) -> T:
        """Look again after each change until what is seen is enough, and return it. Raises TimeoutError."""
        with self._changed:
            if not self._changed.wait_for(lambda: enough(look()), timeout):
                raise TimeoutError(f"{self.kind}: not within {timeout} s; last seen {look()!r}; calls {self.counts()}")
            return look()

    def changed(self, call: Call, **values: Any) -> None:
        """Note what became of a call and wake those who wait."""
        with self._changed:
            for name, value in values.items():
                setattr(call, name, value)
            self._changed.notify_all()

    def answered(self, call: Call, status: int) -> None:
        now = time.monotonic()
        self.changed(call, status=status, answered=now, first_byte=call.first_byte or now)
