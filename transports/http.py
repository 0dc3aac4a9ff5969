"""The one way out to providers over HTTP: short time-outs, the lease checked as the request leaves, no secret in any error."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
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
        try:
            async with asyncio.timeout(limit):
                return await self._client.request(
                    method,
                    url,
                    json=json,
                    headers=dict(headers or {}),
                    params=params,
                    timeout=httpx.Timeout(limit, connect=min(3.0, limit), pool=min(2.0, limit)),
                    extensions={"trace": _check_as_it_leaves},
                )
        except _NOT_SENT as error:
            raise TryLater(f"no connection ({type(error).__name__})") from None
        except (httpx.HTTPError, TimeoutError) as error:
            raise OutcomeUnknown(f"no answer ({type(error).__name__})") from None

    async def aclose(self) -> None:
        await self._client.aclose()
