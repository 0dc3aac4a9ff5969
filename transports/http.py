"""The one way out to providers over HTTP: short time-outs, the lease checked as the request leaves, no secret in any error."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any

import httpx

from transports.errors import OutcomeUnknown, TryLater

Publish = Callable[[str, Mapping[str, Any]], Awaitable[None]]
"""Hands an event to everybody who watches a live conversation, by the conversation's key."""

before_sending: ContextVar[Callable[[], None] | None] = ContextVar("before_sending", default=None)
"""Called when a connection is ready and the request is about to be written; raises to stop it (the lease is too old)."""

TOTAL_SECONDS = 9.0
"""One call, everything included: less than a third of the default lease of 30 s."""

CONNECTIONS = 40
"""Enough for hundreds of calls a second; the pool looks at every idle connection before each call, so more would slow it."""

_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol, httpx.ProxyError)


_OF_THE_WHOLE = {"content-encoding", "content-length", "transfer-encoding"}
"""Headers that no longer fit a body that was unpacked and cut."""


@asynccontextmanager
async def _within(seconds: float) -> AsyncIterator[None]:
    """Bounds a call and names what went wrong by what the caller can do about it."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except _NOT_SENT as error:
        raise TryLater(f"no connection ({type(error).__name__})") from None
    except (httpx.HTTPError, TimeoutError) as error:
        raise OutcomeUnknown(f"no answer ({type(error).__name__})") from None


def _timeout(seconds: float) -> httpx.Timeout:
    return httpx.Timeout(seconds, connect=min(3.0, seconds), pool=min(2.0, seconds))


async def _capped(response: httpx.Response, cap_bytes: int, *, end: bool) -> tuple[bytes, bool]:
    """What is kept of a body, and whether that is not all."""
    kept, cut = bytearray(), False
    async for piece in response.aiter_bytes():
        kept += piece
        if len(kept) <= cap_bytes:
            continue
        cut = True
        if not end:
            break
        del kept[: len(kept) - cap_bytes]
    return bytes(kept[:cap_bytes]), cut


async def _check_as_it_leaves(event: str, _info: Mapping[str, Any]) -> None:
    if event.endswith("send_request_headers.started") and (check := before_sending.get()):
        check()


class Http:
    """A pooled client for one event loop."""

    def __init__(self, *, connections: int = CONNECTIONS, total_seconds: float = TOTAL_SECONDS) -> None:
        """`total_seconds` bounds a call that names no time-out of its own; it must be less than a third of the lease."""
        self.total_seconds = total_seconds
        limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
        self._client = httpx.AsyncClient(limits=limits, timeout=total_seconds, follow_redirects=False)

    async def request(
        self,
        method: str,
        url: str,
        *,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str | int] | None = None,
        timeout: float | None = None,
    ) -> httpx.Response:
        """Make one call and return the answer, whatever its status.

        Raises TryLater when the request never left, OutcomeUnknown when it left and no answer came. `timeout` in seconds, total.
        """
        limit = self.total_seconds if timeout is None else timeout
        async with _within(limit):
            return await self._client.request(
                method,
                url,
                json=json,
                headers=dict(headers or {}),
                params=params,
                timeout=_timeout(limit),
                extensions={"trace": _check_as_it_leaves},
            )

    async def fetch(
        self,
        url: str,
        *,
        cap_bytes: int,
        end: bool = False,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str | int] | None = None,
        timeout: float | None = None,
    ) -> httpx.Response:
        """GET with a body of any size, of which at most `cap_bytes` are kept: the beginning, or with `end` the end.

        `extensions["cut"]` of the answer says whether anything is missing. Raises as `request`.
        """
        limit = self.total_seconds if timeout is None else timeout
        asked = self._client.build_request(
            "GET",
            url,
            headers=dict(headers or {}),
            params=params,
            timeout=_timeout(limit),
            extensions={"trace": _check_as_it_leaves},
        )
        async with _within(limit):
            response = await self._client.send(asked, stream=True)
            try:
                body, cut = await _capped(response, cap_bytes, end=end)
            finally:
                await response.aclose()
        told = {name: value for name, value in response.headers.items() if name not in _OF_THE_WHOLE}
        return httpx.Response(response.status_code, headers=told, content=body, extensions={"cut": cut}, request=asked)

    async def aclose(self) -> None:
        await self._client.aclose()
