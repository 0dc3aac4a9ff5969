"""What a fake model is told to say, in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(slots=True)
class Script(Generic[T]):
    """Replies for the calls whose text contains `when`; `forever` repeats the last."""

    replies: list[T]
    when: str
    forever: bool

    def next(self, said: str) -> T | None:
        if not self.replies or self.when not in said:
            return None
        return self.replies[0] if self.forever and len(self.replies) == 1 else self.replies.pop(0)


class Scripts(Generic[T]):
    """Tried oldest first. Filled by tests, used up by the server's thread: under its lock."""

    def __init__(self) -> None:
        self._scripts: list[Script[T]] = []

    def add(self, replies: Sequence[T], when: str, forever: bool) -> None:
        self._scripts.append(Script(list(replies), when, forever))

    def next(self, said: str) -> T | None:
        return next((reply for script in self._scripts if (reply := script.next(said)) is not None), None)

    def clear(self) -> None:
        self._scripts.clear()
