"""Requests that ask for a classification rather than an answer, and what the fake says to them."""

from __future__ import annotations

import json
from typing import Any

from tests.fakes.model_replies import Reply, text, tool

CLASSIFY = "CLASSIFY /v1/messages"
"""The name under which such a call is logged: nothing that counts answers counts it."""
FIELDS = {"type", "category", "complexity", "requires_human_approval", "reasoning"}
SIMPLE: dict[str, Any] = {
    "type": "simple", "category": "general", "complexity": "low", "requires_human_approval": False,
    "reasoning": "an ordinary message",
}  # fmt: skip


def is_classification(prompt: Any) -> bool:
    """Whether structured output, or the only tool, has exactly the fields of a classification."""
    return isinstance(prompt, dict) and (_fields(_format(prompt)) == FIELDS or bool(_tool(prompt)))


def classified(prompt: dict[str, Any], values: dict[str, Any]) -> Reply:
    """The classification in the shape that was asked for."""
    name = _tool(prompt)
    return tool(name, values) if name else text(json.dumps(values))


def _format(prompt: dict[str, Any]) -> Any:
    config = prompt.get("output_config")
    shape = config.get("format") if isinstance(config, dict) else None
    return shape.get("schema") if isinstance(shape, dict) else None


def _tool(prompt: dict[str, Any]) -> str:
    tools = prompt.get("tools") or []
    return str(tools[0]["name"]) if len(tools) == 1 and _fields(tools[0].get("input_schema")) == FIELDS else ""


def _fields(schema: Any) -> set[str]:
    return set(schema.get("properties", {})) if isinstance(schema, dict) else set()
