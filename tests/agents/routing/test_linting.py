from __future__ import annotations

from typing import Any

import pytest

from agents.routing.linting import lint, lint_all
from agents.routing.patterns import Pattern, PatternSet
from agents.routing.target import ROUTER, SIMPLE


def pattern(expression: str, *, yes: str = "", no: str = "", target: str = SIMPLE, **more: Any) -> Pattern:
    tests = [{"text": text, "matches": True} for text in yes.split("|") if yes]
    tests += [{"text": text, "matches": False} for text in no.split("|") if no]
    return Pattern(more.pop("name", "this"), expression, target, tests=tests, **more)


def test_good_pattern_has_no_finding() -> None:
    assert lint(pattern("^good evening$", yes="good evening|Good Evening", no="good evening, delete it"), []) == []


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (pattern("(", yes="a"), "missing )"),
        (pattern("^hi$", yes="hello"), "'hello' should match and does not"),
        (pattern("hi", yes="hi", no="this"), "'this' should not match and does"),
        (pattern("^zyzzyva$"), "never matches"),
        (pattern("^hi$", target="code-worker", yes="hi"), "is a worker"),
        (pattern(".*", yes="a"), "every message"),
        (pattern("^$|.?", yes="a"), "every message"),
        (pattern("[aeiou]", yes="a"), "nearly everything"),
        (Pattern("this", "^hi$", SIMPLE, tests=[{"text": "hi"}]), "Each test must be"),
        (Pattern("this", "^hi$", SIMPLE, tests=["hi"]), "Each test must be"),  # type: ignore[list-item]
    ],
    ids=lambda value: value.expression if isinstance(value, Pattern) else "",
)
def test_finding_is_told_in_words(bad: Pattern, said: str) -> None:
    found = lint(bad, [])
    assert len(found) == 1
    assert said in found[0]


def test_pattern_without_tests_is_fine_if_usual_messages_match() -> None:
    assert lint(pattern(r"\bpull request\b"), []) == []


def test_pattern_whose_tests_are_all_taken_earlier_is_shadowed() -> None:
    earlier = [pattern("^hi", name="wide"), pattern("^hello", name="other")]
    assert (
        "taken by earlier patterns (other, wide)"
        in lint(pattern("^(hi|hello) there$", yes="hi there|hello there"), earlier)[0]
    )
    assert lint(pattern("^(hi|hey) there$", yes="hi there|hey there"), earlier) == []


def test_pattern_for_one_platform_shadows_none_for_all() -> None:
    earlier = [pattern("^hi", name="wide", platform="github")]
    assert lint(pattern("^hi there$", yes="hi there"), earlier) == []
    assert "shadowed" in lint(pattern("^hi there$", yes="hi there", platform="github"), earlier)[0]


def test_earlier_pattern_that_cannot_be_used_is_told() -> None:
    assert "with the others" in lint(pattern("^hi$", yes="hi"), [pattern("(", name="broken")])[0]


def test_pattern_that_leaves_to_the_model_may_match_much() -> None:
    assert lint(pattern("[aeiou]", yes="a", target=ROUTER), []) == []


def test_all_of_a_set_are_judged_in_its_order() -> None:
    first, second = pattern("^hi$", name="first", yes="hi"), pattern("^hi$", name="second", yes="hi")
    assert list(lint_all(PatternSet([first, second]))) == ["second"]
