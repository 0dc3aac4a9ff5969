"""A message as phrases: which one begins where, and what stands around it."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, auto

from botplatform.pipeline import verdict_words as words
from botplatform.pipeline.verdict_tokens import Token, one_by_one, phrases


class Part(Enum):
    """What a phrase is; the table of the same name says which ones are."""

    POLITE = auto()
    SORRY = auto()
    ECHO = auto()
    HEDGE = auto()
    ASSENT = auto()
    OK = auto()
    YES = auto()
    APPROVE = auto()
    NO = auto()
    DENY = auto()
    NEGATED = auto()


APPROVING = frozenset((Part.YES, Part.OK, Part.APPROVE))
DENYING = frozenset((Part.NO, Part.DENY, Part.NEGATED))
DECIDING = APPROVING | DENYING
POLITE = frozenset((Part.POLITE, Part.SORRY))
PHRASES = {phrase: part for part in Part for phrase in phrases(getattr(words, part.name))}
"""Where a phrase stands in two tables, the one that agrees less counts."""

STOPS = frozenset(",.!;–\n")
"""Marks between the clauses of a decision."""
TO, NOT, BECAUSE, TURN, CONDITION = map(one_by_one, (words.TO, words.NOT, words.BECAUSE, words.TURN, words.CONDITION))
_LONGEST = max(map(len, PHRASES))
_NEAR = 3


class Text:
    """The tokens of a message. A place is an index into them; before the first and after the last stands nothing."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tokens
        self.texts = tuple(token.text for token in tokens)
        self.is_exact = all(token.is_exact for token in tokens)

    def __len__(self) -> int:
        return len(self.texts)

    def at(self, place: int) -> str:
        return self.texts[place] if 0 <= place < len(self.texts) else ""

    def is_number(self, place: int) -> bool:
        return place < len(self) and self.tokens[place].is_number

    def phrase(self, place: int) -> tuple[Part | None, int]:
        """The longest phrase that begins here, and its length."""
        for length in range(min(_LONGEST, len(self) - place), 0, -1):
            if part := PHRASES.get(self.texts[place : place + length]):
                return part, length
        return None, 0

    def skip(self, place: int, parts: frozenset[Part]) -> int:
        """The place after phrases of these parts and the marks between them."""
        while place < len(self):
            part, length = self.phrase(place)
            if part not in parts and self.texts[place] not in STOPS:
                break
            place += length if part in parts else 1
        return place

    # -- around a place

    def stops(self, place: int) -> bool:
        """Whether there is no word and no number here."""
        return not 0 <= place < len(self) or not (self.tokens[place].is_word or self.tokens[place].is_number)

    def opens(self, place: int) -> bool:
        """Whether a clause begins here."""
        return self.stops(place - 1) or self.texts[place - 1] in TURN | BECAUSE

    def negated(self, place: int) -> bool:
        """Whether a negation stands closely before, in the same clause."""
        for before in range(place - 1, place - 1 - _NEAR, -1):
            if self.stops(before):
                return False
            if self.texts[before] in NOT:
                return True
        return False

    def decides(self, place: int) -> bool:
        """Whether something about a decision begins here."""
        return self.phrase(place)[0] in DECIDING | {Part.HEDGE, Part.ASSENT}

    def stands_alone(self, place: int) -> bool:
        """Whether the word here is a clause of its own, or begins one that goes on deciding."""
        after = place + 1
        return self.opens(place) and (self.stops(after) or self.at(after) in TO | TURN or self.decides(after))

    def asserts(self, place: int) -> bool:
        """Whether a clause from here on begins with a decision."""
        return any(self.phrase(at)[0] in DECIDING and self.stands_alone(at) for at in range(place, len(self)))
