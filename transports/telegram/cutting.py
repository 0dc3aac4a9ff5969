"""Styled text into messages within Telegram's limits: https://core.telegram.org/bots/api#sendmessage"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

from transports.base import Part
from transports.clean import strip_invisible
from transports.telegram.styled import Span

UNITS_LIMIT = 4096
"""UTF-16 code units in one message."""
ENTITIES_LIMIT = 100
"""Telegram silently forgets the entities after the hundredth."""
NOTHING = "(empty answer)"


def utf16_length(text: str) -> int:
    return len(text) + sum(character > "\uffff" for character in text)


def is_visible(text: str) -> bool:
    """Whether a reader sees anything at all; Telegram refuses a message without."""
    return any(character.isprintable() and not character.isspace() for character in strip_invisible(text))


def cut(text: str, spans: Sequence[Span]) -> list[Part]:
    """Cut at paragraphs, lines or words where possible; styles across a cut end before it and go on after it."""
    parts: list[Part] = []
    start = 0
    while start < len(text):
        spans = [span for span in spans if span.end > start]
        end = _end_of_part(text, spans, start)
        if is_visible(text[start:end]):
            parts.append(_part(text, spans, start, end))
        start = end
    return parts or [Part(NOTHING)]


def _end_of_part(text: str, spans: Sequence[Span], start: int) -> int:
    limit = start + _fitting(text[start : start + UNITS_LIMIT])
    if limit < len(text):
        limit = _boundary(text, start, limit)
    inside = [span.start for span in spans if span.start < limit]
    if len(inside) > ENTITIES_LIMIT:
        limit = _boundary(text, start, max(inside[ENTITIES_LIMIT], start + 1))
    return limit


def _fitting(text: str) -> int:
    """How many characters fit into one message."""
    if utf16_length(text) <= UNITS_LIMIT:
        return len(text)
    return bisect_right(list(accumulate(2 if character > "\uffff" else 1 for character in text)), UNITS_LIMIT)


def _boundary(text: str, start: int, limit: int) -> int:
    """The best place to cut at or before `limit`: not too early for a paragraph, anywhere for a line or word."""
    middle = start + (limit - start) // 2
    for separator, earliest in (("\n\n", middle), ("\n", middle), (" ", middle), ("\n", start), (" ", start)):
        # A separator just behind the limit is as good: it is trimmed.
        if (found := text.rfind(separator, earliest, limit + len(separator))) > start:
            return found + len(separator)
    return limit


def _part(text: str, spans: Sequence[Span], start: int, end: int) -> Part:
    """One message without blank lines at its edges; code keeps the indentation of its first line."""
    piece = text[start:end]
    end -= len(piece) - len(piece.rstrip())
    in_code = any(span.style.type == "pre" and span.start <= start < span.end for span in spans)
    start += len(piece) - len(piece.lstrip("\n" if in_code else None))
    piece = text[start:end]
    offsets = [0, *accumulate(2 if character > "\uffff" else 1 for character in piece)]
    entities: list[dict[str, Any]] = []
    for span in spans:
        low, high = max(span.start, start), min(span.end, end)
        if low < high:
            entities.append(_entity(span, offsets[low - start], offsets[high - start]))
    return Part(piece, tuple(entities))


def _entity(span: Span, start: int, end: int) -> dict[str, Any]:
    entity: dict[str, Any] = {"type": span.style.type, "offset": start, "length": end - start}
    if span.style.value:
        entity["url" if span.style.type == "text_link" else "language"] = span.style.value
    return entity
