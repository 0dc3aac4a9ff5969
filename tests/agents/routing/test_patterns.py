from __future__ import annotations

import pytest

from agents.routing.patterns import MAX_PATTERNS, MESSAGE_CHARS, Pattern, PatternError, PatternSet, compiled
from agents.routing.target import HITL, INFO, ROUTER, SIMPLE

GREETING = Pattern("greeting", r"^(?:hi|hello)\b.*$", SIMPLE)
HELP = Pattern("help", r"\bhelp\b", INFO)
CONSENT = Pattern("consent", r"^yes[.!]*$", HITL)
RULES = PatternSet([GREETING, HELP, CONSENT])


def decided(text: str, *, rules: PatternSet = RULES, platform: str = "telegram", asked: bool = False) -> str:
    found = rules.decide(text, platform, asked=asked)
    return found.name if found else ""


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("hello", "greeting"),
        ("HELLO!", "greeting"),
        ("  hi there ", "greeting"),
        ("hi, help me", "greeting"),
        ("I need Help.", "help"),
        ("what is this", ""),
        ("", ""),
        ("\u200b", ""),
    ],
)
def test_first_that_matches_decides(text: str, name: str) -> None:
    assert decided(text) == name


@pytest.mark.parametrize("count", [0, 1, -1])
def test_no_pattern_settles_a_text_beyond_the_bound(count: int) -> None:
    text = "help " + "x" * (MESSAGE_CHARS - 5 + count)
    assert decided(text) == ("help" if count <= 0 else "")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("hi\n---\nhello", "greeting"),
        ("hi\n---\n \n---\nhello", "greeting"),
        ("hi\n---\nhelp", ""),
        ("hi\n---\nwhat is this", ""),
        ("what is this\n---\nhi", ""),
    ],
)
def test_messages_answered_together_are_settled_all_and_alike_or_not_at_all(text: str, name: str) -> None:
    assert decided(text) == name


def test_pattern_holds_for_its_platform_alone() -> None:
    rules = PatternSet([Pattern("here", "^ping$", INFO, platform="github"), Pattern("everywhere", "^ping$", SIMPLE)])
    assert decided("ping", rules=rules, platform="github") == "here"
    assert decided("ping", rules=rules, platform="telegram") == "everywhere"
    assert decided("ping", rules=rules, platform="one nobody knows") == "everywhere"


def test_pattern_that_names_the_router_leaves_the_message_to_the_model() -> None:
    rules = PatternSet([Pattern("leave", "#[0-9]+", ROUTER), HELP])
    assert decided("help", rules=rules) == "help"
    assert decided("help with #12", rules=rules) == ""


@pytest.mark.parametrize(
    ("text", "asked", "name"), [("yes", False, "consent"), ("yes", True, ""), ("hi", True, "greeting")]
)
def test_bare_answer_to_a_question_is_left_to_the_model(text: str, asked: bool, name: str) -> None:
    assert decided(text, asked=asked) == name


def test_tried_tells_of_each_pattern_whether_it_matches() -> None:
    assert RULES.tried("hi, help me", "telegram") == [("greeting", True), ("help", True), ("consent", False)]
    assert RULES.tried("x\n---\nyes", "telegram") == [("greeting", False), ("help", False), ("consent", True)]


def test_no_patterns_settle_nothing() -> None:
    assert decided("hi", rules=PatternSet([])) == ""


def test_pattern_that_cannot_be_used_is_named_with_the_reason() -> None:
    with pytest.raises(PatternError, match=r"^broken: missing \)"):
        PatternSet([GREETING, Pattern("broken", "(", SIMPLE)])
    with pytest.raises(PatternError, match=r"^broken: "):
        compiled(Pattern("broken", "(?<!a)b", SIMPLE))


def test_too_many_patterns_are_refused() -> None:
    with pytest.raises(PatternError, match=f"at most {MAX_PATTERNS}"):
        PatternSet([GREETING] * (MAX_PATTERNS + 1))
