"""HTTP/1.1 by hand, so that a fake can also do what no honest server does: go silent, cut a stream, hang up."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import cast
from urllib.parse import parse_qsl, urlsplit

import httptools


class Dropped(Exception):
    """Raised by an app to close the connection without (the rest of) an answer."""


class Request:
    """One request, read to its end; header names in lower case."""

    def __init__(self, method: str, target: bytes, headers: Mapping[str, str], body: bytes) -> None:
        parts = urlsplit(target.decode("latin-1"))
        self.method = method
        self.path = parts.path
        self.query = dict(parse_qsl(parts.query, keep_blank_values=True))
        self.headers = headers
        self.body = body


App = Callable[[Request, "Connection"], Awaitable[None]]


class Connection(asyncio.Protocol):
    """One client; its requests are answered one after the other. A client that leaves cancels what it asked for."""

    transport: asyncio.Transport

    def __init__(self, app: App, everyone: set[Connection]) -> None:
        self.app = app
        self.everyone = everyone
        self.parser = httptools.HttpRequestParser(self)
        self.waiting: deque[Request] = deque()
        self.task: asyncio.Task[None] | None = None
        self.on_message_begin()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.everyone.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.everyone.discard(self)
        if self.task is not None:
            self.task.cancel()

    def data_received(self, data: bytes) -> None:
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserError:
            self.transport.close()

    # -- called by the parser

    def on_message_begin(self) -> None:
        self.target = b""
        self.headers: dict[str, str] = {}
        self.body = bytearray()

    def on_url(self, url: bytes) -> None:
        self.target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        self.waiting.append(Request(self.parser.get_method().decode(), self.target, self.headers, bytes(self.body)))
        if self.task is None:
            self.task = asyncio.get_running_loop().create_task(self._serve())

    async def _serve(self) -> None:
        try:
            while self.waiting:
                await self.app(self.waiting.popleft(), self)
        except Dropped:
            self.transport.close()
        finally:
            self.task = None

    # -- called by the app

    def whole(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """Send a complete answer."""
        self.transport.write(_head(status, {**headers, "content-length": str(len(body))}) + body)

    def start(self, status: int, headers: Mapping[str, str]) -> None:
        """Begin an answer of unknown length."""
        self.transport.write(_head(status, {**headers, "transfer-encoding": "chunked"}))

    def chunk(self, data: bytes) -> None:
        """Send a piece of it; never empty, for that would end it."""
        self.transport.write(b"%x\r\n%b\r\n" % (len(data), data))

    def finish(self) -> None:
        self.transport.write(b"0\r\n\r\n")


def _head(status: int, headers: Mapping[str, str]) -> bytes:
    try:
        reason = HTTPStatus(status).phrase
    except ValueError:
        reason = "Unknown"
    lines = [f"HTTP/1.1 {status} {reason}", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
