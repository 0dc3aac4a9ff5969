"""Forgetting a conversation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agents.base import Risk, RunContext, Tool, ToolResult


class DeleteHistory(Tool):
    """Deletes what was said in the conversation that asks for it."""

    name = "delete_history"
    description = (
        "Deletes what was said in this conversation so far, for good. Use it when somebody asks to delete, clear, wipe "
        "or forget this chat's history. A person is asked to approve the call before it is made, so make it without "
        "asking first. Do not repeat afterwards what was deleted."
    )
    input_schema = {"type": "object", "properties": {}, "additionalProperties": False}
    repeatable = True
    risk = Risk.HIGH
    needs_approval = True
    writes = True
    confined = True

    def describe(self, arguments: Mapping[str, Any]) -> str:
        return "Delete what was said in this conversation so far. This cannot be undone."

    async def call(self, arguments: Mapping[str, Any], context: RunContext) -> ToolResult:
        count = await context.delete_history()
        if count == 0:
            return ToolResult("Nothing that was said before this request is left.")
        return ToolResult(f"Deleted {count} {'message' if count == 1 else 'messages'}: all that was said before.")
