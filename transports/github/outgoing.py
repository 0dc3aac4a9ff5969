"""Texts that go out under the bot's name outside of answers: comments, reviews, descriptions."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token

from transports.clean import clean_text
from transports.github.comments import without_markers
from transports.github.images import without_foreign_images

_MENTION = re.compile(r"(?<![\w@/])@(?=[A-Za-z0-9])([A-Za-z0-9-]{1,39}(?:\[bot\])?)(/[\w.-]+)?", re.ASCII)
_SILENT = "@&#8203;"
_CODE = re.compile(r"(?<!`)(`+)(?!`)(?:(?!\n\s*\n).)*?(?<!`)\1(?!`)", re.DOTALL)
_MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def presentable(markdown: str, *, mentions: int) -> str:
    """What may be posted: no hidden markers, no images from unknown hosts, no more people called than so many.

    Teams, and everybody beyond, are named without being called.
    """
    text = without_foreign_images(without_markers(clean_text(markdown)))
    if _is_quiet(text, mentions):
        return text
    quiet = _silenced(text, mentions)
    # What two readers of Markdown may see differently is silenced wherever it stands, even in code.
    return quiet if _is_quiet(quiet, mentions) else _MENTION.sub(lambda found: _SILENT + found[0][1:], text)


def _is_quiet(markdown: str, mentions: int) -> bool:
    called = _called(markdown)
    return len(called) <= mentions and not any(team for _, team in called)


def _called(markdown: str) -> set[tuple[str, bool]]:
    """Whom a text calls, and whether it is a team. Code calls nobody."""
    words = "\n".join(_words(_MARKDOWN.parse(markdown)))
    return {(found[0].lower(), bool(found[2])) for found in _MENTION.finditer(words)}


def _words(tokens: Sequence[Token]) -> list[str]:
    silent = {"code_inline", "fence", "code_block", "inline"}
    return [
        words
        for token in tokens
        for words in ([token.content] if token.type not in silent else []) + _words(token.children or ())
    ]


def _silenced(markdown: str, allowed: int) -> str:
    """The text in which only the first few people outside code are called."""
    kept: set[str] = set()

    def silence(found: re.Match[str]) -> str:
        name = found[1].lower()
        if not found[2] and (name in kept or len(kept) < allowed):
            kept.add(name)
            return found[0]
        return _SILENT + found[0][1:]

    lines = markdown.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    blocks = [token.map for token in _MARKDOWN.parse(markdown) if token.type in ("fence", "code_block") and token.map]
    done: list[str] = []
    start = 0
    for first, end in blocks:
        done += [_outside_spans("\n".join(lines[start:first]), silence)] if first > start else []
        done += lines[first:end]
        start = end
    done += [_outside_spans("\n".join(lines[start:]), silence)] if start < len(lines) else []
    return "\n".join(done)


def _outside_spans(text: str, silence: Callable[[re.Match[str]], str]) -> str:
    pieces, start = [], 0
    for code in _CODE.finditer(text):
        pieces += [_MENTION.sub(silence, text[start : code.start()]), code[0]]
        start = code.end()
    return "".join([*pieces, _MENTION.sub(silence, text[start:])])
