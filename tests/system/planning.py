"""A fake model that plans: the request decides which steps there are, each worker answers with its task."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from tests.fakes.model_prompts import last_user_text
from tests.fakes.model_replies import Reply, text
from tests.system.fakes import Fakes
from tests.system.platform import Platform

COMPLEX = {
    "type": "complex", "category": "code", "complexity": "high", "requires_human_approval": False, "reasoning": "several steps",
}  # fmt: skip


def planned(name: str, *after: str, worker: str = "research") -> dict[str, Any]:
    return {
        "id": name,
        "description": f"Look at {name}",
        "worker": worker,
        "task": f"TASK-{name}",
        "depends_on": list(after),
    }


def wants_plan(prompt: dict[str, Any]) -> bool:
    schema = ((prompt.get("output_config") or {}).get("format") or {}).get("schema") or {}
    return "steps" in schema.get("properties", {})


def let_plan(fakes: Fakes, steps: Sequence[dict[str, Any]]) -> None:
    """Route to the orchestrator, plan these steps, answer tasks and the whole."""

    def answer(prompt: dict[str, Any]) -> Reply:
        if wants_plan(prompt):
            return text(json.dumps({"summary": "Three looks", "steps": list(steps)}))
        said = last_user_text(prompt)
        if "RESULT-" in said and "TASK-" not in said:
            return text("All together now.")
        task = next((step["id"] for step in steps if f"TASK-{step['id']}" in said), "")
        return text(f"RESULT-{task}") if task else text("All together now.")

    fakes.model.default = answer
    fakes.model.classification = COMPLEX


def plan_steps(platform: Platform) -> dict[str, dict[str, Any]]:
    rows = platform.sql(
        "SELECT * FROM botplatform_planstep WHERE plan_id = (SELECT max(id) FROM botplatform_plan) ORDER BY id"
    )
    return {row["key"]: row for row in rows}


def lapse_steps(platform: Platform) -> None:
    platform.sql("UPDATE botplatform_planstep SET lease_until = now() WHERE state = 'running'")
