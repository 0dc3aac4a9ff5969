"""The log of a fake: what came in, whether it took effect, what was answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any


@dataclass(slots=True, eq=False)
class Call:
    """One request. Times in seconds of `time.monotonic`, which all processes of this machine share."""

    name: str
    """Telegram: the method. GitHub and the model: `POST /path`."""
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str] = field(repr=False)
    body: Any
    """Parsed JSON or form; None when there was none."""
    chat: int | str | None
    """Telegram: the chat's id. GitHub: `owner/repository#number`."""
    text: str
    """What is said: a message's text, a comment's body, the last user text of a prompt."""
    arrived: float
    at: float
    """The same moment by the wall clock, Unix seconds."""
    accepted: bool = False
    """Whether it took effect, answered or not."""
    status: int | None = None
    """None while unanswered, and for ever if it was dropped or its client left."""
    first_byte: float | None = None
    answered: float | None = None
    """When the last byte of the answer was written."""

    def row(self, *, bodies: bool) -> dict[str, Any]:
        """As the control endpoint shows it."""
        names = ("name", "chat", "text", "arrived", "at", "accepted", "status", "first_byte", "answered")
        return {name: getattr(self, name) for name in names} | ({"body": self.body} if bodies else {})


@dataclass(frozen=True, slots=True)
class Match:
    """Which calls are meant; all given conditions hold at once."""

    name: str = "*"
    """A shell pattern over `Call.name`."""
    chat: int | str | None = None
    text: str = ""
    """Contained in `Call.text`."""
    where: Callable[[Call], bool] | None = None

    def __call__(self, call: Call) -> bool:
        return (
            (self.name in ("*", call.name) or fnmatchcase(call.name, self.name))
            and (self.chat is None or self.chat == call.chat)
            and self.text in call.text
            and (self.where is None or self.where(call))
        )
