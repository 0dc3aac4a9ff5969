"""Whether a plan can be carried out, and what is wrong with it, in words that help a model to mend it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Any

from agents.planning.schema import STEPS_AT_MOST
from agents.plans import PlanDraft, PlannedStep
from agents.schema import unfit
from agents.text import cut_end, strip_invisible

ID_CHARS = 64
SUMMARY_CHARS = 500
DESCRIPTION_CHARS = 200
TASK_CHARS = 20_000
PROBLEMS_SHOWN = 12

_TEXT = {"type": "string"}
_SHAPE = {
    "type": "object",
    "properties": {
        "summary": _TEXT,
        "steps": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "id": _TEXT,
                    "description": _TEXT,
                    "worker": _TEXT,
                    "task": _TEXT,
                    "depends_on": {"type": "array", "items": _TEXT},
                },
                "required": ["id", "description", "worker", "task"],
            },
        },
    },
    "required": ["summary", "steps"],
}
"""Looser than what models are asked for: endpoints that know no schemas leave out what is empty."""


class Unsound(ValueError):
    """The plan cannot be carried out. `problems`: one sentence each."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = list(problems)


def check(
    answer: Any, *, workers: Collection[str], taken: Collection[str] = (), finished: Collection[str] = ()
) -> PlanDraft:
    """The plan in a model's answer. Raises Unsound with all that is wrong.

    `taken`: ids of earlier steps, which none may have again; `finished`: those of them that may be depended on.
    """
    if wrong := unfit(_SHAPE, answer):
        raise Unsound([f"It does not have the form of a plan: {wrong}."])
    steps = tuple(_step(raw) for raw in answer["steps"])
    if problems := list(_problems(steps, workers, taken, finished)):
        raise Unsound(problems[:PROBLEMS_SHOWN])
    summary = _line(answer["summary"], SUMMARY_CHARS) or "; ".join(step.description for step in steps)
    return PlanDraft(cut_end(summary, SUMMARY_CHARS), steps)


def _step(raw: Mapping[str, Any]) -> PlannedStep:
    task = strip_invisible(raw["task"]).strip()
    return PlannedStep(
        id=_line(raw["id"], ID_CHARS),
        description=_line(raw["description"], DESCRIPTION_CHARS) or _line(task, DESCRIPTION_CHARS),
        worker=raw["worker"].strip(),
        task=cut_end(task, TASK_CHARS),
        depends_on=tuple(dict.fromkeys(_line(each, ID_CHARS) for each in raw.get("depends_on", ()))),
    )


def _line(text: str, limit: int) -> str:
    return " ".join(strip_invisible(text).split())[:limit].rstrip()


def _problems(
    steps: Sequence[PlannedStep], workers: Collection[str], taken: Collection[str], finished: Collection[str]
) -> Iterator[str]:
    if not steps:
        yield "It has no steps."
    if len(steps) > STEPS_AT_MOST:
        yield f"It has {len(steps)} steps; at most {STEPS_AT_MOST} are possible."
    counted = Counter(step.id for step in steps)
    for name, count in counted.items():
        if not name:
            yield "A step has no id."
        elif count > 1:
            yield f"The id {name!r} is used {count} times."
        elif name in taken:
            yield f"The id {name!r} belongs to an earlier step; use a new one."
    for step in steps:
        yield from _problems_of(step, workers, {*counted, *finished})
    if circle := _circle(steps):
        yield f"These steps wait for each other in a circle: {' → '.join(circle)}."


def _problems_of(step: PlannedStep, workers: Collection[str], known: Collection[str]) -> Iterator[str]:
    if step.worker not in workers:
        yield f"Step {step.id!r} names the worker {step.worker[:40]!r}; there are {', '.join(sorted(workers))}."
    if not step.task:
        yield f"Step {step.id!r} has no task."
    for other in step.depends_on:
        if other == step.id:
            yield f"Step {step.id!r} depends on itself."
        elif other not in known:
            yield f"Step {step.id!r} depends on {other!r}, which does not exist."


def _circle(steps: Sequence[PlannedStep]) -> list[str]:
    """The ids along one circle, the first of them again at its end; empty without one."""
    graph = {step.id: [other for other in step.depends_on if other != step.id] for step in steps}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(reversed(error.args[1]))
    return []
