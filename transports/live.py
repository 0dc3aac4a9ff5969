"""What places of our own have in common: nothing is delivered over HTTP, what they show is read from the database."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from transports.base import Author, Conversation, Headers, InboundUpdate, Kind, Part, Transport
from transports.clean import clean_text, load_object
from transports.errors import Unreadable, VerificationFailed
from transports.pieces import cut, cut_plain

TEXT_LIMIT = 32_000
"""Characters in one message of a person."""
PART_LIMIT = 100_000
"""Characters in one part of an answer."""
KEY_LIMIT = 99
"""Characters in a conversation's key and in a message's id: together they are the external id."""
DATA_LIMIT = 64
"""Characters of a button's data."""
DETAILS = "details"
"""The type of formatting of a part that is folded under a `title`, its text plain."""

_COMMAND = re.compile(r"/([A-Za-z][A-Za-z0-9_]{0,31})(?:\s+(.*))?", re.DOTALL)


def refusal(text: str) -> str:
    """Why a message cannot be taken, in words for its author; empty when it can."""
    if not clean_text(text).strip():
        return "There is nothing to send."
    if len(text) > TEXT_LIMIT:
        return f"This message has {len(text):,} characters; {TEXT_LIMIT:,} are possible. Please send it in parts."
    return ""


def title_of(formatting: Sequence[Mapping[str, Any]]) -> str:
    """What a part is folded under; empty for one that is shown open, as Markdown."""
    return next((str(one.get("title") or "…") for one in formatting if one.get("type") == DETAILS), "")


class LiveTransport(Transport):
    """Takes JSON `{"id", "conversation", "user": {"id", "name"}, "text"}`, made by the platform itself.

    `id` is chosen by the sender and makes a second arrival a duplicate, within its conversation. A pressed button comes
    with `press: {"message", "data"}` in place of the text.
    """

    def verify(self, headers: Headers, body: bytes) -> None:
        raise VerificationFailed("nothing is taken over HTTP here")

    def parse(self, headers: Headers, body: bytes) -> InboundUpdate:
        data = load_object(body)
        user = data.get("user")
        author = Author(id=_needed(user, "id"), name=clean_text(str(user.get("name") or "")))  # type: ignore[union-attr]
        message_id, key = _needed(data, "id"), _needed(data, "conversation")
        common: dict[str, Any] = {
            "external_id": f"{key}:{message_id}",
            "conversation": Conversation(key=key),
            "author": author,
        }
        if "press" in data:
            return _press(data["press"], callback_id=f"{key} {message_id}", **common)
        return _said(data.get("text"), message_id=message_id, **common)

    def render(self, markdown: str) -> list[Part]:
        text = clean_text(markdown)
        return [Part(piece) for piece in cut(text if text.strip() else "(an empty answer)", PART_LIMIT)]

    def with_footer(self, parts: Sequence[Part], title: str, text: str) -> list[Part]:
        folded = ({"type": DETAILS, "title": clean_text(title)},)
        return [*parts, *(Part(piece, folded) for piece in cut_plain(clean_text(text), PART_LIMIT))]


def _said(text: Any, **common: Any) -> InboundUpdate:
    if not isinstance(text, str):
        raise Unreadable("text is not a string", common["external_id"])
    text = clean_text(text)
    if reason := refusal(text):
        return InboundUpdate(kind=Kind.OTHER, text=text, ignored=reason, **common)
    if command := _COMMAND.fullmatch(text.strip()):
        return InboundUpdate(kind=Kind.COMMAND, command=command[1].lower(), text=command[2] or "", **common)
    return InboundUpdate(kind=Kind.MESSAGE, text=text, **common)


def _press(press: Any, **common: Any) -> InboundUpdate:
    message_id, data = _needed(press, "message"), press.get("data")
    if not isinstance(data, str):
        raise Unreadable("data is not a string", common["external_id"])
    data = clean_text(data)[:DATA_LIMIT]
    ignored = "" if data else "a button without data"
    return InboundUpdate(kind=Kind.CALLBACK, message_id=message_id, callback_data=data, ignored=ignored, **common)


def _needed(data: Any, name: str) -> str:
    value = data.get(name) if isinstance(data, dict) else None
    if not isinstance(value, str) or not clean_text(value) or len(value) > KEY_LIMIT:
        raise Unreadable(f"{name} is missing or no short string")
    return clean_text(value)
