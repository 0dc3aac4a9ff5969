"""The forms of plans: a first one, and what may follow when steps of it have failed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from agents.structured import Form

STEPS_AT_MOST = 10


def _text(description: str) -> dict[str, Any]:
    return {"type": "string", "description": description}


def _object(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _steps(workers: Iterable[str]) -> dict[str, Any]:
    step = _object(
        id=_text("Short and unique, such as step-1."),
        description=_text("What is done, in a few words for people, in their language."),
        worker={"type": "string", "enum": sorted(workers)},
        task=_text("For the worker, in full: it knows nothing but this and the results of the steps in depends_on."),
        depends_on={
            "type": "array",
            "items": {"type": "string"},
            "description": "Ids of steps whose results this one needs; empty where it needs none.",
        },
    )
    return {"type": "array", "items": step, "description": f"At most {STEPS_AT_MOST}, as few as will do."}


def plan_form(workers: Iterable[str]) -> Form:
    """The contract's plan, for the workers on offer."""
    schema = _object(summary=_text("What the plan achieves, in one sentence."), steps=_steps(workers))
    return Form("plan", "Records the plan.", schema)


def further_form(workers: Iterable[str]) -> Form:
    """What to do after steps have failed."""
    schema = _object(
        next={
            "type": "string",
            "enum": ["answer", "steps"],
            "description": "answer: with what there is; steps: try something else first.",
        },
        summary=_text("What the further steps achieve, or why there are none."),
        steps=_steps(workers),
    )
    return Form("go_on", "Records how to go on.", schema)


QUESTIONS_FORM = Form(
    "research_plan",
    "Records the sub-questions.",
    _object(
        effort={"type": "string", "enum": ["minimal", "standard", "thorough"]},
        summary=_text("What is to be found out, in one sentence."),
        questions={
            "type": "array",
            "items": _object(
                title=_text("The sub-question in a few words, for people."),
                question=_text("The sub-question in full, with what to look for; it has to make sense by itself."),
            ),
        },
    ),
)
