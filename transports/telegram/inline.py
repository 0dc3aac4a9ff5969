"""What stands within a block: emphasis, code, links, images."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markdown_it.token import Token

from transports.telegram.links import hidden_address, shown_address
from transports.telegram.styled import Canvas

_STYLES = {"strong": "bold", "em": "italic", "s": "strikethrough"}


@dataclass(frozen=True, slots=True)
class _Link:
    url: str
    title: str
    start: int
    styled: bool


class InlineWriter:
    """Writes inline tokens onto a canvas; `plain` keeps addresses visible where no link can be."""

    def __init__(self, canvas: Canvas, *, plain: bool = False) -> None:
        self._canvas = canvas
        self._plain = plain
        self._links: list[_Link] = []

    def inline(self, tokens: Sequence[Token]) -> None:
        for token in tokens:
            if handler := _INLINE.get(token.type):
                handler(self, token)
            elif token.nesting == 1:
                self._canvas.open(_STYLES[token.tag])
            elif token.nesting == -1:
                self._canvas.close()
            else:
                self._canvas.write(token.content)

    def _break(self, token: Token) -> None:
        self._canvas.break_line()

    def _inline_code(self, token: Token) -> None:
        with self._canvas.styled("code"):
            self._canvas.write(token.content)

    def _open_link(self, token: Token) -> None:
        url = str(token.attrGet("href") or "")
        address = "" if self._plain or token.markup == "autolink" else hidden_address(url)
        self._links.append(_Link(url, str(token.attrGet("title") or ""), self._canvas.length, bool(address)))
        if address:
            self._canvas.open("text_link", address, apart=True)

    def _close_link(self, token: Token) -> None:
        link = self._links.pop()
        if link.styled:
            self._canvas.close()
        text = self._canvas.since(link.start)
        url = shown_address(link.url)
        if not text.strip():
            self._canvas.write(url)
        elif not link.styled and url not in text:
            self._canvas.write(f" ({url})")
        if link.title:
            self._canvas.write(f" ({link.title})")

    def _image(self, token: Token) -> None:
        start = self._canvas.length
        self.inline(token.children or ())
        url, title = str(token.attrGet("src") or ""), str(token.attrGet("title") or "")
        self._canvas.write(f" ({url})" if url and self._canvas.length > start else url)
        if title:
            self._canvas.write(f" ({title})")


_INLINE: dict[str, Callable[[InlineWriter, Token], None]] = {
    "softbreak": InlineWriter._break,
    "hardbreak": InlineWriter._break,
    "code_inline": InlineWriter._inline_code,
    "link_open": InlineWriter._open_link,
    "link_close": InlineWriter._close_link,
    "image": InlineWriter._image,
}
