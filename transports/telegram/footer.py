"""A footer below an answer, folded: https://core.telegram.org/bots/api#messageentity"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from transports.base import Part
from transports.clean import clean_text
from transports.telegram.cutting import ENTITIES_LIMIT, UNITS_LIMIT, cut, utf16_length
from transports.telegram.styled import Span, Style

FOLDED = "expandable_blockquote"
_GAP = "\n\n"


def with_footer(parts: Sequence[Part], title: str, text: str) -> list[Part]:
    """The footer as a folded quotation in the last message, or in messages of its own where there is no room."""
    footer = clean_text(f"{title.strip()}\n{text.strip()}").strip()
    if parts and (joined := _joined(parts[-1], footer)):
        return [*parts[:-1], joined]
    return [*parts, *cut(footer, [Span(0, len(footer), Style(FOLDED))])]


def _joined(last: Part, footer: str) -> Part | None:
    start = utf16_length(last.text + _GAP)
    length = utf16_length(footer)
    if start + length > UNITS_LIMIT or len(last.formatting) >= ENTITIES_LIMIT:
        return None
    quotation = {"type": FOLDED, "offset": start, "length": length}
    return replace(last, text=last.text + _GAP + footer, formatting=(*last.formatting, quotation))
