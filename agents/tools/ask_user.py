"""A question to the person who is answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agents.base import RunContext, Tool, ToolResult
from agents.text import strip_invisible

OPTIONS = 6
OPTION_CHARS = 60
QUESTION_CHARS = 1_000


class AskUser(Tool):
    """The call waits for the answer; what the person says stands in front of its result."""

    name = "ask_user"
    description = (
        "Asks the person a question and waits for the answer, for hours if need be. Use it only when you cannot go on "
        "sensibly without knowing, and ask everything at once. Give two to six short options where the answer is a choice: "
        "they become buttons, and the person may still answer in other words. Do not use it to have an action approved: "
        "that is asked for by itself."
    )
    input_schema = {
        "type": "object",
        "properties": {
            "question": {"type": "string", "minLength": 1, "maxLength": QUESTION_CHARS},
            "options": {
                "type": "array",
                "items": {"type": "string", "minLength": 1, "maxLength": OPTION_CHARS},
                "maxItems": OPTIONS,
                "uniqueItems": True,
            },
        },
        "required": ["question"],
        "additionalProperties": False,
    }
    repeatable = True
    needs_approval = True
    confined = True
    asks = True

    def describe(self, arguments: Mapping[str, Any]) -> str:
        question = " ".join(strip_invisible(str(arguments.get("question", ""))).split())
        return question or "A question without words."

    async def call(self, arguments: Mapping[str, Any], context: RunContext) -> ToolResult:
        return ToolResult("Go on with this answer.")
