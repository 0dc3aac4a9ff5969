"""Structured answers: a classification, a plan, or whatever a tool's schema asks for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from agents.providers.base import ModelRequest
from agents.providers.offline.reading import Situation
from agents.providers.offline.wishes import Call, fill

CLASSIFICATION = {"type", "category", "complexity", "requires_human_approval"}
PLAN = {"summary", "steps"}
MAX_STEPS = 10

_CATEGORIES = {
    "github": r"github|pull request|\bpr\b|\bissues?\b|repositor|\brepo\b|branch|merge|commit",
    "code": r"\bcode\b|\bbugs?\b|function|python|javascript|script|refactor|unit test|compile|traceback|exception|"
    r"\bsql\b",
    "research": r"research|compare|investigate|find out|sources|study|survey|latest|look up|literature|pros and cons",
    "admin": r"\bdelete\b|\breset\b|restart|permission|configure|settings|\bban\b|clear (?:the )?history",
    "info": r"\bstatus\b|\bhelp\b|what can you|who are you|commands|metrics|version|how are you configured",
}
_RISKY = re.compile(
    r"\b(delete|erase|wipe|drop|remove|deploy|merge|close|publish|purchase|pay|send (?:an? )?(?:e-?mail|money)|"
    r"shut ?down)\b",
    re.IGNORECASE,
)
_DECISION = re.compile(
    r"^(yes|no|ok|okay|approved?|deny|denied|confirm(?:ed)?|go ahead|cancel it|do it)\b[\s.!]*$", re.I
)
_LARGE = re.compile(
    r"\b(project|architecture|end.to.end|comprehensive|whole|entire|several|step by step|strategy)\b", re.I
)
_THEN = re.compile(r"\s*(?:[.;\n]+|,?\s+and then\s+|,?\s+then\s+|,\s+after that\s+|,\s+finally\s+)\s*", re.IGNORECASE)
_AND = re.compile(r",\s+(?:and\s+)?|\s+and\s+", re.IGNORECASE)


def forced_calls(request: ModelRequest, situation: Situation) -> list[Call]:
    """The call that the request forces, or the one structured answer that it offers a tool for."""
    choice = request.tool_choice or {}
    for tool in request.tools:
        chosen = choice.get("type") == "any" or (choice.get("type") == "tool" and choice.get("name") == tool["name"])
        if chosen or _is_structured(tool):
            return [Call(str(tool["name"]), structured(tool.get("input_schema", {}), "\n".join(situation.parts)))]
    return []


def structured(schema: Mapping[str, Any], text: str) -> dict[str, Any]:
    """Fill a schema from a message."""
    fields = set(schema.get("properties", {}))
    if fields >= CLASSIFICATION:
        return _within(schema, classify(text))
    return plan(text) if fields >= PLAN else fill(schema, text)


def classify(text: str) -> dict[str, Any]:
    """Sort a message by its words."""
    category = next((name for name, words in _CATEGORIES.items() if re.search(words, text, re.IGNORECASE)), "general")
    size = len(text.split()) + 15 * len(_LARGE.findall(text)) + 10 * len(_THEN.findall(text.strip(" .;")))
    busy = category in ("code", "research", "github")
    complexity = "high" if size > 60 else "medium" if size > 20 or (busy and size > 8) else "low"
    decides = bool(_DECISION.match(text.strip()))
    return {
        "type": "tool_confirmation" if decides else "simple" if complexity == "low" else "complex",
        "category": category,
        "complexity": complexity,
        "requires_human_approval": bool(_RISKY.search(text)),
        "reasoning": f"The offline model goes by keywords: they point to {category}, the length to {complexity} "
        f"complexity.",
    }


def plan(text: str) -> dict[str, Any]:
    """Cut a request into steps: what is joined by "then" or a full stop waits, what is joined by "and" does not."""
    steps: list[dict[str, Any]] = []
    waits_for: list[str] = []
    for stage in [stage for stage in _THEN.split(text.strip()) if stage.strip(" .")]:
        names = []
        for task in [task.strip(" .") for task in _AND.split(stage) if task.strip(" .")]:
            if len(steps) < MAX_STEPS:
                steps.append(_step(len(steps) + 1, task, waits_for))
                names.append(steps[-1]["id"])
        waits_for = names or waits_for
    return {"summary": " ".join(text.split())[:200] or "Nothing to do", "steps": steps or [_step(1, "Answer", [])]}


def _step(number: int, task: str, waits_for: list[str]) -> dict[str, Any]:
    category = classify(task)["category"]
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
