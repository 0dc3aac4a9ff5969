"""What a fake model can be told to answer."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum
from itertools import count
from typing import Any

_tool_ids = count(1)


class Ending(Enum):
    """How an answer ends once it has begun."""

    COMPLETE = "complete"
    ERROR = "error"
    """An `error` event in the stream."""
    TRUNCATED = "truncated"
    """The connection closes."""
    MALFORMED = "malformed"
    """An event whose data is not JSON; without streaming, a body that is not."""
    SILENT = "silent"
    """Nothing more comes, and the connection stays open."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer of the model."""

    content: list[dict[str, Any]] = field(default_factory=list)
    stop_reason: str = "end_turn"
    status: int = 200
    error: str = ""
    """The type of the error, such as `overloaded_error`."""
    message: str = ""
    retry_after: float | None = None
    seconds: float = 0.0
    """Over how long the text streams."""
    pieces: int = 4
    """Into how many deltas each block is cut."""
    ending: Ending = Ending.COMPLETE
    after: int = 0
    """How many deltas come before an ending other than COMPLETE."""
    tokens_in: int | None = None
    """None: estimated from the prompt."""
    tokens_out: int | None = None

    def but(self, **changes: Any) -> Reply:
        """The same, with changes: `text("…").but(tokens_in=1000)`."""
        return replace(self, **changes)


def text(said: str, stop_reason: str = "end_turn") -> Reply:
    """An answer in words; no content at all if they are empty, as in a refusal."""
    return Reply([{"type": "text", "text": said}] if said else [], stop_reason)


def tool(name: str, arguments: dict[str, Any], *, said: str = "") -> Reply:
    """A call of one tool, with words before it if wanted."""
    return tools((name, arguments), said=said)


def tools(*calls: tuple[str, dict[str, Any]], said: str = "") -> Reply:
    """Calls of several tools in one answer: (name, arguments)."""
    content: list[dict[str, Any]] = [{"type": "text", "text": said}] if said else []
    for name, arguments in calls:
        tool_id = f"toolu_{next(_tool_ids):022d}"
        content.append({"type": "tool_use", "id": tool_id, "name": name, "input": arguments})
    return Reply(content, "tool_use")


_TYPES = {
    400: ("invalid_request_error", "Invalid request"),
    401: ("authentication_error", "invalid x-api-key"),
    403: ("permission_error", "Your API key does not have permission to use the specified resource."),
    404: ("not_found_error", "model: not found"),
    413: ("request_too_large", "Request exceeds the maximum size"),
    429: ("rate_limit_error", "This request would exceed your organization's rate limit."),
    500: ("api_error", "Internal server error"),
    529: ("overloaded_error", "Overloaded"),
}


def failure(status: int, message: str = "", *, retry_after: float | None = None) -> Reply:
    """An error instead of an answer: https://docs.claude.com/en/api/errors."""
    kind, usual = _TYPES.get(status, ("api_error", "Error"))
    return Reply(status=status, error=kind, message=message or usual, retry_after=retry_after)


def overflow(tokens: int = 210_000, limit: int = 200_000) -> Reply:
    """The context is too long."""
    return failure(400, f"prompt is too long: {tokens} tokens > {limit} maximum")


def hang() -> Reply:
    """Not even headers come."""
    return Reply(ending=Ending.SILENT)


def stall(said: str, after: int = 1) -> Reply:
    """Some text comes, then nothing more."""
    return text(said).but(ending=Ending.SILENT, after=after)


def trickle(said: str, seconds: float, pieces: int = 20) -> Reply:
    """The text comes slowly."""
    return text(said).but(seconds=seconds, pieces=pieces)


def broken(said: str, after: int = 1, error: str = "overloaded_error") -> Reply:
    """An error event in mid-stream, after a 200."""
    return text(said).but(ending=Ending.ERROR, after=after, error=error, message="Overloaded")


def truncated(said: str, after: int = 1) -> Reply:
    """The connection closes in mid-stream."""
    return text(said).but(ending=Ending.TRUNCATED, after=after)


def malformed(said: str = "never mind", after: int = 1) -> Reply:
    """An event that is not JSON."""
    return text(said).but(ending=Ending.MALFORMED, after=after)
