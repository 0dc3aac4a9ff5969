"""Plans and answers in a form, as models and the pipeline give them."""

from __future__ import annotations

import json
from typing import Any

from agents.plans import PlanReport, Source, StepReport, StepStanding
from agents.providers.base import ModelResponse
from tests.agents.scripted import said

WORKERS = {"code": "Works on code.", "research": "Looks things up.", "github": "Reads GitHub."}


def step(name: str, *, worker: str = "research", after: list[str] | None = None, **changes: Any) -> dict[str, Any]:
    return {
        "id": name,
        "description": f"Look into {name}",
        "worker": worker,
        "task": f"Find out about {name}.",
        "depends_on": after or [],
    } | changes


def plan_of(*steps: dict[str, Any], summary: str = "Find it out") -> dict[str, Any]:
    return {"summary": summary, "steps": list(steps)}


def in_form(value: Any) -> ModelResponse:
    """An answer of an endpoint that knows schemas."""
    return said(json.dumps(value))


def done(name: str, result: str = "", *, sources: tuple[Source, ...] = ()) -> StepReport:
    found = result or f"All about {name}."
    return reported(name, StepStanding.SUCCEEDED, result=found, sources=sources)


def failed(name: str, error: str = "The page could not be read.") -> StepReport:
    return reported(name, StepStanding.FAILED, error=error)


def reported(name: str, state: StepStanding, **changes: Any) -> StepReport:
    given: dict[str, Any] = {
        "id": name,
        "description": f"Look into {name}",
        "worker": "research",
        "task": f"Find out about {name}.",
        "depends_on": (),
        "state": state,
    }
    return StepReport(**(given | changes))


def report(*steps: StepReport, replans: int = 0) -> PlanReport:
    return PlanReport("Find it out", steps, replans)
