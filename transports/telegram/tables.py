"""Tables as monospaced text, since messages have none."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from itertools import zip_longest

WIDEST_COLUMN = 40
"""Cells longer than this many columns push their row out instead of padding all others."""


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Rows as lines, the first one underlined; rows may have different lengths."""
    columns = zip_longest(*rows, fillvalue="")
    widths = [min(max(map(display_width, column)), WIDEST_COLUMN) for column in columns]
    lines = [_line(row, widths) for row in rows]
    lines.insert(1, "-+-".join("-" * max(width, 1) for width in widths))
    return "\n".join(lines)


def display_width(text: str) -> int:
    """Columns in a monospaced font: wide East Asian characters and emoji take two, combining marks none."""
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return len(text) + wide - sum(bool(unicodedata.combining(character)) for character in text)


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    padded = [cell + " " * (width - display_width(cell)) for cell, width in zip(row, widths, strict=False)]
    return " | ".join(padded).rstrip()
