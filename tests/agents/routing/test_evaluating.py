from __future__ import annotations

import json

import pytest

from agents.base import Turn
from agents.routing.evaluating import NAMES, OPEN, Case, Decided, Report, by_patterns, evaluate, load, loses
from agents.routing.patterns import Pattern, PatternSet
from agents.routing.reporting import text_of
from agents.routing.target import HITL, INFO, SIMPLE


def report(*outcomes: str) -> Report:
    """One case each: `simple>hitl` for a wrong one, `info>` for one that is left open."""
    names = {"simple": SIMPLE, "hitl": HITL, "info": INFO, "": ""}
    found = []
    for number, outcome in enumerate(outcomes):
        right, _, got = outcome.partition(">")
        decided = Decided("pattern" if got else "", names[got], milliseconds=number + 1)
        found.append((Case(f"text {number}", "telegram", names[right]), decided))
    return Report(found)


MIXED = report("simple>simple", "simple>simple", "hitl>simple", "info>")


def test_figures_are_those_of_the_cases() -> None:
    assert (MIXED.cases, MIXED.settled(), MIXED.right(), MIXED.wrong()) == (4, 3, 2, 1)
    assert MIXED.precision("pattern") == pytest.approx(2 / 3)
    assert MIXED.share("pattern") == 0.75


def test_accuracy_is_told_only_when_every_case_is_settled() -> None:
    assert MIXED.accuracy() is None
    assert report("simple>simple", "hitl>simple").accuracy() == 0.5


def test_matrix_shows_what_went_where() -> None:
    assert MIXED.matrix() == {
        SIMPLE: {SIMPLE: 2, OPEN: 0},
        HITL: {SIMPLE: 1, OPEN: 0},
        INFO: {SIMPLE: 0, OPEN: 1},
    }


def test_latency_has_its_percentiles_by_method() -> None:
    many = report(*["simple>simple"] * 200, "simple>")
    assert many.latency("pattern") == {"p50": 100, "p95": 190, "p99": 198, "max": 200}
    assert many.latency("model") == many.latency("pattern", own=True) == {}


def test_figures_can_be_stored_without_the_cases() -> None:
    stored = json.dumps(MIXED.as_dict())
    assert "text 0" not in stored
    assert json.loads(stored)["methods"]["pattern"]["right"] == 2


def test_no_cases_make_no_figures() -> None:
    assert evaluate([], by_patterns(PatternSet([]))).as_dict()["accuracy"] is None


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        ([">"] * 10, ["simple>simple"] * 10, ""),
        (["simple>simple"] * 10, ["simple>simple"] * 10, ""),
        (["hitl>simple", *["simple>simple"] * 9], ["hitl>hitl", *["simple>simple"] * 9], ""),
        (["hitl>simple", *["simple>simple"] * 19], ["hitl>simple", *["simple>simple"] * 18, "simple>"], ""),
        (["simple>"] * 10, ["simple>hitl", *["simple>"] * 9], "precision would fall from 100.0% to 0.0%"),
        (["simple>simple"] * 10, ["simple>hitl", *["simple>simple"] * 9], "right now and wrong then: 1"),
        (["simple>", *["simple>simple"] * 9], ["simple>hitl", *["simple>simple"] * 9], "precision would fall from 100.0% to 90.0%"),
        (["simple>simple"] * 10, [*["simple>simple"] * 8, "simple>", "simple>"], "settle 80% of the cases instead of 100%"),
    ],
)  # fmt: skip
def test_loss_is_told(before: list[str], after: list[str], why: str) -> None:
    wanted = [each.partition(">")[0] or "simple" for each in after]
    started = [each if each != ">" else f"{name}>" for each, name in zip(before, wanted, strict=True)]
    said = loses(report(*started), report(*after))
    assert (why in said) if why else said == ""


def test_question_that_was_asked_is_taken_into_account() -> None:
    rules = PatternSet([Pattern("consent", "^yes$", HITL)])
    turns = (Turn("assistant", "Shall I tell you more?"), Turn("user", "Hm."))
    cases = [Case("yes", "telegram", HITL), Case("yes", "telegram", SIMPLE, turns)]
    got = [decided.target for _, decided in evaluate(cases, by_patterns(rules)).outcomes]
    assert got == [HITL, ""]


@pytest.mark.parametrize("name", NAMES)
def test_sets_of_cases_are_there(name: str) -> None:
    assert len(load(name)) > 100


def test_unknown_set_is_refused() -> None:
    with pytest.raises(ValueError, match="there are development"):
        load("../secret")


def test_text_says_what_was_not_measured() -> None:
    text = text_of("some", MIXED)
    assert "patterns settle 3 of 4 (75.0%), 2 of them right: precision 66.7%" in text
    assert "model: not measured" in text
    assert "accuracy: not measured (1 cases are left to the model)" in text


def test_text_names_the_model_that_was_asked() -> None:
    both = Report([*MIXED.outcomes[:3], (MIXED.outcomes[3][0], Decided("model", INFO, 800.0, 4.0))])
    text = text_of("some", both, model="anthropic:small")
    assert "the model settles 1 of 4 (25.0%), 1 of them right: precision 100.0%" in text
    assert "model: anthropic:small" in text
    assert "accuracy: 3 of 4 (75.0%)" in text
    assert "the model, our own part  4.000" in text
