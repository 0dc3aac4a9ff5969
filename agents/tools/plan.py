"""The agent's own plan while it works."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from agents.base import RunContext, Tool, ToolResult
from agents.text import strip_invisible

NOTE = "plan"
ITEMS = 20
ITEM_CHARS = 200
SIGNS = {"todo": "·", "doing": "▸", "done": "✓", "dropped": "✗"}


class Plan(Tool):
    """Written anew with every call; those who wait see it."""

    name = "plan"
    description = (
        "Keeps your own plan for a task of several steps, and shows it to those who wait. Write the whole list anew with each "
        "call: every item with its state (todo, doing, done, dropped). Call it without items to read the plan again, for "
        "instance after an interruption."
    )
    input_schema = {
        "type": "object",
        "properties": {
            "items": {
                "type": "array",
                "maxItems": ITEMS,
                "items": {
                    "type": "object",
                    "properties": {
                        "text": {"type": "string", "minLength": 1, "maxLength": ITEM_CHARS},
                        "state": {"type": "string", "enum": list(SIGNS)},
                    },
                    "required": ["text", "state"],
                    "additionalProperties": False,
                },
            }
        },
        "additionalProperties": False,
    }
    repeatable = True
    timeout_seconds = 10.0

    def describe(self, arguments: Mapping[str, Any]) -> str:
        return "Write down the plan of this work."

    async def call(self, arguments: Mapping[str, Any], context: RunContext) -> ToolResult:
        items = arguments.get("items")
        if items is None:
            return ToolResult((await context.kept()).get(NOTE) or "There is no plan yet.")
        shown = _shown(items)
        await context.keep(NOTE, shown)
        if shown:
            await context.progress(shown)
        return ToolResult(shown or "The plan is empty.")


def _shown(items: Sequence[Mapping[str, str]]) -> str:
    return "\n".join(f"{SIGNS[item['state']]} {' '.join(strip_invisible(item['text']).split())}" for item in items)
