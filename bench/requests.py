"""Deliveries as Telegram makes them, serialised before the clock starts."""

from __future__ import annotations

import json

from tests.fakes.telegram_updates import text_update

SIZE_BYTES = 2000
_UPDATE, _CHAT = 1_111_111_111, 222_222_222
"""Stand-ins of the same width as the numbers that replace them, so that every body has one length."""
CHATS_FROM, UPDATES_FROM = 300_000_000, 2_000_000_000


def bodies(*, count: int, chats: int, first_update: int, first_chat: int = CHATS_FROM) -> list[bytes]:
    """`count` updates with ids of their own, round the chats in turn; about 2 KB each."""
    template = json.dumps(text_update(_UPDATE, _CHAT, "What is the time in Lagos?", size_bytes=SIZE_BYTES)).encode()
    return [
        template.replace(b"%d" % _UPDATE, b"%d" % (first_update + number)).replace(
            b"%d" % _CHAT, b"%d" % (first_chat + number % chats)
        )
        for number in range(count)
    ]


def posts(path: str, secret: str, contents: list[bytes]) -> list[bytes]:
    """Whole HTTP/1.1 requests on a connection that stays open."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"X-Telegram-Bot-Api-Secret-Token: {secret}\r\nAccept-Encoding: gzip, deflate\r\nContent-Length: "
    ).encode()
    return [b"%b%d\r\n\r\n%b" % (head, len(content), content) for content in contents]
