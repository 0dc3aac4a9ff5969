"""Where the Bot API is to act: https://core.telegram.org/bots/api#sendmessage"""

from __future__ import annotations

from typing import Any

from transports.base import Conversation
from transports.errors import Refused


def where(to: Conversation) -> dict[str, Any]:
    """Chat and topic, out of the key: it stays right when the conversation moves, stored addresses may not."""
    chat, _, thread = to.key.partition(":")
    return {"chat_id": number(chat), "message_thread_id": number(thread) if thread else None}


def which(to: Conversation, message_id: str) -> dict[str, Any]:
    return {"chat_id": where(to)["chat_id"], "message_id": number(message_id)}


def number(identifier: str) -> int:
    """Raises Refused for what is no id of Telegram's."""
    if not identifier.removeprefix("-").isdecimal():
        raise Refused("not an id of Telegram's")
    return int(identifier)
