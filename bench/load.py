"""The load generator, a process of its own: some connections, each sending its next request when the last is answered.

Prints one JSON object. It reads no more of an answer than its status and where it ends, so that it takes as little
as possible of the cores which the server needs.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import uvloop

from bench.requests import CHATS_FROM, bodies, posts
from bench.statistics import percentile

TIMEOUT_SECONDS = 120


@dataclass
class Tally:
    """What the connections share."""

    requests: Iterator[bytes]
    open: int
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    seconds: list[float] = field(default_factory=list)
    refused: int = 0


class Connection(asyncio.Protocol):
    transport: asyncio.Transport

    def __init__(self, tally: Tally) -> None:
        self.tally = tally
        self.received = b""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self._send()

    def _send(self) -> None:
        request = next(self.tally.requests, None)
        if request is None:
            self.transport.close()
            return
        self.sent = time.perf_counter()
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self.received += data
        end = self.received.find(b"\r\n\r\n")
        if end < 0 or len(self.received) < end + 4 + _length(self.received[:end]):
            return
        self.tally.seconds.append(time.perf_counter() - self.sent)
        self.tally.refused += not self.received.startswith(b"HTTP/1.1 200")
        self.received = b""
        self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        self.tally.open -= 1
        if not self.tally.open:
            self.tally.ended.set()


def _length(head: bytes) -> int:
    """The Content-Length, 0 when there is none."""
    _, _, rest = head.lower().partition(b"content-length:")
    return int(rest.split(b"\r\n", 1)[0] or 0)


async def drive(port: int, requests: list[bytes], connections: int) -> dict[str, Any]:
    """Send all requests. Times in milliseconds; `refused`: answers other than 200, requests never answered included."""
    tally = Tally(iter(requests), connections)
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    async with asyncio.timeout(TIMEOUT_SECONDS):
        for _ in range(connections):
            await loop.create_connection(lambda: Connection(tally), "127.0.0.1", port)
        await tally.ended.wait()
    took = time.perf_counter() - began
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "requests": len(tally.seconds),
        "refused": tally.refused + len(requests) - len(tally.seconds),
        "rate": len(tally.seconds) / took,
        "p50_ms": percentile(tally.seconds, 50) * 1000,
        "p99_ms": percentile(tally.seconds, 99) * 1000,
        "generator_cpu_s": used.ru_utime + used.ru_stime,
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--path", required=True)
    parser.add_argument("--secret", required=True)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--chats", type=int, required=True)
    parser.add_argument("--first-update", type=int, required=True)
    parser.add_argument("--first-chat", type=int, default=CHATS_FROM)
    given = parser.parse_args()
    contents = bodies(
        count=given.count, chats=given.chats, first_update=given.first_update, first_chat=given.first_chat
    )
    requests = posts(given.path, given.secret, contents)
    print(json.dumps(uvloop.run(drive(given.port, requests, given.connections))))


if __name__ == "__main__":
    main()
