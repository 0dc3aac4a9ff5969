"""The list of things to do that this conversation keeps."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from agents.base import AgentError, RunContext, Tool, ToolResult
from agents.text import strip_invisible

TEXT_CHARS = 500
_COMMAND = re.compile(r"(?:done|remove)\s+#?\d+", re.IGNORECASE)
"""What the list takes for a command: an item cannot be called so."""


class Todo(Tool):
    """The same list as the command `/todo`."""

    name = "todo"
    description = (
        "Keeps the list of things to do of this conversation, which people see with /todo: adds an item, ticks one off "
        "(done), takes one away (remove), or lists them. Use it when somebody asks to note down or tick off something to do. "
        "For steps of your own work use the tool plan."
    )
    input_schema = {
        "type": "object",
        "properties": {
            "action": {"type": "string", "enum": ["add", "done", "remove", "list"]},
            "text": {"type": "string", "description": "What to add.", "maxLength": TEXT_CHARS},
            "number": {"type": "integer", "description": "The item to tick off or take away.", "minimum": 1},
        },
        "required": ["action"],
        "additionalProperties": False,
    }
    writes = True
    confined = True

    def describe(self, arguments: Mapping[str, Any]) -> str:
        text = " ".join(strip_invisible(str(arguments.get("text", ""))).split())
        number = arguments.get("number", "?")
        match arguments.get("action"):
            case "add":
                return f"Add “{text}” to this conversation's list of things to do."
            case "done":
                return f"Tick off number {number} on this conversation's list of things to do."
            case "remove":
                return f"Take number {number} off this conversation's list of things to do."
        return "Look at this conversation's list of things to do."

    async def call(self, arguments: Mapping[str, Any], context: RunContext) -> ToolResult:
        asked = _asked(arguments)
        if asked is None:
            return ToolResult(_wrong(arguments["action"]), is_error=True)
        try:
            return ToolResult(await context.todo(asked))
        except AgentError as error:
            return ToolResult(f"The list cannot be used: {error}", is_error=True)


def _asked(arguments: Mapping[str, Any]) -> str | None:
    """What the list is asked; None where something is missing."""
    action, number = arguments["action"], arguments.get("number")
    if action == "list":
        return ""
    if action != "add":
        return f"{action} {number}" if number else None
    text = " ".join(strip_invisible(str(arguments.get("text", ""))).split())
    return text if text and not _COMMAND.fullmatch(text) else None


def _wrong(action: str) -> str:
    return "Say in `text` what to add, in words." if action == "add" else f"Say in `number` which item is {action}."
