"""The sources of all steps under one numbering, and the steps' results with these numbers in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from agents.plans import Source, StepReport
from agents.synthesis.quotes import address

MARK = re.compile(r"\[(\d{1,3}(?:\s*[,;]\s*\d{1,3})*)\](?!\()")
"""[1], or [1, 2]; not the text of a link."""
_CODE = re.compile(r"(```.*?(?:```|\Z)|`[^`\n]*`)", re.DOTALL)


@dataclass(slots=True)
class Book:
    """One source and what is quoted from it."""

    number: int
    url: str
    title: str = ""
    quotes: list[str] = field(default_factory=list)


class Shelf:
    """Numbers sources from 1 in the order in which they are put in; the same page has one number."""

    def __init__(self) -> None:
        self.books: dict[int, Book] = {}
        self._numbers: dict[str, int] = {}

    def put(self, source: Source) -> int:
        """The number of the source."""
        number = self._numbers.setdefault(address(source.url), len(self._numbers) + 1)
        book = self.books.setdefault(number, Book(number, source.url))
        book.title = book.title or source.title
        if source.quote and source.quote not in book.quotes:
            book.quotes.append(source.quote)
        return number

    def number_of(self, url: str) -> int | None:
        """The number of the page with this address, if it is there."""
        return self._numbers.get(address(url))


def shelve(steps: Sequence[StepReport]) -> tuple[Shelf, list[StepReport]]:
    """All sources on one shelf, and the steps with their results' marks renumbered accordingly."""
    shelf = Shelf()
    return shelf, [_shelved(step, shelf) for step in steps]


def _shelved(step: StepReport, shelf: Shelf) -> StepReport:
    own = {place: shelf.put(source) for place, source in enumerate(step.sources, start=1)}
    return replace(step, result=remark(step.result, own.get)) if own else step


def remark(text: str, new: Callable[[int], int | None]) -> str:
    """Give each mark outside code its new number; a mark whose number has none is taken out."""

    def one(match: re.Match[str]) -> str:
        numbers = [new(number) for number in numbers_in(match[0])]
        return "".join(f"[{number}]" for number in dict.fromkeys(numbers) if number is not None)

    pieces = _CODE.split(text)
    pieces[::2] = [re.sub(r"[ \t]+(?=[.,;:!?](?:\s|\Z))", "", MARK.sub(one, piece)) for piece in pieces[::2]]
    return "".join(pieces)


def marks(text: str) -> list[int]:
    """The numbers of all marks outside code, in order, each once."""
    prose = _CODE.split(text)[::2]
    return list(
        dict.fromkeys(number for piece in prose for match in MARK.finditer(piece) for number in numbers_in(match[0]))
    )


def numbers_in(mark: str) -> Iterable[int]:
    """The numbers of one mark."""
    return (int(number) for number in re.findall(r"\d+", mark))
