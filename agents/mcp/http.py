"""A server on the network, by streamable HTTP over the SDK, within the same walls as fetched pages.

The session id that a server hands out only finds the conversation again; who we are is said by the configured headers
in every request. https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#streamable-http
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import httpx2
from mcp.client.streamable_http import streamable_http_client

from agents.mcp.servers import McpServer
from agents.mcp.stdio import Streams
from agents.web.gate import Gate, Resolver, resolve
from agents.web.pinning import PinnedTransport

ANSWER_BYTES = 8_000_000
CONNECT_SECONDS = 5.0


class _Bounded(httpx2.AsyncByteStream):
    """A body of which only so much is read."""

    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        room = ANSWER_BYTES
        async for chunk in self._stream:
            room -= len(chunk)
            if room < 0:
                raise httpx2.ReadError("the answer is too large")
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


class Walled(PinnedTransport):
    """Bounds answers, and remembers the last status that was an error, for operators."""

    last_error_status = 0

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        response = await super().handle_async_request(request)
        if response.status_code >= 400:
            self.last_error_status = response.status_code
        if response.headers.get("content-encoding", "identity").lower() != "identity":
            await response.aclose()
            raise httpx2.DecodingError("the answer came packed, which was not asked for")
        return httpx2.Response(
            response.status_code,
            headers=response.headers,
            stream=_Bounded(cast(httpx2.AsyncByteStream, response.stream)),
            extensions=response.extensions,
        )


def wall(server: McpServer, *, resolver: Resolver = resolve) -> Walled:
    """The transport for one server: to public addresses, or to own ones where the operator allowed that."""
    gate = Gate(None, private_allowed=server.private_addresses_allowed, resolver=resolver)
    tls: ssl.SSLContext = httpx2.create_ssl_context()
    return Walled(gate, tls=tls, keep=True)


@asynccontextmanager
async def reached(server: McpServer, transport: Walled) -> AsyncIterator[Streams]:
    """Open the streams to a server; the SDK follows redirects only on the server's own origin."""
    headers = {**server.headers, "Accept-Encoding": "identity"}
    timeout = httpx2.Timeout(server.timeout_seconds, connect=CONNECT_SECONDS)
    async with (
        httpx2.AsyncClient(transport=transport, headers=headers, timeout=timeout, trust_env=False) as client,
        streamable_http_client(server.url, http_client=client) as streams,
    ):
        yield streams  # type: ignore[misc]
