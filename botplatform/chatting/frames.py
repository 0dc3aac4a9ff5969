"""The web chat's frames: what a page may send, and how messages are put for it."""

from __future__ import annotations

import asyncio
import math
import re
import time
from collections.abc import Mapping
from typing import Any

from botplatform.chatting import markup
from botplatform.chatting.transcript import Line
from transports.clean import clean_text, load_object
from transports.errors import Unreadable
from transports.live import DATA_LIMIT, KEY_LIMIT, TEXT_LIMIT, refusal

FRAME_LIMIT = 8 * TEXT_LIMIT
"""Characters of a frame: each of the text may be escaped in up to six."""
LONG_MARKDOWN = 4000
"""Characters from which on Markdown is rendered in a thread."""
_ID = re.compile(r"[A-Za-z0-9-]{8,64}")


class Refused(Exception):
    """A frame that cannot be carried out, now or later; the words are for the person."""

    def __init__(self, detail: str, message_id: str = "") -> None:
        super().__init__(detail)
        self.detail = detail
        self.message_id = message_id

    def as_frame(self) -> dict[str, Any]:
        if self.message_id:
            return {"type": "refused", "id": self.message_id, "detail": self.detail}
        return {"type": "error", "detail": self.detail, "again": False}


def read(text: str | None) -> dict[str, Any]:
    """A frame with its fields checked. Raises Refused, and nothing else."""
    if text is None or len(text) > FRAME_LIMIT:
        raise Refused("This message is too long.")
    try:
        frame = load_object(text.encode())
    except Unreadable as error:
        raise Refused(f"This frame cannot be read: {error.reason}.") from None
    if frame.get("type") == "sync":
        return {"type": "sync", "after": _moment(frame.get("after", 0))}
    if frame.get("type") == "say":
        return _message(frame.get("id"), frame.get("text"))
    if frame.get("type") == "press":
        return _press(frame.get("id"), frame.get("message"), frame.get("data"))
    raise Refused("This kind of frame is not known.")


def _moment(after: Any) -> float:
    usable = isinstance(after, int | float) and not isinstance(after, bool)
    return (
        min(max(0.0, float(after)), time.time() + 86_400)
        if usable and abs(after) < 1e12 and math.isfinite(after)
        else 0.0
    )


def _message(message_id: Any, text: Any) -> dict[str, Any]:
    if not isinstance(message_id, str) or not _ID.fullmatch(message_id) or not isinstance(text, str):
        raise Refused("A message needs an id and a text.")
    if reason := refusal(text):
        raise Refused(reason, message_id)
    return {"type": "say", "id": message_id, "text": clean_text(text)}


def _press(press_id: Any, message_id: Any, data: Any) -> dict[str, Any]:
    """A button's data comes back as the page was given it; whether it is still good is decided later."""
    if not isinstance(press_id, str) or not _ID.fullmatch(press_id):
        raise Refused("A press needs an id.")
    if not isinstance(message_id, str) or not 0 < len(message_id) <= KEY_LIMIT:
        raise Refused("A press needs the message it belongs to.", press_id)
    if not isinstance(data, str) or not 0 < len(data) <= DATA_LIMIT:
        raise Refused("A press needs the button's data.", press_id)
    return {"type": "press", "id": press_id, "message": clean_text(message_id), "data": clean_text(data)}


async def _html(markdown: str) -> str:
    if len(markdown) > LONG_MARKDOWN:
        return await asyncio.to_thread(markup.to_html, markdown)
    return markup.to_html(markdown)


async def _shown(text: str, title: str) -> dict[str, Any]:
    """What the bot said: HTML, or plain text folded under a title."""
    return {"title": title, "text": text} if title else {"html": await _html(text)}


async def line(stored: Line) -> dict[str, Any]:
    """A stored message: a person's as text, the bot's as it is to be shown."""
    shown = {"text": stored.text} if stored.by_user else await _shown(stored.text, stored.title)
    return {
        "id": stored.id,
        "by": "user" if stored.by_user else "bot",
        "at": stored.at,
        "final": stored.final,
        "buttons": stored.buttons,
        **shown,
    }


async def of_event(event: Mapping[str, Any]) -> dict[str, Any]:
    """A live event as its frame."""
    match event["kind"]:
        case "text":
            shown = await _shown(event["text"], event.get("title", ""))
            shown |= {"final": event["final"], "buttons": event.get("buttons", [])}
            return {"type": "line", "id": event["id"], "by": "bot", "at": time.time(), **shown}
        case "toast":
            return {"type": "toast", "id": event["id"], "text": event["text"], "alert": event["alert"]}
        case "said":
            return {
                "type": "line",
                "id": event["id"],
                "by": "user",
                "at": time.time(),
                "text": event["text"],
                "final": True,
            }
        case "deleted":
            return {"type": "deleted", "id": event["id"]}
        case _:
            return {"type": "typing"}
