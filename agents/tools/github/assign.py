"""Assigning people to an issue or pull request."""

from __future__ import annotations

from agents.github.client import Client, items, text
from agents.github.names import NUMBER
from agents.tools.github.base import Arguments, WritingTool, place, schema

LOGIN = {"type": "string", "pattern": r"^[A-Za-z0-9][A-Za-z0-9-]{0,38}(\[bot\])?$"}


class Assign(WritingTool):
    """People beside those that are there."""

    name = "github_assign"
    description = (
        "Assigns people, by their logins, to an issue or pull request of this conversation's repository. A person is "
        "asked to approve the call before it is made, so make it without asking first."
    )
    input_schema = schema(
        ("number", "logins"), number=NUMBER, logins={"type": "array", "items": LOGIN, "minItems": 1, "maxItems": 10}
    )
    repeatable = True

    def describe(self, arguments: Arguments) -> str:
        return f"Assign {', '.join(arguments.get('logins', ()))} to {place(arguments)}."

    async def write(self, arguments: Arguments, client: Client, repository: str) -> str:
        path = f"/repos/{repository}/issues/{arguments['number']}/assignees"
        about = await client.write("POST", path, repository=repository, json={"assignees": list(arguments["logins"])})
        now = [text(person, "login") for person in items(about.get("assignees"))]
        told = f"{repository}#{arguments['number']} is now assigned to {', '.join(now) or 'nobody'}."
        known = {name.lower() for name in now}
        # GitHub passes over whoever may not be assigned without a word.
        left = [name for name in arguments["logins"] if name.lower() not in known]
        return f"{told} GitHub does not let {', '.join(left)} be assigned here." if left else told
