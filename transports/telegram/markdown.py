"""Markdown into messages with entities, never `parse_mode`: that refuses a whole message over one stray character."""

from __future__ import annotations

from transports.base import Part
from transports.clean import clean_text
from transports.telegram.cutting import cut
from transports.telegram.dialect import is_too_deep, make_parser
from transports.telegram.styled import Canvas
from transports.telegram.writer import Writer

_PARSER = make_parser()


def render_markdown(markdown: str) -> list[Part]:
    """Messages that hold every word of the answer, in order; what cannot be formatted arrives plain."""
    text = clean_text(markdown)
    canvas = Canvas()
    try:
        tokens = _PARSER.parse(text)
        if is_too_deep(tokens):
            return cut(text, [])
        Writer(canvas, _PARSER).blocks(tokens)
    except RecursionError:
        return cut(text, [])
    return cut(canvas.text, canvas.spans())
