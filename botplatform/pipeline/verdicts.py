"""read(): a chat message as a decision on what waits for approval. Whatever is not certainly a decision is none.

A message approves only if all of it, each line and every word, fits a closed grammar; a negation that is not part of
a decision of its own ("approve 1 and deny 2") takes it out of the grammar. A denial may go on with its reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from botplatform.pipeline import verdict_words as words
from botplatform.pipeline.verdict_doubts import begins_like_one, is_about_one
from botplatform.pipeline.verdict_grammar import Item, whole
from botplatform.pipeline.verdict_phrases import APPROVING, DENYING, POLITE, Part, Text
from botplatform.pipeline.verdict_refusals import refusal
from botplatform.pipeline.verdict_signals import LONGEST, concerns_decision
from botplatform.pipeline.verdict_tokens import tokens, visible

__all__ = ["LONGEST", "Decision", "Meaning", "Reading", "concerns_decision", "read"]

_COMMENT = 1000


class Meaning(StrEnum):
    APPROVE = "approve"
    """At least one thing is approved; with two decisions, others are denied."""
    DENY = "deny"
    """What is named is denied."""
    UNCLEAR = "unclear"
    """About a decision, and not one: to be asked again."""
    OTHER = "other"
    """Part of the conversation."""


@dataclass(frozen=True, slots=True)
class Decision:
    """APPROVE or DENY, and of what: numbers, everything, or neither: then of the only one that is open."""

    meaning: Meaning
    numbers: tuple[int, ...] = ()
    everything: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """What a message means, and its decisions if it is APPROVE or DENY: one, or one of each on different numbers."""

    meaning: Meaning
    decisions: tuple[Decision, ...] = ()
    comment: str = ""
    """What follows a denial, such as "because it is still needed"; at most 1,000 characters."""


def read(text: str) -> Reading:
    """What a message decides. Never raises, whatever the text; looks at its first 300 characters alone."""
    if not concerns_decision(text):
        return Reading(Meaning.OTHER)
    message = Text(tokens(text[:LONGEST]))
    if len(text) > LONGEST:
        return _refused(message, text) or Reading(_undecided(begins_like_one(message)))
    return _decided(message) or _refused(message, text) or Reading(_undecided(is_about_one(message)))


def _undecided(about_one: bool) -> Meaning:
    return Meaning.UNCLEAR if about_one else Meaning.OTHER


# -- whole decisions

_LETTERS = {words.ALONE_YES: Part.YES, words.ALONE_NO: Part.NO}


def _decided(message: Text) -> Reading | None:
    items = _alone(message) or whole(message)
    if not items or (any(item.part in APPROVING for item in items) and not message.is_exact):
        return None
    decisions = _settled(items)
    if not decisions:
        return None
    approves = any(decision.meaning is Meaning.APPROVE for decision in decisions)
    return Reading(Meaning.APPROVE if approves else Meaning.DENY, decisions)


def _alone(message: Text) -> list[Item]:
    """A "y" or "n" that is the only word."""
    start = message.skip(0, POLITE)
    if message.at(start) not in _LETTERS or message.skip(start + 1, POLITE) < len(message):
        return []
    return [Item(_LETTERS[message.at(start)], start + 1)]


def _settled(items: Sequence[Item]) -> tuple[Decision, ...]:
    """One decision for each meaning, in their order; none when they contradict each other."""
    yes = [item for item in items if item.part in APPROVING]
    no = [item for item in items if item.part in DENYING]
    if yes and no and not _go_together(yes, no):
        return ()
    sides = [(side[0].end, meaning, side) for meaning, side in ((Meaning.APPROVE, yes), (Meaning.DENY, no)) if side]
    found = [_merged(meaning, side) for _, meaning, side in sorted(sides, key=lambda side: side[0])]
    return tuple(decision for decision in found if decision) if all(found) else ()


def _go_together(yes: Sequence[Item], no: Sequence[Item]) -> bool:
    """Whether both name numbers, none of them twice, and nothing is merely taken back."""
    numbers = [{number for item in side for number in item.numbers} for side in (yes, no)]
    named = all(item.numbers for item in (*yes, *no))
    return named and not numbers[0] & numbers[1] and not any(item.part is Part.NEGATED for item in no)


def _merged(meaning: Meaning, items: Sequence[Item]) -> Decision | None:
    numbers = tuple(dict.fromkeys(number for item in items for number in item.numbers))
    everything = any(item.everything for item in items)
    return None if numbers and everything else Decision(meaning, numbers, everything)


# -- refusals that go on


def _refused(message: Text, text: str) -> Reading | None:
    found = refusal(message)
    if found is None:
        return None
    decision = Decision(Meaning.DENY, found.numbers, found.everything)
    start = message.tokens[found.end].start if found.end < len(message) else len(text)
    comment = visible(text[start : start + 2 * _COMMENT]).strip(" \t\n,.;:!…–—-")[:_COMMENT]
    return Reading(Meaning.DENY, (decision,), comment)
