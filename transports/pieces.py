"""Long Markdown in pieces: cut at lines or words, a code fence across a cut closed and opened again."""

from __future__ import annotations

import re

_BACKTICKS = re.compile(r"`+")
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})([^`\n]*)$", re.MULTILINE)
_ROOM = 400
"""Characters kept free for the fences that a cut adds; longer ones are not opened again."""


def cut(markdown: str, limit: int) -> list[str]:
    """Pieces of at most `limit` characters, with all of the text in order."""
    pieces, opening = [], ""
    while len(opening) + len(markdown) > limit:
        end = _boundary(markdown, limit - _ROOM)
        piece, markdown = opening + markdown[:end], markdown[end:]
        opening = _open_fence(piece)
        pieces.append(f"{piece.rstrip()}\n{_closing(opening)}" if opening else piece)
    if markdown.strip() or not pieces:
        pieces.append(opening + markdown)
    return [piece for piece in pieces if piece.strip()]


def cut_plain(text: str, limit: int) -> list[str]:
    """The same for text that is no Markdown: nothing is added. At least one piece."""
    pieces = []
    while len(text) > limit:
        end = _boundary(text, limit)
        pieces.append(text[:end])
        text = text[end:]
    return [*pieces, text]


def _boundary(text: str, limit: int) -> int:
    for separator in ("\n\n", "\n", " "):
        if (found := text.rfind(separator, limit // 2, limit)) > 0:
            return found + len(separator)
    return limit


def _open_fence(text: str) -> str:
    """The line that opened the code fence in which the text ends; empty when it ends in none."""
    opened: re.Match[str] | None = None
    for fence in _FENCE.finditer(text):
        if opened is None:
            opened = fence
        elif fence[1].startswith(opened[1]) and not fence[2].strip():
            opened = None
    return f"{opened[0].strip()}\n" if opened and len(opened[0]) <= _ROOM // 4 else ""


def _closing(opening: str) -> str:
    return opening[: len(opening) - len(opening.lstrip(opening[0]))]


def fenced(text: str) -> str:
    """Plain text as a block of code, inside which nothing is read as Markdown."""
    fence = "`" * max(3, *(len(run) + 1 for run in _BACKTICKS.findall(text)), 0)
    return f"{fence}\n{text}\n{fence}"
