"""What other patterns would have made of stored messages: computed, and nothing else."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from agents.routing.patterns import MESSAGE_CHARS, Pattern, PatternError, PatternSet
from agents.routing.shipped import SHIPPED
from agents.routing.target import HITL, INFO, ROUTER, SIMPLE
from botplatform.pipeline import trying
from botplatform.pipeline.proving import bare
from botplatform.pipeline.trying import Comparison, Kind, Said, compare

HELLO = Pattern("hello", "^hello", SIMPLE)
OWNER = Pattern("owner", "who owns you", INFO)


def said(*texts: str, platform: str = "telegram") -> list[Said]:
    return [Said(number, text, platform) for number, text in enumerate(texts, 1)]


def changed(found: Comparison) -> list[tuple[str, Kind, str, str]]:
    """Text, kind, and the names of what decided before and afterwards."""
    return [
        (
            shift.said.text,
            shift.kind,
            shift.before.name if shift.before else "",
            shift.after.name if shift.after else "",
        )
        for shift in found.shifts
    ]


def test_the_same_patterns_change_nothing() -> None:
    found = compare(said("hello", "what?"), PatternSet([HELLO]), PatternSet([HELLO]))
    assert (found.shifts, found.looked_at, found.settled_before, found.settled_after) == ([], 2, 1, 1)


def test_newly_caught_no_longer_caught_and_sent_elsewhere_are_told_apart() -> None:
    before = PatternSet([HELLO, Pattern("bye", "^bye", SIMPLE)])
    after = PatternSet([Pattern("hello", "^hello", HITL), OWNER])
    found = compare(said("hello", "bye", "who owns you?", "what?"), before, after)
    assert changed(found) == [
        ("hello", Kind.RETARGETED, "hello", "hello"),
        ("bye", Kind.LET_GO, "bye", ""),
        ("who owns you?", Kind.CAUGHT, "", "owner"),
    ]
    assert [shift.said.text for shift in found.of(Kind.LET_GO)] == ["bye"]
    assert (found.settled_before, found.settled_after) == (2, 2)


def test_another_pattern_with_the_same_agent_changes_nothing_for_people() -> None:
    found = compare(said("hello"), PatternSet([HELLO]), PatternSet([Pattern("greeting", "^hello", SIMPLE)]))
    assert (found.shifts, found.renamed) == ([], 1)


def test_of_a_pattern_in_question_only_its_own_changes_are_listed() -> None:
    after = PatternSet([OWNER, Pattern("weather", "weather", SIMPLE)])
    found = compare(said("hello", "who owns you", "weather?"), PatternSet([HELLO]), after, about={"owner"})
    assert changed(found) == [("who owns you", Kind.CAUGHT, "", "owner")]
    assert (found.taken, found.beside) == (1, 2)


def test_a_pattern_in_question_takes_from_others_even_with_the_same_agent() -> None:
    mine = Pattern("mine", "^hello", SIMPLE)
    found = compare(said("hello"), PatternSet([HELLO]), PatternSet([mine, HELLO]), about={"mine"})
    assert changed(found) == [("hello", Kind.CAUGHT, "hello", "mine")]
    back = compare(said("hello"), PatternSet([mine, HELLO]), PatternSet([HELLO]), about={"mine"})
    assert changed(back) == [("hello", Kind.LET_GO, "mine", "hello")]


def test_a_pattern_that_got_another_name_is_the_same_one() -> None:
    renamed = Pattern("hallo", "^hello", HITL)
    found = compare(said("hello"), PatternSet([HELLO]), PatternSet([renamed]), about={"hello", "hallo"})
    assert changed(found) == [("hello", Kind.RETARGETED, "hello", "hallo")]


def test_a_pattern_that_leaves_messages_to_the_model_lets_them_go() -> None:
    left = Pattern("left", "^hello boss", ROUTER)
    found = compare(said("hello boss", "hello"), PatternSet([HELLO]), PatternSet([left, HELLO]), about={"left"})
    assert changed(found) == [("hello boss", Kind.LET_GO, "hello", "")]
    gone = compare(said("hello boss"), PatternSet([left, HELLO]), PatternSet([HELLO]), about={"left"})
    assert changed(gone) == [("hello boss", Kind.CAUGHT, "", "hello")]


def test_a_pattern_for_one_platform_catches_nothing_on_another() -> None:
    only = PatternSet([Pattern("hello", "^hello", SIMPLE, platform="github")])
    messages = [*said("hello"), *said("hello", platform="github")]
    [shift] = compare(messages, PatternSet([]), only).shifts
    assert shift.said.platform == "github"


def test_a_bare_answer_to_a_question_stays_with_the_model() -> None:
    yes = PatternSet([Pattern("yes", "^yes$", SIMPLE)])
    asked, alone = (Said(number, "yes", "telegram", after_question=bool(number)) for number in (1, 0))
    assert compare([asked], PatternSet([]), yes).shifts == []
    assert len(compare([alone], PatternSet([]), yes).shifts) == 1


def test_a_message_that_patterns_do_not_look_at_is_caught_by_none() -> None:
    everything = PatternSet([Pattern("all", "word", SIMPLE)])
    assert compare(said("word " * MESSAGE_CHARS), PatternSet([]), everything).shifts == []


def test_no_more_messages_are_looked_at_than_allowed() -> None:
    found = compare(said(*["hello"] * (trying.MOST + 5)), PatternSet([]), PatternSet([HELLO]))
    assert (found.looked_at, len(found.shifts)) == (trying.MOST, trying.MOST)


def test_when_time_runs_out_it_says_how_far_it_came() -> None:
    found = compare(said("hello", "hello"), PatternSet([]), PatternSet([HELLO]), longest=timedelta(seconds=-1))
    assert (found.looked_at, found.given, found.shifts) == (0, 2, [])


def test_what_cannot_be_compiled_says_why() -> None:
    with pytest.raises(PatternError, match="look: "):
        trying.compiled((Pattern("look", "(?<=a)b", SIMPLE),))


def test_a_thousand_long_messages_end_in_time() -> None:
    shipped = tuple(map(bare, SHIPPED))
    before, after = trying.compiled(shipped), trying.compiled((*shipped, OWNER))
    messages = said(*(f"{n} {'some words and others ' * 450}" for n in range(trying.MOST)))
    began = time.thread_time()
    found = compare(messages, before, after, longest=timedelta(seconds=0.5))
    assert time.thread_time() - began < 1
    assert 0 < found.looked_at <= trying.MOST
