from __future__ import annotations

import re
from collections.abc import Sequence

import pytest

from agents.routing import matching
from agents.routing.evaluating import load
from agents.routing.matching import ExpressionError, Matcher, compile_alone, is_anchored
from agents.routing.shipped import SHIPPED

EXPRESSIONS = [pattern.expression for pattern in SHIPPED]


def one_by_one(expressions: Sequence[str], text: str) -> list[int]:
    return [place for place, each in enumerate(expressions) if compile_alone(each).search(text)]


@pytest.mark.parametrize(
    ("expression", "anchored"),
    [
        ("^hi$", True),
        ("^(?:a|b)$", True),
        ("^[|(]$", True),
        (r"^a\|b", True),
        ("^a|b", False),
        ("^(?:a)|b", False),
        ("^?a", False),
        ("^*a", False),
        (r"^\Q(\E|b", False),
        ("(?m)^a", False),
        (r"\Aa", False),
        ("a", False),
    ],
)
def test_only_what_surely_begins_at_the_beginning_is_anchored(expression: str, anchored: bool) -> None:
    assert is_anchored(expression) is anchored


def test_groups_find_what_each_expression_finds_alone() -> None:
    matcher = Matcher(EXPRESSIONS)
    for case in load("development")[::3]:
        assert matcher.matching(case.text) == one_by_one(EXPRESSIONS, case.text)


def test_first_is_the_first_of_all() -> None:
    matcher = Matcher(["b", "^a", "a", "^.*b$", *["never"] * 60, "a.*b"])
    for text in ("ab", "ba", "xa", "b", "x", ""):
        assert matcher.first(text) == next(iter(matcher.matching(text)), None)


def test_expressions_are_still_matched_when_memory_does_not_do(monkeypatch: pytest.MonkeyPatch) -> None:
    matcher = Matcher(["hello", "world"])
    for group in matcher._groups:
        monkeypatch.setattr(group, "_set", GaveUp())
    assert matcher.matching("hello world") == [0, 1]
    assert matcher.matching("world") == [1]


class GaveUp:
    """What RE2 answers once it has run out of memory."""

    def Match(self, data: bytes) -> None:  # noqa: N802
        return None


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("(", "missing )"),
        ("(?=a)", "invalid perl operator"),
        (r"(a)\1", "invalid escape"),
        (r"(\pL{100}){9}", "too large"),
        ("a" * 9_000, "longer than"),
        ("\ud800", "not valid text"),
    ],
)
def test_expression_that_cannot_be_used_is_refused_with_the_reason(expression: str, reason: str) -> None:
    with pytest.raises(ExpressionError, match=re.escape(reason)):
        Matcher([expression])


def test_expressions_that_are_too_large_together_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matching, "GROUP_BYTES", 40_000)
    with pytest.raises(ExpressionError, match="too large together"):
        Matcher([f"^{letter}{{200}}$" for letter in "abcdefghij"])


def test_catastrophe_of_other_engines_is_none_here() -> None:
    assert Matcher(["(a+)+$", "(a|aa)+$", "(.*a){20}$"]).matching("a" * 9_999 + "b") == []
