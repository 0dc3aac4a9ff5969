"""Whether a message that decides nothing is about a decision all the same, and has to be asked again."""

from __future__ import annotations

from botplatform.pipeline import verdict_words as words
from botplatform.pipeline.verdict_grammar import AND
from botplatform.pipeline.verdict_phrases import CONDITION, DECIDING, POLITE, TURN, Part, Text
from botplatform.pipeline.verdict_signals import is_spaced_out
from botplatform.pipeline.verdict_tokens import one_by_one

_FEW_WORDS = 12
_STRONG = one_by_one(words.STRONG)
_ASKING, _AUXILIARY, _TELLING = map(one_by_one, (words.ASKING, words.AUXILIARY, words.TELLING))
_ENDS = frozenset(".!;\n?…")
_LEADING = AND | TURN | {"so", "¿", "…", ","}


def begins_like_one(message: Text) -> bool:
    """For long texts; a mere "ok" opens any other request."""
    part, _ = message.phrase(message.skip(0, POLITE))
    return part in DECIDING - {Part.OK}


def is_about_one(message: Text) -> bool:
    """For texts that fit no decision."""
    return _is_about_it(message) and not _asks_for_more(message)


def _asks_for_more(message: Text) -> bool:
    """A question such as "how do I approve?", or "ok, tell me more": one sentence, no decision at a clause's start."""
    opening = message.skip(0, POLITE | {Part.OK})
    while message.at(opening) and message.at(opening) in _LEADING:
        opening += 1
    if message.phrase(opening)[0] in (Part.HEDGE, Part.ASSENT) or message.asserts(opening + 1):
        return False
    if message.at(opening) in _TELLING:
        return not _STRONG & set(message.texts)
    inside = message.texts[opening:-1]
    is_question = message.at(len(message) - 1) == "?" or message.at(opening + 1) in _AUXILIARY
    return message.at(opening) in _ASKING and is_question and not _ENDS & set(inside)


def _is_about_it(message: Text) -> bool:
    if _STRONG & set(message.texts) or is_spaced_out(token.text for token in message.tokens if token.is_word):
        return True
    start = message.skip(0, POLITE)
    part, length = message.phrase(start)
    count = sum(token.is_word for token in message.tokens)
    if part in DECIDING:
        return not _tells_otherwise(message, start, length) or message.asserts(start + length)
    if part in (Part.HEDGE, Part.ASSENT) and _is_no_more_than(message, start, length, count):
        return True
    return count <= _FEW_WORDS and any(_at_edge(message, place) for place in range(len(message)))


def _tells_otherwise(message: Text, start: int, length: int) -> bool:
    """An order of its own, without a condition: "don't forget the milk", "stop using tabs"."""
    part = message.phrase(start)[0]
    dont = part is Part.NO and message.at(start + length - 1) in ("dont", "not")
    order = (dont or part is Part.DENY) and not message.stops(start + length)
    return order and not CONDITION & set(message.texts) and not message.decides(start + length)


def _is_no_more_than(message: Text, start: int, length: int, count: int) -> bool:
    """Whether a message says little more than "I guess" or "fine"."""
    condition = message.at(start) in CONDITION | {"only", "but"}
    if condition:
        return count <= _FEW_WORDS
    if message.stops(start + length):
        return count - length <= (3 if length == 1 else 8)
    if message.phrase(start)[0] is Part.ASSENT:
        return length > 1 and count - length <= 3
    return count <= 3


def _at_edge(message: Text, place: int) -> bool:
    """Whether somebody may say yes or no here: in a clause of its own, or as the last word of one."""
    part, length = message.phrase(place)
    if part not in DECIDING:
        return False
    return (
        message.stands_alone(place) if length == 1 and not message.stops(place + 1) else message.stops(place + length)
    )
