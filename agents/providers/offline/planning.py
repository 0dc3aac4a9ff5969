"""Cutting a request into steps or sub-questions, by its full stops, its "then" and its "and"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from agents.providers.offline.classifying import category_of, stages

PLAN = {"summary", "steps"}
QUESTIONS = {"effort", "questions"}
MAX_STEPS = 10
_AND = re.compile(r",\s+(?:and\s+)?|\s+and\s+", re.IGNORECASE)
_ENOUGH = (("minimal", 2), ("standard", 5), ("thorough", MAX_STEPS))


def plan(text: str, workers: tuple[str, ...] = ("code", "github", "research")) -> dict[str, Any]:
    """Cut a request into steps: what is joined by "then" or a full stop waits, what is joined by "and" does not."""
    steps: list[dict[str, Any]] = []
    waits_for: list[str] = []
    for stage in stages(text):
        names = []
        for task in _parts(stage):
            if len(steps) < MAX_STEPS:
                steps.append(_step(len(steps) + 1, task, waits_for, workers))
                names.append(steps[-1]["id"])
        waits_for = names or waits_for
    return {"summary": _summary(text) or "Nothing to do", "steps": steps or [_step(1, "Answer", [], workers)]}


def research(text: str) -> dict[str, Any]:
    """Cut a request into sub-questions, and judge the effort by their number."""
    parts = [part for stage in stages(text) for part in _parts(stage)][:MAX_STEPS] or [text.strip() or "Nothing"]
    effort = next(name for name, most in _ENOUGH if len(parts) <= most)
    questions = [{"title": _title(part), "question": part} for part in parts]
    return {"effort": effort, "summary": _summary(text) or "Nothing to look into", "questions": questions}


def workers_of(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """The workers that a plan's schema allows; all where it names none."""
    step = schema.get("properties", {}).get("steps", {}).get("items", {})
    return tuple(step.get("properties", {}).get("worker", {}).get("enum", ("code", "github", "research")))


def _parts(stage: str) -> list[str]:
    return [part.strip(" .") for part in _AND.split(stage) if part.strip(" .")]


def _step(number: int, task: str, waits_for: list[str], workers: tuple[str, ...]) -> dict[str, Any]:
    category = category_of(task)
    wanted = category if category in ("code", "github") else "research"
    return {
        "id": f"step-{number}",
        "description": _title(task),
        "worker": wanted if wanted in workers else workers[0],
        "task": task,
        "depends_on": list(waits_for),
    }


def _title(text: str) -> str:
    return text[:1].upper() + text[1:120]


def _summary(text: str) -> str:
    return " ".join(text.split())[:200]
