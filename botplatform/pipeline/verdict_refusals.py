"""Messages that begin with a denial and go on, most often with the reason."""

from __future__ import annotations

from botplatform.pipeline import verdict_words as words
from botplatform.pipeline.verdict_grammar import AND, Item, belong, item_at
from botplatform.pipeline.verdict_phrases import (
    APPROVING,
    BECAUSE,
    CONDITION,
    DENYING,
    NOT,
    POLITE,
    STOPS,
    TURN,
    Part,
    Text,
)
from botplatform.pipeline.verdict_tokens import one_by_one

_SUBJECT, _PARTICLES = map(one_by_one, (words.SUBJECT, words.PARTICLES))
_PAUSES = STOPS | {"…", ":"}
_ENDS = frozenset(".!;\n…?")
_NEUTRAL = 6
"""Words that may name what is refused."""


def refusal(text: Text) -> Item | None:
    """A denial at the beginning, whatever reason follows it; None also when what follows takes it back."""
    place = text.skip(0, POLITE)
    item = item_at(text, place)
    while item and item.part is Part.NO and (more := item_at(text, item.end)) and belong(item, more):
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
    bare_no = item.is_bare and text.at(item.end - 1) in _PARTICLES and text.at(place) in _SUBJECT
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
