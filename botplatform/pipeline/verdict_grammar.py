"""How phrases may be put together in a message that decides and does nothing else."""

from __future__ import annotations

from dataclasses import dataclass

from botplatform.pipeline import verdict_words as words
from botplatform.pipeline.verdict_phrases import APPROVING, DECIDING, STOPS, TO, Part, Text
from botplatform.pipeline.verdict_tokens import one_by_one, phrases

AND, _NUMBER = map(one_by_one, (words.AND, words.NUMBER))
_OBJECTS, _ALL = (frozenset(phrases(table)) for table in (words.OBJECT, words.ALL))


@dataclass(frozen=True, slots=True)
class Item:
    """One decision with what it is about; `end` is the place after it."""

    part: Part
    end: int
    numbers: tuple[int, ...] = ()
    everything: bool = False

    @property
    def is_bare(self) -> bool:
        return not self.numbers and not self.everything


def item_at(text: Text, place: int) -> Item | None:
    """The decision that begins here: a phrase, what it is about, and numbers or all."""
    part, length = text.phrase(place)
    if part not in DECIDING or part is None:
        return None
    end = place + length
    if part in (Part.APPROVE, Part.DENY, Part.NEGATED) or text.at(end) in TO:
        end += _longest_of(_OBJECTS, text, end)
    start = end
    if text.at(end) in TO:
        start += 1
    elif part in (Part.OK, Part.NO):
        return Item(part, end)
    elif text.at(end) == ":":
        start += 1
    if length := _longest_of(_ALL, text, start):
        return Item(part, start + length, everything=True)
    numbers, after = _numbers(text, start)
    return Item(part, after, tuple(numbers)) if numbers else Item(part, end)


def _longest_of(table: frozenset[tuple[str, ...]], text: Text, place: int) -> int:
    return next((length for length in range(4, 0, -1) if text.texts[place : place + length] in table), 0)


def _numbers(text: Text, place: int) -> tuple[list[int], int]:
    """The numbers of a list such as "number 1, #3 and 4", and the place after the last."""
    numbers: list[int] = []
    after = place
    while True:
        if text.at(place) in _NUMBER:
            place += 2 if text.at(place + 1) == "." else 1
        if text.at(place) == "#":
            place += 1
        if not text.is_number(place):
            return numbers, after
        numbers.append(int(text.at(place)))
        after = place = place + 1
        if text.at(place) == ",":
            place += 1
        if text.at(place) in AND:
            place += 1
        if place == after:
            return numbers, after


def whole(text: Text) -> list[Item] | None:
    """The decisions of a message that holds nothing else; None when it does."""
    items: list[Item] = []
    place, apart, goes_on = 0, True, False
    while place < len(text):
        part, length = text.phrase(place)
        if text.at(place) in STOPS:
            place, apart = place + 1, True
        elif part is Part.POLITE or (part is Part.ECHO and items and items[-1].part in APPROVING):
            place += length
        elif item := item_at(text, place):
            if not apart and (not belong(items[-1], item) or "si" in (text.at(place - 1), text.at(place))):
                return None
            items.append(item)
            place, apart, goes_on = item.end, False, False
        elif text.at(place) in AND and items and not apart:
            place, apart, goes_on = place + 1, True, True
        else:
            return None
    return None if goes_on else items


def belong(item: Item, other: Item) -> bool:
    """Whether two decisions may follow each other without a mark between: "yes please do", "no don't"."""
    if item.part in APPROVING:
        return item.is_bare and other.part in APPROVING
    return item.is_bare and item.part is Part.NO and other.part in (Part.NO, Part.NEGATED)
