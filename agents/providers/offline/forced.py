"""Structured answers: a classification, a plan, or whatever a tool's schema asks for."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from agents.providers.base import ModelRequest
from agents.providers.offline.classifying import category_of, classify, stages
from agents.providers.offline.reading import Situation
from agents.providers.offline.wishes import Call, fill

CLASSIFICATION = {"type", "category", "complexity", "requires_human_approval"}
PLAN = {"summary", "steps"}
MAX_STEPS = 10

_QUOTED = re.compile(r'<untrusted source="message">\n(.*?)\n</untrusted>', re.DOTALL)
_AND = re.compile(r",\s+(?:and\s+)?|\s+and\s+", re.IGNORECASE)


def forced_calls(request: ModelRequest, situation: Situation) -> list[Call]:
    """The call that the request forces, or the one structured answer that it offers a tool for."""
    choice = request.tool_choice or {}
    for tool in request.tools:
        chosen = choice.get("type") == "any" or (choice.get("type") == "tool" and choice.get("name") == tool["name"])
        if chosen or _is_structured(tool):
            return [Call(str(tool["name"]), structured(tool.get("input_schema", {}), _subject(request, situation)))]
    return []


def answer_to_schema(request: ModelRequest, situation: Situation) -> str:
    """The answer in JSON where the request gives a schema for it; empty where it does not."""
    if request.output_schema is None:
        return ""
    return json.dumps(structured(request.output_schema, _subject(request, situation)), ensure_ascii=False)


def _subject(request: ModelRequest, situation: Situation) -> str:
    """What is to be sorted or planned: the message that a prompt quotes as data, else the prompt's own words."""
    last = request.messages[-1]["content"] if request.messages else ""
    quoted = _QUOTED.findall(last) if isinstance(last, str) else []
    return str(quoted[-1]) if quoted else "\n".join(situation.parts)


def structured(schema: Mapping[str, Any], text: str) -> dict[str, Any]:
    """Fill a schema from a message."""
    fields = set(schema.get("properties", {}))
    if fields >= CLASSIFICATION:
        return _within(schema, classify(text))
    return plan(text) if fields >= PLAN else fill(schema, text)


def plan(text: str) -> dict[str, Any]:
    """Cut a request into steps: what is joined by "then" or a full stop waits, what is joined by "and" does not."""
    steps: list[dict[str, Any]] = []
    waits_for: list[str] = []
    for stage in stages(text):
        names = []
        for task in [task.strip(" .") for task in _AND.split(stage) if task.strip(" .")]:
            if len(steps) < MAX_STEPS:
                steps.append(_step(len(steps) + 1, task, waits_for))
                names.append(steps[-1]["id"])
        waits_for = names or waits_for
    return {"summary": " ".join(text.split())[:200] or "Nothing to do", "steps": steps or [_step(1, "Answer", [])]}


def _step(number: int, task: str, waits_for: list[str]) -> dict[str, Any]:
    category = category_of(task)
    worker = category if category in ("code", "github") else "research"
    return {
        "id": f"step-{number}",
        "description": task[:1].upper() + task[1:120],
        "worker": worker,
        "task": task,
        "depends_on": list(waits_for),
    }


def _is_structured(tool: Mapping[str, Any]) -> bool:
    fields = set(tool.get("input_schema", {}).get("properties", {}))
    return fields >= CLASSIFICATION or fields >= PLAN


def _within(schema: Mapping[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    """Keep to the fields and the values that a schema knows."""
    kept = {}
    for name, field in schema["properties"].items():
        allowed = field.get("enum")
        value = values[name] if name in values else fill({"properties": {name: field}, "required": [name]}, "")[name]
        kept[name] = value if not allowed or value in allowed else allowed[0]
    return kept
