"""An answer as GitHub comments: parts within the limit, cut between paragraphs, code fences closed and reopened."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token

from transports.base import Part
from transports.clean import clean_text, strip_invisible
from transports.github.comments import without_markers
from transports.github.images import without_foreign_images

COMMENT_LIMIT = 65_536
"""Characters of one comment, as GitHub's own refusal names it."""
MARKER_ROOM = 512
PART_LIMIT = COMMENT_LIMIT - MARKER_ROOM
NOTHING = "(no text)"
"""GitHub refuses a comment without anything in it."""

_LONGEST_REOPENING = 200
_SENTINEL = "\n\n0b9a2f5c7d"
_BLOCKS = MarkdownIt("commonmark").disable("inline")


def render_markdown(markdown: str, limit: int = PART_LIMIT) -> list[Part]:
    """Cut an answer into comments. Nothing is lost but markers; images of unknown hosts become links."""
    text = without_foreign_images(without_markers(clean_text(markdown)))
    if not re.sub(r"<!--.*?(-->|\Z)", "", strip_invisible(text), flags=re.DOTALL).strip():
        return [Part(NOTHING)]
    return [Part(part) for part in split(text, limit)]


@dataclass(frozen=True, slots=True)
class Line:
    """A line, or a piece of one that is too long; with its line break."""

    text: str
    inside: Token | None = None
    """The code fence that a cut before this line would break."""
    opening: str = ""
    """What opens that fence again."""
    prefix: str = ""
    """What stands before its marks on every line: blanks and quotation marks."""
    indent: int = 0
    """Blanks that its first line had in front: a list's, which the next part no longer is in."""


def split(markdown: str, limit: int) -> list[str]:
    """Cut a text at the last paragraph that fits, else the last line, else the last blank."""
    lines = list(_lines(markdown, limit - 2 * _LONGEST_REOPENING))
    parts = []
    while lines:
        head = lines[0].opening
        count = _cut(lines, limit - len(head) - _LONGEST_REOPENING)
        part = head + "".join(_dedented(line) if head else line.text for line in lines[:count])
        closing = _closing(lines[count], reopened=lines[count].inside is lines[0].inside) if count < len(lines) else ""
        lines = lines[count:]
        if part.strip():
            parts.append(_closed(part.strip("\n") + closing))
    return parts


def _closing(following: Line, *, reopened: bool) -> str:
    """What ends the fence that goes on in the next part; empty where none does."""
    if following.inside is None:
        return ""
    prefix = "" if reopened and following.indent else following.prefix
    return f"\n{prefix}{following.inside.markup}"


def _cut(lines: list[Line], room: int) -> int:
    """How many lines make up the next part."""
    size = best = between_paragraphs = 0
    for count, line in enumerate(lines):
        if size + len(line.text) > room and count:
            return between_paragraphs or best or count
        if size > room // 2 and count and line.inside is None and lines[count - 1].text.endswith("\n"):
            best = count
            between_paragraphs = count if not lines[count - 1].text.strip() else between_paragraphs
        size += len(line.text)
    return len(lines)


def _lines(markdown: str, longest: int) -> Iterator[Line]:
    text = markdown.replace("\r\n", "\n").replace("\r", "\n")
    raw = text.split("\n")
    fences = {
        number: (token, raw[token.map[0]])
        for token in _BLOCKS.parse(text)
        if token.type == "fence" and token.map
        for number in range(token.map[0] + 1, token.map[1])
    }
    for number, line in enumerate(raw):
        end = "\n" if number < len(raw) - 1 else ""
        token, first = fences.get(number, (None, ""))
        for piece in _pieces(line + end, longest):
            yield _inside(token, first, piece) if token else Line(piece)


def _inside(fence: Token, first: str, piece: str) -> Line:
    """A line of code. Quotation marks are repeated when its fence is opened again, a list is not."""
    prefix = first[: first.find(fence.markup)]
    quote = prefix if ">" in prefix else ""
    opening = f"{quote}{fence.markup}{fence.info.strip()}\n"
    if len(opening) > _LONGEST_REOPENING:
        opening = f"{quote[:90]}{fence.markup[:90]}\n"
    blanks = re.sub("[^>]", " ", prefix)
    return Line(piece, fence, opening, blanks, 0 if quote else len(prefix))


def _dedented(line: Line) -> str:
    blank = len(line.text) - len(line.text.lstrip(" "))
    return line.text[min(blank, line.indent) :]


def _pieces(line: str, longest: int) -> Iterator[str]:
    while len(line) > longest:
        cut = line.rfind(" ", longest // 2, longest) + 1 or longest
        yield line[:cut]
        line = line[cut:]
    yield line


def _closed(part: str) -> str:
    """The part with its last fence closed, if that is open: what follows must not become code."""
    tokens = _BLOCKS.parse(part + _SENTINEL)
    last = tokens[-1] if tokens else None
    if last is None or last.type != "fence" or _SENTINEL.strip() not in last.content:
        return part
    return f"{part}\n{last.markup}"
