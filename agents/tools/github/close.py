"""Closing an issue or pull request."""

from __future__ import annotations

from typing import Any

from agents.github.client import Client, text
from agents.github.names import NUMBER
from agents.tools.github.base import Arguments, WritingTool, place, schema


class Close(WritingTool):
    """Closes it; a pull request is not merged by that."""

    name = "github_close"
    description = (
        "Closes an issue, or a pull request without merging it, of this conversation's repository. A person is asked "
        "to approve the call before it is made, so make it without asking first."
    )
    input_schema = schema(
        ("number",),
        number=NUMBER,
        reason={"type": "string", "enum": ["completed", "not_planned"], "description": "of an issue"},
    )
    repeatable = True

    def describe(self, arguments: Arguments) -> str:
        reason = str(arguments.get("reason") or "").replace("_", " ")
        return f"Close {place(arguments)}{f' as {reason}' if reason else ''}."

    async def write(self, arguments: Arguments, client: Client, repository: str) -> str:
        path = f"/repos/{repository}/issues/{arguments['number']}"
        change: dict[str, Any] = {"state": "closed"}
        if arguments.get("reason"):
            change["state_reason"] = arguments["reason"]
        about = await client.write("PATCH", path, repository=repository, json=change)
        return f"{repository}#{arguments['number']} is {text(about, 'state') or 'closed'}."
