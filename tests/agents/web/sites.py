"""A web server at the wire: what it says is bytes, so it can say anything."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from ssl import SSLContext

Say = Callable[[str, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Site:
    """Its address, and the requests that it has read, as text."""

    host: str
    port: int = 0
    requests: list[str] = field(default_factory=list)
    scheme: str = "http"

    @property
    def here(self) -> tuple[str, int]:
        return (self.host, self.port)

    def url(self, path: str = "/", host: str = "") -> str:
        return f"{self.scheme}://{host or self.host}:{self.port}{path}"


@asynccontextmanager
async def site(
    say: Say, *, host: str = "127.0.0.1", port: int = 0, tls: SSLContext | None = None
) -> AsyncIterator[Site]:
    """Serve until the block ends; each connection answers one request by `say(request, writer)`."""
    made = Site(host, scheme="https" if tls else "http")

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            length = next(
                (int(line[15:]) for line in head.lower().split("\r\n") if line.startswith("content-length:")), 0
            )
            request = head + (await reader.readexactly(length)).decode()
            made.requests.append(request)
            await say(request, writer)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, host, port, ssl=tls)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()


def answer(body: bytes | str, kind: str = "text/html; charset=utf-8", *, status: str = "200 OK", more: str = "") -> Say:
    """The same whole answer to every request; `more` are header lines."""
    data = body.encode() if isinstance(body, str) else body
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(data)}\r\n{more}\r\n".encode()

    async def say(request: str, writer: asyncio.StreamWriter) -> None:
        writer.write(head + data)

    return say


def path_of(request: str) -> str:
    return request.split(" ", 2)[1]


def pages(by_path: dict[str, Say]) -> Say:
    """Another answer for each path."""

    async def say(request: str, writer: asyncio.StreamWriter) -> None:
        await by_path[path_of(request)](request, writer)

    return say


def moved(to: str, status: str = "302 Found", more: str = "") -> Say:
    return answer("elsewhere", status=status, more=f"Location: {to}\r\n{more}")
