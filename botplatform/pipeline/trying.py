"""compare(): what other patterns would have made of messages that are stored. Computing alone; nothing is read or saved."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import lru_cache

from agents.routing.patterns import Pattern, PatternSet

MOST = 1000
"""Messages that one comparison looks at."""
LONGEST = timedelta(milliseconds=700)
"""After this time no further message is looked at. Compiling comes on top: two tenths of a second for 80 patterns."""


class Kind(StrEnum):
    """What becomes different for a message."""

    CAUGHT = "caught"
    """A pattern decides that did not before."""
    LET_GO = "let go"
    """A pattern decides no longer."""
    RETARGETED = "retargeted"
    """Patterns decide as before, and send it elsewhere."""


@dataclass(frozen=True, slots=True)
class Said:
    """A message as routing was given it."""

    id: int
    text: str
    platform: str
    after_question: bool = False
    """Whether the bot had just asked something."""


@dataclass(frozen=True, slots=True)
class Shift:
    """A message that would go another way."""

    said: Said
    kind: Kind
    before: Pattern | None
    """What decided; None: the router's model."""
    after: Pattern | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """What would change, newest message first."""

    shifts: Sequence[Shift]
    looked_at: int
    """Fewer than were given if time ran out."""
    given: int
    settled_before: int
    """Messages that a pattern decided."""
    settled_after: int
    taken: int
    """Messages that the patterns in question decide afterwards."""
    beside: int
    """Changes that have nothing to do with the patterns in question."""
    renamed: int
    """Messages that another pattern sends to the same agent."""
    milliseconds: int

    def of(self, kind: Kind) -> list[Shift]:
        return [shift for shift in self.shifts if shift.kind == kind]


@lru_cache(maxsize=4)
def compiled(patterns: tuple[Pattern, ...]) -> PatternSet:
    """The patterns, ready to be tried. Raises PatternError, with the reason in words."""
    return PatternSet(patterns)


def compare(
    messages: Sequence[Said],
    before: PatternSet,
    after: PatternSet,
    *,
    about: Collection[str] = (),
    longest: timedelta = LONGEST,
) -> Comparison:
    """Put each message, taken by itself, to both sets. `about`: only what patterns of these names do is listed."""
    began = time.perf_counter()
    shifts: list[Shift] = []
    counts = dict.fromkeys(("looked_at", "settled_before", "settled_after", "taken", "beside", "renamed"), 0)
    ours = [_only(patterns, about) for patterns in (before, after)]
    for said in messages[:MOST]:
        if time.perf_counter() - began > longest.total_seconds():
            break
        old, new = (_decide(patterns, said) for patterns in (before, after))
        counts["looked_at"] += 1
        counts["settled_before"] += old is not None
        counts["settled_after"] += new is not None
        counts["taken"] += new is not None and new.name in about
        if _way(old) == _way(new):
            continue
        if about and not (_named(old, about) or _named(new, about) or any(_matches(own, said) for own in ours)):
            counts["beside"] += _goes_elsewhere(old, new)
        elif kind := _kind(old, new, about):
            shifts.append(Shift(said, kind, old, new))
        else:
            counts["renamed"] += 1
    spent = round((time.perf_counter() - began) * 1000)
    return Comparison(shifts, given=len(messages), milliseconds=spent, **counts)


def _decide(patterns: PatternSet, said: Said) -> Pattern | None:
    return patterns.decide(said.text, said.platform, asked=said.after_question)


def _way(pattern: Pattern | None) -> tuple[str, str] | None:
    return (pattern.name, pattern.target) if pattern else None


def _named(pattern: Pattern | None, names: Collection[str]) -> bool:
    return pattern is not None and pattern.name in names


def _goes_elsewhere(old: Pattern | None, new: Pattern | None) -> bool:
    return (old and old.target) != (new and new.target)


def _kind(old: Pattern | None, new: Pattern | None, about: Collection[str]) -> Kind | None:
    """None if it goes to the same agent by another pattern, unless that pattern is in question."""
    if new is None:
        return Kind.LET_GO
    if old is None:
        return Kind.CAUGHT
    if about and _named(old, about) != _named(new, about):
        return Kind.CAUGHT if _named(new, about) else Kind.LET_GO
    return Kind.RETARGETED if old.target != new.target else None


def _only(patterns: PatternSet, names: Collection[str]) -> PatternSet:
    """Those in question alone: one that leaves messages to the model decides nothing, and yet matches."""
    return PatternSet([pattern for pattern in patterns.patterns if pattern.name in names])


def _matches(patterns: PatternSet, said: Said) -> bool:
    return any(hit for _, hit in patterns.tried(said.text, said.platform))
