"""Text from outside, made fit for a prompt and for the database."""

from __future__ import annotations

import re
from typing import Any

_INVISIBLE = re.compile(
    "["
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters; tab and newline stay
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f"  # zero width, right-to-left overrides
    "\u3164\ufe00-\ufe0e\ufeff\uffa0\ufff0-\ufffb"
    "\U000e0000-\U000e0fff"  # tag characters and further variation selectors
    "\ud800-\udfff"  # lone surrogates
    "]"
)
_FENCE = re.compile(r"<(?=\s*/?\s*untrusted)", re.IGNORECASE)


def strip_invisible(text: str) -> str:
    """Remove what a reader cannot see and a model would read: an instruction may hide in it."""
    return _INVISIBLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def untrusted(text: str, *, source: str) -> str:
    """Mark text from outside as data; a closing tag inside it loses its effect."""
    label = re.sub(r"[^\w .:/#-]", "", strip_invisible(source))[:80]
    return f'<untrusted source="{label}">\n{_FENCE.sub("&lt;", strip_invisible(text))}\n</untrusted>'


def storable(value: Any) -> Any:
    """Return JSON data without NUL and lone surrogates, which PostgreSQL does not take."""
    if isinstance(value, str):
        return value.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, dict):
        return {storable(key): storable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [storable(item) for item in value]
    return value


def cut_middle(text: str, limit: int) -> str:
    """Keep the beginning and the end of a long text, and say how much is missing. `limit` in characters."""
    if len(text) <= limit:
        return text
    tail = limit // 3
    head = limit - tail
    return f"{text[:head]}\n[… {len(text) - limit} characters were left out here …]\n{text[len(text) - tail :]}"


def cut_end(text: str, limit: int) -> str:
    """Keep the beginning of a long text, and say how much is missing. `limit` in characters."""
    if len(text) <= limit:
        return text
    return f"{text[:limit]}\n[… {len(text) - limit} more characters were left out]"
