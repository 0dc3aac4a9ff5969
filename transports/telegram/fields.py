"""Reading documented fields out of undocumented nonsense, without ever raising anything but Unreadable."""

from __future__ import annotations

from typing import Any

from transports.base import Author, Conversation, ConversationKind
from transports.clean import clean_text
from transports.errors import Unreadable

NAME_LIMIT = 255
"""Characters kept of a name or title; Telegram's own limits are lower."""

_KINDS = {
    "private": ConversationKind.PRIVATE,
    "group": ConversationKind.GROUP,
    "supergroup": ConversationKind.GROUP,
}


def object_in(holder: dict[str, Any], name: str) -> dict[str, Any]:
    """The object in a field; empty when there is none."""
    value = holder.get(name)
    return value if isinstance(value, dict) else {}


def text_in(holder: dict[str, Any], name: str) -> str:
    """The string in a field, uncleaned; empty when there is none."""
    value = holder.get(name)
    return value if isinstance(value, str) else ""


def number_in(holder: dict[str, Any], name: str) -> int | None:
    """The integer in a field, if it fits in 64 bits."""
    value = holder.get(name)
    return value if type(value) is int and -(2**63) <= value < 2**63 else None


def needed_number(holder: dict[str, Any], name: str) -> int:
    if (value := number_in(holder, name)) is None:
        raise Unreadable(f"no usable {name}")
    return value


def is_channel(chat: dict[str, Any]) -> bool:
    return chat.get("type") == "channel"


def conversation_of(message: dict[str, Any]) -> Conversation:
    """Chat, and topic where the message says that it belongs to one.

    `message_thread_id` alone is not enough: in ordinary supergroups it marks a thread of replies.
    """
    chat = object_in(message, "chat")
    chat_id = needed_number(chat, "id")
    kind = _KINDS.get(text_in(chat, "type"), ConversationKind.GROUP)
    address = {"chat_id": chat_id}
    key = str(chat_id)
    thread_id = number_in(message, "message_thread_id")
    if thread_id is not None and message.get("is_topic_message") is True:
        address["thread_id"] = thread_id
        key = f"{chat_id}:{thread_id}"
    return Conversation(
        key=key,
        kind=kind,
        title=_name(chat),
        is_public=kind is ConversationKind.GROUP and bool(chat.get("username")),
        address=address,
    )


def author_of(message: dict[str, Any]) -> Author:
    """Who wrote it: `sender_chat` where somebody writes as a chat (anonymous admins, channels), else `from`."""
    as_chat = object_in(message, "sender_chat")
    if as_chat:
        return Author(id=str(needed_number(as_chat, "id")), name=_name(as_chat))
    person = object_in(message, "from")
    return Author(id=str(needed_number(person, "id")), name=_name(person), is_bot=person.get("is_bot") is True)


def _name(holder: dict[str, Any]) -> str:
    name = text_in(holder, "title") or f"{text_in(holder, 'first_name')} {text_in(holder, 'last_name')}"
    return clean_text(name.strip())[:NAME_LIMIT]
