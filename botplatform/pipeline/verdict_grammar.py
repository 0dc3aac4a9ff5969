"""How the phrases of a decision may be put together: whole messages, and refusals that go on with a reason."""

from __future__ import annotations

from dataclasses import dataclass

from botplatform.pipeline import verdict_words as words
from botplatform.pipeline.verdict_phrases import (
    APPROVING,
    BECAUSE,
    CONDITION,
    DENYING,
    NOT,
    STOPS,
    TO,
    TURN,
    Part,
    Text,
)
from botplatform.pipeline.verdict_tokens import one_by_one, phrases

AND, NUMBER, SUBJECT, PARTICLES = map(one_by_one, (words.AND, words.NUMBER, words.SUBJECT, words.PARTICLES))
_OBJECTS, _ALL = (frozenset(phrases(table)) for table in (words.OBJECT, words.ALL))
_PAUSES = STOPS | {"…", ":"}
_ENDS = frozenset(".!;\n…?")
_NEUTRAL = 6
"""Words that may name what is refused."""


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
    if part not in APPROVING | DENYING or part is None:
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
        if text.at(place) in NUMBER:
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


# -- whole messages


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
            if not apart and (not _belong(items[-1], item) or "si" in (text.at(place - 1), text.at(place))):
                return None
            items.append(item)
            place, apart, goes_on = item.end, False, False
        elif text.at(place) in AND and items and not apart:
            place, apart, goes_on = place + 1, True, True
        else:
            return None
    return None if goes_on else items


def _belong(item: Item, other: Item) -> bool:
    """Whether two decisions may follow each other without a mark between: "yes please do", "no don't"."""
    if item.part in APPROVING:
        return item.is_bare and other.part in APPROVING
    return item.is_bare and item.part is Part.NO and other.part in (Part.NO, Part.NEGATED)


# -- refusals


def refusal(text: Text) -> Item | None:
    """A denial at the beginning, whatever reason follows it; None also when what follows takes it back."""
    place = text.skip(0, frozenset((Part.POLITE, Part.SORRY)))
    item = item_at(text, place)
    while item and item.part is Part.NO and (more := item_at(text, item.end)) and _belong(item, more):
        item = more
    if item is None or item.part not in DENYING or _asks(text):
        return None
    reason = _reason(text, item)
    return None if reason is None or _takes_back(text, reason) else item


def _asks(text: Text) -> bool:
    """Whether the first sentence is a question."""
    return next((one for one in text.texts if one in _ENDS), "") == "?"


def _reason(text: Text, item: Item) -> int | None:
    """Where the reason begins; None when the denial goes on as something else."""
    place = item.end
    if item.part is Part.NEGATED:
        place = _past_neutral(text, place)
    if text.phrase(place)[0] is Part.POLITE:
        place = text.skip(place, frozenset((Part.POLITE,)))
    bare_no = item.is_bare and text.at(item.end - 1) in PARTICLES and text.at(place) in SUBJECT
    if (
        place < len(text)
        and text.at(place) not in _PAUSES | BECAUSE
        and text.at(place - 1) not in _PAUSES
        and not bare_no
    ):
        return None
    while text.at(place) and text.at(place) in _PAUSES:
        place += 1
    return None if text.is_number(place) or text.at(place) == "#" else place


def _past_neutral(text: Text, place: int) -> int:
    """The place after words that name what is not to be done."""
    last = place + _NEUTRAL
    while place < last and not text.stops(place) and not text.is_number(place) and not text.decides(place):
        if text.at(place) in TURN | CONDITION | NOT | BECAUSE | AND:
            break
        place += 1
    return place


def _takes_back(text: Text, place: int) -> bool:
    """Whether what follows a denial agrees after all, sets a condition, decides more, or denies the denial."""
    if place < len(text) and text.skip(place, frozenset((Part.HEDGE,))) == len(text):
        return True
    reasoned = text.at(place) in BECAUSE
    while place < len(text):
        part, length = text.phrase(place)
        if text.at(place) in CONDITION and not reasoned:
            return True
        if part is not None and _opposes(text, place, part, length, reasoned=reasoned):
            return True
        place += length or 1
    return False


def _opposes(text: Text, place: int, part: Part, length: int, *, reasoned: bool) -> bool:
    item = item_at(text, place)
    if item and not item.is_bare:
        return True
    if part is Part.DENY:
        return text.negated(place)
    if part not in APPROVING | {Part.ASSENT, Part.ECHO} or text.negated(place):
        return False
    if length == 1 and part in (Part.YES, Part.OK, Part.ASSENT):
        return text.stands_alone(place)
    return not reasoned or text.opens(place)
