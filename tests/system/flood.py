"""More requests at once than an ordinary client can make."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tests.system.platform import Platform

CONNECTIONS = 32


def flood(platform: Platform, updates: Iterable[Mapping[str, Any]], *, connections: int = CONNECTIONS) -> Counter[str]:
    """Deliver Telegram updates over several connections at a time; how often each status and outcome came back."""
    return asyncio.run(_flood(platform, iter(updates), connections))


async def _flood(platform: Platform, updates: Iterator[Mapping[str, Any]], connections: int) -> Counter[str]:
    said: Counter[str] = Counter()
    await asyncio.gather(*(_deliver(platform, updates, said) for _ in range(connections)))
    return said


async def _deliver(platform: Platform, updates: Iterator[Mapping[str, Any]], said: Counter[str]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(platform.env["PORT"]))
    for update in updates:
        body = json.dumps(update).encode()
        writer.write(_head(platform, len(body)) + body)
        status, answer = await _answer(reader)
        said[f"{status} {answer.get('outcome', '')}".strip()] += 1
    writer.close()


def _head(platform: Platform, length_bytes: int) -> bytes:
    lines = (
        "POST /webhooks/telegram/default/ HTTP/1.1",
        "host: 127.0.0.1",
        "content-type: application/json",
        f"x-telegram-bot-api-secret-token: {platform.env['TELEGRAM_WEBHOOK_SECRET']}",
        f"content-length: {length_bytes}",
    )
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


async def _answer(reader: asyncio.StreamReader) -> tuple[int, dict[str, Any]]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    length = next(int(line.split(":")[1]) for line in head.splitlines() if line.startswith("content-length:"))
    return int(head.split()[1]), json.loads(await reader.readexactly(length))
