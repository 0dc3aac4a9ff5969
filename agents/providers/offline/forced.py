"""Structured answers: a classification, a plan, or whatever a tool's schema asks for."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from agents.providers.base import ModelRequest
from agents.providers.offline.classifying import classify
from agents.providers.offline.planning import PLAN, QUESTIONS, plan, research, workers_of
from agents.providers.offline.reading import Situation
from agents.providers.offline.weaving import cited
from agents.providers.offline.wishes import Call, fill

CLASSIFICATION = {"type", "category", "complexity", "requires_human_approval"}
CITED = {"text", "citations"}

_QUOTED = re.compile(r'<untrusted source="message">\n(.*?)\n</untrusted>', re.DOTALL)


def forced_calls(request: ModelRequest, situation: Situation) -> list[Call]:
    """The call that the request forces, or the one structured answer that it offers a tool for."""
    choice = request.tool_choice or {}
    for tool in request.tools:
        chosen = choice.get("type") == "any" or (choice.get("type") == "tool" and choice.get("name") == tool["name"])
        if chosen or _is_structured(tool):
            return [
                Call(
                    str(tool["name"]),
                    structured(tool.get("input_schema", {}), _subject(request, situation), request.messages),
                )
            ]
    return []


def answer_to_schema(request: ModelRequest, situation: Situation) -> str:
    """The answer in JSON where the request gives a schema for it; empty where it does not."""
    if request.output_schema is None:
        return ""
    return json.dumps(
        structured(request.output_schema, _subject(request, situation), request.messages), ensure_ascii=False
    )


def _subject(request: ModelRequest, situation: Situation) -> str:
    """What is to be sorted or planned: the message that a prompt quotes as data, else the prompt's own words."""
    last = request.messages[-1]["content"] if request.messages else ""
    quoted = _QUOTED.findall(last) if isinstance(last, str) else []
    return str(quoted[-1]) if quoted else "\n".join(situation.parts)


def structured(schema: Mapping[str, Any], text: str, messages: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """Fill a schema from a message; an answer with citations from the results that the prompt shows."""
    fields = set(schema.get("properties", {}))
    if fields >= CLASSIFICATION:
        return _within(schema, classify(text))
    if fields >= CITED:
        return cited(messages)
    if fields >= QUESTIONS:
        return research(text)
    if fields >= PLAN and "next" in fields:
        return {"next": "answer", "summary": "An offline model has no second idea.", "steps": []}
    return plan(text, workers_of(schema)) if fields >= PLAN else fill(schema, text)


def _is_structured(tool: Mapping[str, Any]) -> bool:
    fields = set(tool.get("input_schema", {}).get("properties", {}))
    return any(fields >= known for known in (CLASSIFICATION, PLAN, QUESTIONS, CITED))


def _within(schema: Mapping[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    """Keep to the fields and the values that a schema knows."""
    kept = {}
    for name, field in schema["properties"].items():
        allowed = field.get("enum")
        value = values[name] if name in values else fill({"properties": {name: field}, "required": [name]}, "")[name]
        kept[name] = value if not allowed or value in allowed else allowed[0]
    return kept
