"""Which of many expressions match a text, in a few passes over it instead of one for each.

RE2 takes time in proportion to the text, whatever the expression: https://github.com/google/re2/wiki/WhyRE2.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import re2

EXPRESSION_CHARS = 8_000
EXPRESSION_BYTES = 1 << 20
"""What one expression may take when compiled alone, as it is before it is saved."""
GROUP_BYTES = 4 << 20
"""What the expressions of one pass may take together, the states that RE2 remembers included."""
ANCHORED_GROUP = 10
"""Tied to the beginning of the text: their passes end after a few words."""
NARROW_GROUP = 40
"""Matching anywhere, word by word: each pass reads the whole text."""
WIDE_GROUP = 4
"""Matching anywhere and across anything (`.*`): what some of them wait for multiplies the states of a pass."""
_ALWAYS = r"\A"
"""The last expression of each group matches any text: missing from a result, it tells that RE2 ran out of memory."""

_WIDE = re.compile(r"(?:[.\])]|\\[wWSDpPC](?:\{\^?\w+\}|\w)?)(?:[*+]|\{\d*,)")


class ExpressionError(ValueError):
    """An expression cannot be used; the message is RE2's reason."""


class Group:
    """Some expressions, matched in one pass."""

    def __init__(self, numbered: Sequence[tuple[int, str]], *, anchored: bool) -> None:
        """`numbered`: each expression with its place in the order."""
        self.places = [place for place, _ in numbered]
        self._expressions = [expression for _, expression in numbered]
        kind = re2.Set.MatchSet if anchored else re2.Set.SearchSet
        self._set = kind(_options(GROUP_BYTES))
        for expression in (*self._expressions, _ALWAYS):
            self._set.Add(expression)
        self._set.Compile()

    def matching(self, data: bytes) -> Iterator[int]:
        """Places of the expressions that match; one after the other where memory does not do for all at once."""
        found = self._set.Match(data) or []
        if len(self.places) in found:
            return (self.places[index] for index in found if index < len(self.places))
        single = zip(self.places, self._expressions, strict=True)
        return (place for place, expression in single if compile_alone(expression).search(data))


class Matcher:
    """All expressions of a set of patterns."""

    def __init__(self, expressions: Sequence[str]) -> None:
        """Raise ExpressionError for one that RE2 does not take."""
        self._groups = sorted(_groups(expressions), key=lambda group: group.places[0])

    def matching(self, text: str) -> list[int]:
        """Places of the expressions that match, in order."""
        data = text.encode("utf-8", "replace")
        return sorted(place for group in self._groups for place in group.matching(data))

    def first(self, text: str) -> int | None:
        """The first that `matching` would return; passes that cannot find an earlier one are spared."""
        data, best = text.encode("utf-8", "replace"), None
        for group in self._groups:
            if best is not None and group.places[0] > best:
                break
            found = min(group.matching(data), default=None)
            best = found if best is None or (found is not None and found < best) else best
        return best


def compile_alone(expression: str) -> Any:
    """The expression alone, within its own bounds. Raises ExpressionError."""
    _check_length(expression)
    try:
        return re2.compile(expression, options=_options(EXPRESSION_BYTES))
    except re2.error as error:
        reason = error.args[0] if error.args else "it cannot be compiled"
        raise ExpressionError(reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)) from None
    except UnicodeEncodeError:
        raise ExpressionError("it is not valid text") from None


def _check_length(expression: str) -> None:
    if len(expression) > EXPRESSION_CHARS:
        raise ExpressionError(f"it is longer than {EXPRESSION_CHARS:,} characters")


def is_anchored(expression: str) -> bool:
    """Whether the expression surely matches at the beginning alone: it begins with `^`, without an alternative beside."""
    if not expression.startswith("^") or expression[1:2] in ("*", "?", "+", "{") or r"\Q" in expression:
        return False
    depth, in_class, escaped = 0, False, False
    for sign in expression:
        if escaped:
            escaped = False
        elif sign == "\\":
            escaped = True
        elif in_class:
            in_class = sign != "]"
        elif sign == "[":
            in_class = True
        elif sign == "|" and depth == 0:
            return False
        else:
            depth += (sign == "(") - (sign == ")")
    return True


def _groups(expressions: Sequence[str]) -> Iterator[Group]:
    kinds: dict[tuple[bool, int], list[tuple[int, str]]] = {}
    for place, expression in enumerate(expressions):
        _check_length(expression)
        kinds.setdefault(_kind(expression), []).append((place, expression))
    for (anchored, size), members in kinds.items():
        for start in range(0, len(members), size):
            yield _group(members[start : start + size], anchored=anchored)


def _kind(expression: str) -> tuple[bool, int]:
    """Whether it is anchored, and how many of its like go into one pass. A wrong guess costs time alone."""
    if is_anchored(expression):
        return True, ANCHORED_GROUP
    return False, WIDE_GROUP if _WIDE.search(expression) else NARROW_GROUP


def _group(members: Sequence[tuple[int, str]], *, anchored: bool) -> Group:
    try:
        return Group(members, anchored=anchored)
    except (re2.error, UnicodeEncodeError):
        for _, expression in members:
            compile_alone(expression)
        raise ExpressionError("the patterns are too large together") from None


def _options(memory_bytes: int) -> Any:
    options = re2.Options()
    options.case_sensitive = False
    options.never_capture = True
    options.log_errors = False
    options.max_mem = memory_bytes
    return options
