from __future__ import annotations

import itertools
from typing import Any

import pytest

from agents.planning.checking import Unsound, check
from agents.plans import PlannedStep
from tests.agents.plans import WORKERS, plan_of, step


def problems(plan: Any, **given: Any) -> list[str]:
    with pytest.raises(Unsound) as caught:
        check(plan, workers=given.pop("workers", WORKERS), **given)
    return caught.value.problems


def test_sound_plan_becomes_a_draft() -> None:
    draft = check(plan_of(step("a"), step("b", worker="code", after=["a"])), workers=WORKERS)
    assert draft.summary == "Find it out"
    assert draft.steps[1] == PlannedStep("b", "Look into b", "code", "Find out about b.", ("a",))


@pytest.mark.parametrize(
    ("plan", "says"),
    [
        (None, "does not have the form"),
        ([], "does not have the form"),
        ({}, "'summary' is a required property"),
        ({"summary": "x"}, "'steps' is a required property"),
        ({"summary": "x", "steps": "none"}, "is not of type 'array'"),
        (plan_of({"id": "a"}), "is a required property"),
        (plan_of(step("a", depends_on=None)), "is not of type 'array'"),
        (plan_of(step("a", task=7)), "is not of type 'string'"),
        (plan_of(), "It has no steps."),
        (plan_of(step("")), "A step has no id."),
        (plan_of(step("\u200b ")), "A step has no id."),
        (plan_of(step("a"), step("b"), step("a")), "The id 'a' is used 2 times."),
        (plan_of(step("a", worker="painter")), "names the worker 'painter'; there are code, github, research."),
        (plan_of(step("a", worker="")), "names the worker ''"),
        (plan_of(step("a", task="  ")), "Step 'a' has no task."),
        (plan_of(step("a", after=["b"])), "Step 'a' depends on 'b', which does not exist."),
        (plan_of(step("a", after=["a"])), "Step 'a' depends on itself."),
    ],
)
def test_what_is_wrong_is_named(plan: Any, says: str) -> None:
    (problem,) = problems(plan)
    assert says in problem


@pytest.mark.parametrize("count", [2, 3, 10])
def test_circle_of_any_length_is_named_along_its_way(count: int) -> None:
    names = [f"s{number}" for number in range(count)]
    (problem,) = problems(plan_of(*(step(name, after=[names[place - 1]]) for place, name in enumerate(names))))
    way = problem.partition(": ")[2].rstrip(".").split(" → ")
    assert way[0] == way[-1]
    assert sorted(way[1:]) == sorted(names)
    assert all((names.index(one) - 1) % count == names.index(other) for one, other in itertools.pairwise(way))


def test_circle_beside_sound_steps_is_found() -> None:
    plan = plan_of(step("a"), step("b", after=["a", "d"]), step("c", after=["b"]), step("d", after=["c"]), step("e"))
    assert "circle" in problems(plan)[0]


def test_every_order_of_a_sound_plan_is_sound() -> None:
    steps = [step("a"), step("b", after=["a"]), step("c", after=["a"]), step("d", after=["b", "c"])]
    for order in itertools.permutations(steps):
        assert len(check(plan_of(*order), workers=WORKERS).steps) == 4


@pytest.mark.parametrize(("count", "sound"), [(1, True), (10, True), (11, False), (60, False)])
def test_ten_steps_are_the_most(count: int, sound: bool) -> None:
    plan = plan_of(*(step(f"s{number}") for number in range(count)))
    if sound:
        assert len(check(plan, workers=WORKERS).steps) == count
    else:
        assert problems(plan) == [f"It has {count} steps; at most 10 are possible."]


def test_all_problems_are_named_at_once() -> None:
    plan = plan_of(step("a", worker="painter", after=["a", "z"]), step("a"))
    assert len(problems(plan)) == 4


def test_workers_that_are_not_offered_are_unknown() -> None:
    assert "there are research" in problems(plan_of(step("a", worker="code")), workers=["research"])[0]


def test_missing_list_of_dependencies_means_none() -> None:
    bare = {name: value for name, value in step("a").items() if name != "depends_on"}
    assert check(plan_of(bare), workers=WORKERS).steps[0].depends_on == ()


def test_dependency_that_is_named_twice_counts_once() -> None:
    draft = check(plan_of(step("a"), step("b", after=["a", "a", " a "])), workers=WORKERS)
    assert draft.steps[1].depends_on == ("a",)


def test_texts_are_made_fit_to_show() -> None:
    draft = check(plan_of(step("a", description="\u202eone\n two"), summary=" \n"), workers=WORKERS)
    assert (draft.summary, draft.steps[0].description) == ("one two", "one two")


def test_overlong_texts_are_cut() -> None:
    draft = check(plan_of(step("a", description="d" * 999, task="t" * 99_999), summary="s" * 9_999), workers=WORKERS)
    assert len(draft.summary) <= 500
    assert len(draft.steps[0].description) == 200
    assert "more characters were left out" in draft.steps[0].task


def test_ids_of_earlier_steps_are_taken() -> None:
    assert problems(plan_of(step("a")), taken=["a"]) == ["The id 'a' belongs to an earlier step; use a new one."]


def test_finished_steps_may_be_depended_on_and_failed_ones_not() -> None:
    plan = plan_of(step("c", after=["a"]))
    assert check(plan, workers=WORKERS, taken=["a", "b"], finished=["a"]).steps[0].depends_on == ("a",)
    plan = plan_of(step("c", after=["b"]))
    assert "which does not exist" in problems(plan, taken=["a", "b"], finished=["a"])[0]
