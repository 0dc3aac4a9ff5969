"""Requests that ask for a classification rather than an answer, and what the fake says to them.

By structured output (https://docs.claude.com/en/docs/build-with-claude/structured-outputs) or by a tool.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from tests.fakes.model_prompts import last_user_text
from tests.fakes.model_replies import Reply, text, tool

CLASSIFY = "CLASSIFY /v1/messages"
"""The name of such a call: nothing that counts answers counts it, and only rules with this very name apply to it."""
FIELDS = {"type", "category", "complexity", "requires_human_approval"}
SIMPLE: Mapping[str, Any] = {
    "type": "simple", "category": "general", "complexity": "low", "requires_human_approval": False,
    "reasoning": "an ordinary message",
}  # fmt: skip
_MARKED = re.compile(r"<untrusted[^>]*>\n?(.*?)\n?</untrusted>", re.DOTALL)


def is_classification(prompt: Any) -> bool:
    """Whether structured output, or the tool that is forced or the only one, has the fields of a classification."""
    return isinstance(prompt, dict) and (_has_fields(_format(prompt)) or bool(_tool(prompt)))


def classified(prompt: dict[str, Any], values: Mapping[str, Any]) -> Reply:
    """The classification in the shape that was asked for: the arguments of the tool, or JSON as text."""
    name = _tool(prompt)
    return tool(name, dict(values)) if name else text(json.dumps(dict(values)))


def message_of(prompt: dict[str, Any]) -> str:
    """The message to classify: what is marked as data last, or else all that is said."""
    said = last_user_text(prompt)
    marked = _MARKED.findall(said)
    return str(marked[-1]) if marked else said


def _format(prompt: dict[str, Any]) -> Any:
    config = prompt.get("output_config")
    shape = config.get("format") if isinstance(config, dict) else None
    return shape.get("schema") if isinstance(shape, dict) else None


def _tool(prompt: dict[str, Any]) -> str:
    tools, choice = prompt.get("tools") or [], prompt.get("tool_choice") or {}
    if choice.get("type") == "tool":
        tools = [one for one in tools if one.get("name") == choice.get("name")]
    return str(tools[0].get("name", "")) if len(tools) == 1 and _has_fields(tools[0].get("input_schema")) else ""


def _has_fields(schema: Any) -> bool:
    return isinstance(schema, dict) and set(schema.get("properties", {})) >= FIELDS
