"""What places of our own have in common: nothing is delivered over HTTP, what they show is read from the database."""

from __future__ import annotations

import re
from typing import Any

from transports.base import Author, Conversation, Headers, InboundUpdate, Kind, Part, Transport
from transports.clean import clean_text, load_object
from transports.errors import Unreadable, VerificationFailed
from transports.pieces import cut

TEXT_LIMIT = 32_000
"""Characters in one message of a person."""
PART_LIMIT = 100_000
"""Characters in one part of an answer."""
KEY_LIMIT = 99
"""Characters in a conversation's key and in a message's id: together they are the external id."""

_COMMAND = re.compile(r"/([A-Za-z][A-Za-z0-9_]{0,31})(?:\s+(.*))?", re.DOTALL)


def refusal(text: str) -> str:
    """Why a message cannot be taken, in words for its author; empty when it can."""
    if not clean_text(text).strip():
        return "There is nothing to send."
    if len(text) > TEXT_LIMIT:
        return f"This message has {len(text):,} characters; {TEXT_LIMIT:,} are possible. Please send it in parts."
    return ""


class LiveTransport(Transport):
    """Takes JSON `{"id", "conversation", "user": {"id", "name"}, "text"}`, made by the platform itself.

    `id` is chosen by the sender and makes a second arrival a duplicate, within its conversation.
    """

    def verify(self, headers: Headers, body: bytes) -> None:
        raise VerificationFailed("nothing is taken over HTTP here")

    def parse(self, headers: Headers, body: bytes) -> InboundUpdate:
        data = load_object(body)
        user = data.get("user")
        author = Author(id=_needed(user, "id"), name=clean_text(str(user.get("name") or "")))  # type: ignore[union-attr]
        message_id, key, text = _needed(data, "id"), _needed(data, "conversation"), data.get("text")
        if not isinstance(text, str):
            raise Unreadable("text is not a string", f"{key}:{message_id}")
        text = clean_text(text)
        common: dict[str, Any] = {
            "external_id": f"{key}:{message_id}",
            "conversation": Conversation(key=key),
            "author": author,
            "message_id": message_id,
        }
        if reason := refusal(text):
            return InboundUpdate(kind=Kind.OTHER, text=text, ignored=reason, **common)
        if command := _COMMAND.fullmatch(text.strip()):
            return InboundUpdate(kind=Kind.COMMAND, command=command[1].lower(), text=command[2] or "", **common)
        return InboundUpdate(kind=Kind.MESSAGE, text=text, **common)

    def render(self, markdown: str) -> list[Part]:
        text = clean_text(markdown)
        return [Part(piece) for piece in cut(text if text.strip() else "(an empty answer)", PART_LIMIT)]


def _needed(data: Any, name: str) -> str:
    value = data.get(name) if isinstance(data, dict) else None
    if not isinstance(value, str) or not clean_text(value) or len(value) > KEY_LIMIT:
        raise Unreadable(f"{name} is missing or no short string")
    return clean_text(value)
