"""Markdown tokens onto a canvas."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token

from transports.telegram.inline import InlineWriter
from transports.telegram.styled import Canvas
from transports.telegram.tables import aligned

RULE = "———"
BULLET = "• "
INDENT = "  "

_LANGUAGE = re.compile(r"[A-Za-z0-9_+#.-]{1,40}")


@dataclass(slots=True)
class _List:
    """A list whose items are being written."""

    ordered: bool
    gap: int = 1
    written: str = ""
    """The last item's number as it stands in the source."""
    number: int = 0


class Writer(InlineWriter):
    """Writes blocks and what is in them."""

    def __init__(self, canvas: Canvas, parser: MarkdownIt) -> None:
        super().__init__(canvas)
        self._parser = parser
        self._lists: list[_List] = []

    def blocks(self, tokens: Sequence[Token]) -> None:
        for token in tokens:
            if handler := _BLOCKS.get(token.type):
                handler(self, token)
            elif token.nesting == 0:
                self._canvas.gap(2)
                self._canvas.write(token.content)

    # -- blocks

    def _gap(self) -> int:
        return self._lists[-1].gap if self._lists else 2

    def _paragraph(self, token: Token) -> None:
        if self._lists and not token.hidden:
            self._lists[-1].gap = 2
        self._canvas.gap(self._gap())

    def _heading(self, token: Token) -> None:
        self._canvas.gap(2)
        self._canvas.open("bold")

    def _quote(self, token: Token) -> None:
        self._canvas.gap(self._gap())
        self._canvas.open("blockquote", apart=True)

    def _close(self, token: Token) -> None:
        self._canvas.close()

    def _content(self, token: Token) -> None:
        self.inline(token.children or ())

    def _rule(self, token: Token) -> None:
        self._canvas.gap(2)
        self._canvas.write(RULE)

    def _code(self, token: Token) -> None:
        """A block of code; what its info line says beyond a language stands above it."""
        language, _, rest = token.info.strip().partition(" ")
        if not _LANGUAGE.fullmatch(language) or not token.content.strip():
            language, rest = "", token.info.strip()
        self._canvas.gap(self._gap())
        if rest:
            self._canvas.write(rest.strip())
            self._canvas.gap(1)
        self._block_of_code(token.content.removesuffix("\n"), language)

    def _table(self, token: Token) -> None:
        self._canvas.gap(self._gap())
        self._block_of_code(aligned([[self._cell(cell) for cell in row] for row in token.meta["rows"]]), "")

    def _block_of_code(self, code: str, language: str) -> None:
        if not code.strip():
            return
        indent, self._canvas.indent = self._canvas.indent, ""
        with self._canvas.styled("pre", language, apart=True):
            self._canvas.write(code)
        self._canvas.indent = indent

    def _cell(self, source: str) -> str:
        canvas = Canvas()
        cell = InlineWriter(canvas, plain=True)
        for token in self._parser.parseInline(source):
            cell.inline(token.children or ())
        return canvas.text.replace("\n", " ")

    # -- lists

    def _open_list(self, token: Token) -> None:
        self._canvas.gap(self._gap())
        self._lists.append(_List(ordered=token.type == "ordered_list_open"))

    def _close_list(self, token: Token) -> None:
        self._lists.pop()

    def _open_item(self, token: Token) -> None:
        self._canvas.indent = INDENT * (len(self._lists) - 1)
        self._canvas.gap(self._gap())
        self._canvas.start_block(self._bullet(token))
        self._canvas.indent = INDENT * len(self._lists)

    def _close_item(self, token: Token) -> None:
        self._canvas.end_block()
        self._canvas.indent = INDENT * (len(self._lists) - 1)

    def _bullet(self, token: Token) -> str:
        """A number as written; repeated ones (`1. 1. 1.`) count up."""
        items = self._lists[-1]
        if not items.ordered:
            return BULLET
        items.number = items.number + 1 if token.info == items.written else int(token.info)
        items.written = token.info
        return f"{items.number}{token.markup} "


_Handler = Callable[[Writer, Token], None]


def _nothing(writer: Writer, token: Token) -> None:
    """The end of a block that needs none."""


_BLOCKS: dict[str, _Handler] = {
    "paragraph_open": Writer._paragraph,
    "paragraph_close": _nothing,
    "heading_open": Writer._heading,
    "heading_close": Writer._close,
    "blockquote_open": Writer._quote,
    "blockquote_close": Writer._close,
    "inline": Writer._content,
    "hr": Writer._rule,
    "fence": Writer._code,
    "code_block": Writer._code,
    "table": Writer._table,
    "bullet_list_open": Writer._open_list,
    "bullet_list_close": Writer._close_list,
    "ordered_list_open": Writer._open_list,
    "ordered_list_close": Writer._close_list,
    "list_item_open": Writer._open_item,
    "list_item_close": Writer._close_item,
}
