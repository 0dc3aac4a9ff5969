"""The check before all others: whether a message may be about a decision at all. Made for every message that comes in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from botplatform.pipeline import verdict_words as words
from botplatform.pipeline.verdict_phrases import DECIDING, PHRASES, Part
from botplatform.pipeline.verdict_tokens import STRETCHED, one_by_one, plain, skeleton, unaccented

LONGEST = 300
"""Characters that are looked at; a longer text never approves."""
_SHORT = 40
"""Characters, for what only makes sense as a message of its own."""
_LETTERS = frozenset((words.ALONE_YES, words.ALONE_NO))
_STRONG = one_by_one(words.STRONG)


def _signals() -> frozenset[str]:
    """Words of which every phrase that means anything holds one; the fewer and rarer the better."""
    chosen = {*_STRONG, *(form + form[-1] for form in STRETCHED.values())}
    for phrase in sorted(PHRASES, key=lambda phrase: (len(phrase), phrase)):
        if PHRASES[phrase] not in (Part.POLITE, Part.SORRY, Part.ECHO) and not chosen & set(phrase):
            chosen.add(min(phrase, key=lambda word: (word in _COMMON, not word[0].isalpha(), -len(word))))
    return frozenset(chosen)


_COMMON = one_by_one(words.SUBJECT, words.TO, words.COMMON)
_SIGNALS = _signals()
_SPACED = frozenset("".join(phrase) for phrase, part in PHRASES.items() if part in DECIDING)
_WORDS = re.compile(r"[^\W\d_]+|[" + "".join(sorted(one for one in _SIGNALS if not one.isalpha())) + "]")
_DRAWN_OUT = re.compile(r"(\w)\1{2,}")
_TRIPLES = tuple({letter * 3 for word in words.STRETCHED.split() for letter in word})


def concerns_decision(text: str) -> bool:
    """Whether a message may be about a decision. False means that `read` says OTHER. Takes microseconds."""
    start = text[:LONGEST]
    return any(_hints(form, is_short=len(start) <= _SHORT) for form in _forms(start))


def _forms(text: str) -> Iterator[str]:
    """In lower case: as written without accents, and as it looks."""
    if text.isascii():
        yield text.lower().replace("'", "")
    else:
        written = plain(text)
        yield unaccented(written)
        yield skeleton(written)


def _hints(text: str, *, is_short: bool) -> bool:
    if any(triple in text for triple in _TRIPLES):
        text = _DRAWN_OUT.sub(r"\1", text)
    found = _WORDS.findall(text)
    return not _SIGNALS.isdisjoint(found) or (is_short and (is_spaced_out(found) or not _LETTERS.isdisjoint(found)))


def is_spaced_out(found: Iterable[str]) -> bool:
    """Whether words are one with spaces in it: "y e s"."""
    return "".join(found) in _SPACED
