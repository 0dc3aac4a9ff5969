"""Text with overlapping styles, as it is written, and the spans they cover."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Style:
    """One formatting, as a type of entity: https://core.telegram.org/bots/api#messageentity"""

    type: str
    value: str = ""
    """The URL of a `text_link`, the language of a `pre`."""
    number: int = 0
    """Keeps apart what must not melt into one: two quotations, two blocks of code."""


@dataclass(frozen=True, slots=True)
class Span:
    """Where a style holds, in characters."""

    start: int
    end: int
    style: Style


_CODE = frozenset({"code", "pre"})
_MAY_HOLD_CODE = frozenset({"code", "pre", "blockquote"})


class Canvas:
    """Collects styled text; gaps between blocks are written only when something follows."""

    def __init__(self) -> None:
        self.length = 0
        self.indent = ""
        """Written after each line break outside code."""
        self._pieces: list[str] = []
        self._runs: list[tuple[int, int, tuple[Style, ...]]] = []
        self._open: list[Style] = []
        self._gap = 0
        self._numbers = 0
        self._at_start = True

    @property
    def text(self) -> str:
        return "".join(self._pieces)

    def since(self, start: int) -> str:
        """What was written after the text had this length, a gap before it included."""
        pieces: list[str] = []
        missing = self.length - start
        for piece in reversed(self._pieces):
            if missing <= 0:
                break
            pieces.insert(0, piece)
            missing -= len(piece)
        return "".join(pieces)

    @contextmanager
    def styled(self, kind: str, value: str = "", *, apart: bool = False) -> Iterator[None]:
        self.open(kind, value, apart=apart)
        yield
        self.close()

    def open(self, kind: str, value: str = "", *, apart: bool = False) -> None:
        self._numbers += 1
        self._open.append(Style(kind, value, self._numbers if apart else 0))

    def close(self) -> None:
        self._open.pop()

    def gap(self, lines: int) -> None:
        """Break the line at least so often before the next text; not at the start of a block."""
        if not self._at_start:
            self._gap = max(self._gap, lines)

    def write(self, text: str) -> None:
        if not text:
            return
        styles = _compatible(self._open)
        if self._gap:
            before = self._runs[-1][2] if self._runs else ()
            self._put("\n" * self._gap + self.indent, tuple(style for style in before if style in styles))
            self._gap = 0
        self._put(text, styles)
        self._at_start = False

    def break_line(self) -> None:
        self.write("\n" + self.indent)

    def start_block(self, prefix: str) -> None:
        """Write a bullet; what comes next stands on its line."""
        self.write(prefix)
        self._at_start = True

    def end_block(self) -> None:
        self._at_start = not self._runs

    def spans(self) -> list[Span]:
        """The styles, each as long as it holds without interruption; in order of their starts."""
        done: list[Span] = []
        starts: dict[Style, int] = {}
        for start, _, styles in [*self._runs, (self.length, self.length, ())]:
            ended = [style for style in starts if style not in styles]
            done += [Span(starts.pop(style), start, style) for style in ended]
            for style in styles:
                starts.setdefault(style, start)
        return sorted(done, key=lambda span: (span.start, -span.end))

    def _put(self, text: str, styles: tuple[Style, ...]) -> None:
        self._pieces.append(text)
        self._runs.append((self.length, self.length + len(text), styles))
        self.length += len(text)


def _compatible(styles: list[Style]) -> tuple[Style, ...]:
    """The styles that Telegram lets stand together: one of each type, nothing but a quotation around code.

    A link keeps its address rather than its monospaced look.
    """
    by_type: dict[str, Style] = {}
    for style in styles:
        by_type.setdefault(style.type, style)
    if "text_link" in by_type:
        by_type = {kind: style for kind, style in by_type.items() if kind not in _CODE}
    elif not _CODE.isdisjoint(by_type):
        by_type = {kind: style for kind, style in by_type.items() if kind in _MAY_HOLD_CODE}
    return tuple(by_type.values())
