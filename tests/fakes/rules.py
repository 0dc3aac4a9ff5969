"""What a fake does to requests on demand: hold, drop, delay, refuse."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from tests.fakes.calls import Call, Match
from tests.fakes.wire import Dropped


@dataclass(slots=True)
class Response:
    """What a fake answers; a generator of bytes streams."""

    status: int = 200
    body: bytes | AsyncGenerator[bytes, None] = b""
    headers: Mapping[str, str] = field(default_factory=dict)


def json_response(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    body = json.dumps(value).encode()
    return Response(status, body, {"content-type": "application/json; charset=utf-8", **(headers or {})})


class Rule:
    """One instruction, for the first `times` matching calls or for all.

    `accepted` says whether the request takes effect before the fault: a drop after it is a time-out after accepting,
    one before it a connection that broke on the way.
    """

    def __init__(self, match: Match, *, times: int | None, accepted: bool) -> None:
        self.match = match
        self.accepted = accepted
        self.hits: list[Call] = []
        """The calls it was applied to, in order."""
        self._left = times

    def take(self, call: Call) -> bool:
        """Whether this call is for this rule; counts it."""
        if self._left == 0 or not self.match(call):
            return False
        if self._left is not None:
            self._left -= 1
        self.hits.append(call)
        return True

    def cancel(self) -> None:
        """No further calls are touched."""
        self._left = 0

    async def act(self, response: Response | None) -> Response | None:
        """Do it. `response` is there if the request was accepted; an answer given here replaces it."""
        return response


class Drop(Rule):
    """Closes the connection without an answer."""

    async def act(self, response: Response | None) -> Response | None:
        raise Dropped


class Delay(Rule):
    """Answers `seconds` later."""

    seconds = 0.0

    async def act(self, response: Response | None) -> Response | None:
        await asyncio.sleep(self.seconds)
        return response


class Refuse(Rule):
    """Answers with an error; the request takes no effect."""

    response: Response

    async def act(self, response: Response | None) -> Response | None:
        return self.response


class Run(Protocol):
    """Runs a function in the server's loop, from any thread."""

    def __call__(self, function: Callable[[], object], /) -> None: ...


class Hold(Rule):
    """Pins requests until `release`. One whose client leaves meanwhile is gone for good: release does not revive it."""

    after_bytes: int | None = None
    """Pin the answer after so many bytes of its body instead."""

    def __init__(self, match: Match, *, times: int | None, accepted: bool, run: Run) -> None:
        super().__init__(match, times=times, accepted=accepted)
        self._released = asyncio.Event()
        self._run = run

    def release(self) -> None:
        """Let everything go that is held, and hold nothing any more."""
        self.cancel()
        self._run(self._released.set)

    async def act(self, response: Response | None) -> Response | None:
        if self.after_bytes is None or response is None:
            await self._released.wait()
        else:
            response.body = self._pinned(response.body, self.after_bytes)
        return response

    async def _pinned(self, body: bytes | AsyncGenerator[bytes, None], left: int) -> AsyncGenerator[bytes, None]:
        async for piece in _pieces(body):
            if not self._released.is_set() and len(piece) > left:
                if left:
                    yield piece[:left]
                await self._released.wait()
                piece = piece[left:]
            left -= min(left, len(piece))
            yield piece


async def _pieces(body: bytes | AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    if isinstance(body, bytes):
        yield body
        return
    async for piece in body:
        yield piece
