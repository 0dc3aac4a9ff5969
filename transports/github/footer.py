"""A footer below a comment, folded as a collapsed section of GitHub's Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from html import escape

from transports.base import Part
from transports.clean import clean_text
from transports.github.markdown import PART_LIMIT
from transports.pieces import cut_plain

_TITLE_LIMIT = 200
_LONGEST_ESCAPE = 6
"""Characters that one may become."""
_ROOM = PART_LIMIT // _LONGEST_ESCAPE - _LONGEST_ESCAPE * _TITLE_LIMIT


def with_footer(parts: Sequence[Part], title: str, text: str) -> list[Part]:
    """The footer at the end of the last comment, or in comments of its own where there is no room.

    Escaped inside `<pre>`, nothing in it is Markdown, HTML, a mention or an issue's number.
    """
    folded = [_folded(clean_text(title), piece.strip("\n")) for piece in cut_plain(clean_text(text).strip(), _ROOM)]
    if parts and len(parts[-1].text) + len(folded[0]) + 2 <= PART_LIMIT:
        last = replace(parts[-1], text=f"{parts[-1].text}\n\n{folded.pop(0)}")
        parts = [*parts[:-1], last]
    return [*parts, *map(Part, folded)]


def _folded(title: str, text: str) -> str:
    """The empty line lets `<pre>` begin a block of its own, which empty lines in the text do not end."""
    summary = escape(" ".join(title.split())[:_TITLE_LIMIT])
    return f"<details><summary>{summary}</summary>\n\n<pre>\n{escape(text, quote=False)}\n</pre>\n\n</details>"
