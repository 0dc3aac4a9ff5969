"""The first stage of routing: expressions that operators edit, tried in order, with RE2 and within bounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agents.routing.answers import is_bare_answer
from agents.routing.matching import ExpressionError, Matcher, compile_alone
from agents.routing.normalising import messages_of
from agents.routing.target import ROUTER

MESSAGE_CHARS = 10_000
"""Longer texts are settled by no pattern: somebody who writes that much wants more than a rule can know."""
MAX_PATTERNS = 500


@dataclass(frozen=True, slots=True)
class Pattern:
    """One rule: a message that `expression` matches goes to `target`."""

    name: str
    expression: str
    """RE2; letters match in either case. It may match anywhere in the message: `^` and `$` tie it to the ends."""
    target: str
    """The agent that answers; `router-agent` leaves the message to the model, whatever later patterns say."""
    platform: str = ""
    """Empty: all platforms."""
    tests: Sequence[Mapping[str, Any]] = ()
    """`{"text": …, "matches": true or false}` each."""


class PatternError(ValueError):
    """A pattern cannot be used; the message says which and why."""


class PatternSet:
    """Patterns in force, in order."""

    def __init__(self, patterns: Sequence[Pattern]) -> None:
        """Raise PatternError for an expression that does not compile, and beyond the bounds."""
        self.patterns = tuple(patterns)
        if len(self.patterns) > MAX_PATTERNS:
            raise PatternError(f"there are {len(self.patterns)} patterns, and at most {MAX_PATTERNS} are allowed")
        platforms = {"", *(pattern.platform for pattern in self.patterns)}
        self._by_platform = {platform: _Rules(self.patterns, platform) for platform in platforms}

    def decide(self, text: str, platform: str, *, asked: bool = False) -> Pattern | None:
        """Return the first pattern that matches, or None if that is for the model to say.

        Of messages that are answered together each must be settled, and all on the same target. `asked`: the bot's
        last message put a question, so that a bare "yes" or "ok" answers it and is left to the model.
        """
        chosen: Pattern | None = None
        for message in _bounded(text):
            found = self._rules(platform).first(message)
            if found is None or found.target == ROUTER or (asked and is_bare_answer(message)):
                return None
            if chosen and found.target != chosen.target:
                return None
            chosen = chosen or found
        return chosen

    def tried(self, text: str, platform: str) -> list[tuple[str, bool]]:
        """Every pattern for the platform, in order, and whether it matches one of the messages."""
        rules = self._rules(platform)
        matching = {place for message in _bounded(text) for place in rules.matcher.matching(message)}
        return [(pattern.name, place in matching) for place, pattern in enumerate(rules.patterns)]

    def _rules(self, platform: str) -> _Rules:
        return self._by_platform.get(platform, self._by_platform[""])


class _Rules:
    """The patterns that apply to one platform."""

    def __init__(self, patterns: Sequence[Pattern], platform: str) -> None:
        self.patterns = [pattern for pattern in patterns if pattern.platform in ("", platform)]
        try:
            self.matcher = Matcher([pattern.expression for pattern in self.patterns])
        except ExpressionError as error:
            raise PatternError(_whose(self.patterns) or str(error)) from None

    def first(self, message: str) -> Pattern | None:
        place = self.matcher.first(message)
        return None if place is None else self.patterns[place]


def compiled(pattern: Pattern) -> Any:
    """The pattern's expression alone, as RE2 has it. Raises PatternError with RE2's reason."""
    try:
        return compile_alone(pattern.expression)
    except ExpressionError as error:
        raise PatternError(f"{pattern.name}: {error}") from None


def _whose(patterns: Sequence[Pattern]) -> str:
    """The complaint about the first pattern that cannot be used; empty if it is about all together."""
    for pattern in patterns:
        try:
            compiled(pattern)
        except PatternError as error:
            return str(error)
    return ""


def _bounded(text: str) -> list[str]:
    return [] if len(text) > MESSAGE_CHARS else messages_of(text)
