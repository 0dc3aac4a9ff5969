"""The shipped patterns against the goals they must reach, and against messages that look like others."""

from __future__ import annotations

import pytest

from agents.routing.evaluating import Report, by_patterns, evaluate, load
from agents.routing.linting import lint_all
from agents.routing.patterns import PatternSet
from agents.routing.shipped import SHIPPED
from agents.routing.target import HITL, INFO, LEAD_RESEARCHER, ORCHESTRATOR, ROUTER, SIMPLE, TARGETS

RULES = PatternSet(SHIPPED)


def report(name: str) -> Report:
    return evaluate(load(name), by_patterns(RULES))


@pytest.mark.parametrize("name", ["held_out", "chat_mix", "development"])
def test_what_patterns_settle_is_right_in_98_of_100_cases(name: str) -> None:
    found = report(name)
    assert found.settled() >= 40
    assert (found.precision() or 0) >= 0.98


def test_patterns_settle_three_fifths_of_a_usual_chat() -> None:
    assert report("chat_mix").share("pattern") >= 0.6


def test_linter_has_nothing_to_say() -> None:
    assert lint_all(RULES) == {}


def test_names_are_unique_and_every_pattern_has_tests_of_its_own() -> None:
    assert len({pattern.name for pattern in SHIPPED}) == len(SHIPPED)
    assert [pattern.name for pattern in SHIPPED if not any(test["matches"] for test in pattern.tests)] == []


def test_every_target_is_served() -> None:
    assert {pattern.target for pattern in SHIPPED} == {*TARGETS, ROUTER}


SETTLED = {
    SIMPLE: [
        "hi",
        "Guten Abend!",
        "merci beaucoup",
        "ok, thanks, bye",
        "haha 😂",
        "what's 18% of 250?",
        "what time is it in Lima?",
        "tell me a joke",
        "how do I write a unit test in pytest?",
        "what does idempotent mean?",
        "translate good luck to Polish",
        "remind me to water the plants tomorrow",
    ],
    HITL: [
        "yes",
        "no thanks",
        "approve 4",
        "/deny 2",
        "hi! can you merge #12?",
        "delete our chat history",
        "Ja, mach das",
    ],
    INFO: ["help", "/help", "who are you?", "what can you do", "are you a real person?", "¿quién eres?"],
    ORCHESTRATOR: [
        "show me the diff of #12",
        "review PR 12",
        "fix the failing test",
        "weather in Rome tomorrow",
        "why did the build fail?",
        "what is blocking the release",
    ],
    LEAD_RESEARCHER: [
        "do some research on heat pumps in old houses",
        "find three studies on screen time and sleep in children",
    ],
}


@pytest.mark.parametrize(("target", "text"), [(target, text) for target, texts in SETTLED.items() for text in texts])
def test_plain_message_is_settled(target: str, text: str) -> None:
    found = RULES.decide(text, "telegram")
    assert found is not None
    assert found.target == target


LOOK_ALIKES = [
    "thanks, now delete the branch",
    "hello world in rust",
    "ok but do it tomorrow",
    "yes but not now",
    "yes?",
    "no way, that's amazing",
    "no, I meant the other one",
    "don't merge it, only look",
    "what happens when I merge a PR?",
    "close enough",
    "cancel my subscription",
    "can you merge?",
    "merge",
    "merge what the two papers say",
    "help me with my homework",
    "help wanted",
    "who are you going to assign this to",
    "what can you do about the failing tests?",
    "are you sure?",
    "show PR 12",
    "how do I write a unit test",
    "how do I delete my data with you",
    "how do I close my account",
    "how do I install you",
    "explain this function",
    "what is a good laptop for students",
    "translate docs/index.md to french",
    "what's the weather in Oslo and remind me to call Bob",
    "review my cover letter",
    "assign blame",
    "label me impressed",
    "why are tests important?",
    "compare these two functions",
    "remind me who you are",
    "forget about it",
    "restart my router",
    "should I deploy today",
    "push it real good",
    "hi\n---\ndelete the branch",
    "summarise https://example.org/a and post it",
]


@pytest.mark.parametrize("text", LOOK_ALIKES)
def test_look_alike_is_left_to_the_model(text: str) -> None:
    assert RULES.decide(text, "github") is None


@pytest.mark.parametrize("text", ["yes", "no", "ok", "👍", "sure", "ja", "non merci"])
def test_answer_to_a_question_of_the_bot_is_left_to_the_model(text: str) -> None:
    assert RULES.decide(text, "telegram", asked=True) is None
