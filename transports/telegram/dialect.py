"""The Markdown that is read: CommonMark with tables and strikethrough, changed where it would lose text."""

from __future__ import annotations

import re
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_block.table import escapedSplit, getLine, table
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

MAX_NESTING = 60
"""markdown-it drops what is nested more deeply; see `is_too_deep`."""

LONGEST_SCHEME = 20

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*$")
_ADDRESS = re.compile(r"://[^\s<>\[\]()`\\|\"]+")


def is_too_deep(tokens: list[Token]) -> bool:
    """Whether the text may be nested so deeply that the parser dropped some of it."""
    return any(token.level >= MAX_NESTING - 2 for token in tokens)


def _whole_table(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """One `table` token with all cells of all rows as written: the parser drops cells beyond the header's."""
    first = len(state.tokens)
    if not table(state, start_line, end_line, silent):
        return False
    if not silent:
        lines = [start_line, *range(start_line + 2, state.line)]
        del state.tokens[first:]
        state.push("table", "table", 0).meta = {"rows": [_cells(getLine(state, line)) for line in lines]}
    return True


def _cells(line: str) -> list[str]:
    cells = [cell.strip() for cell in escapedSplit(line.strip())]
    return cells[not cells[0] : len(cells) - (len(cells) > 1 and not cells[-1])]


def _bare_address(state: StateInline, silent: bool) -> bool:
    """Keep emphasis and entities out of a bare URL; Telegram makes it a link by itself."""
    found = _ADDRESS.match(state.src, state.pos, state.posMax)
    if not found or not _SCHEME.search(state.src[max(0, state.pos - LONGEST_SCHEME) : state.pos]):
        return False
    address = found[0].rstrip("*_~.,;:!?'")
    if not silent:
        state.append_pending(address)
    state.pos += len(address)
    return bool(address)


def _as_written(url: str) -> str:
    return url


def make_parser() -> MarkdownIt:
    """HTML stays text, link definitions stay text, URLs stay as they were written."""
    options: Any = {"html": False, "maxNesting": MAX_NESTING}
    parser = MarkdownIt("commonmark", options).enable(["table", "strikethrough"]).disable("reference")
    parser.block.ruler.at("table", _whole_table, {"alt": ["paragraph"]})
    parser.inline.ruler.before("escape", "bare_address", _bare_address)
    vars(parser).update(normalizeLink=_as_written, normalizeLinkText=_as_written)
    return parser
