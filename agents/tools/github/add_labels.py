"""Labelling an issue or pull request."""

from __future__ import annotations

from agents.github.client import Client, items, text
from agents.github.names import NUMBER
from agents.tools.github.base import Arguments, WritingTool, place, schema


class AddLabels(WritingTool):
    """Labels beside those that are there."""

    name = "github_add_labels"
    description = (
        "Adds labels to an issue or pull request of this conversation's repository; a label that the repository does "
        "not have is made. A person is asked to approve the call before it is made, so make it without asking first."
    )
    input_schema = schema(
        ("number", "labels"),
        number=NUMBER,
        labels={
            "type": "array",
            "items": {"type": "string", "minLength": 1, "maxLength": 50},
            "minItems": 1,
            "maxItems": 10,
        },
    )
    repeatable = True

    def describe(self, arguments: Arguments) -> str:
        return f"Add to {place(arguments)} the labels {', '.join(f'“{name}”' for name in arguments.get('labels', ()))}."

    async def write(self, arguments: Arguments, client: Client, repository: str) -> str:
        path = f"/repos/{repository}/issues/{arguments['number']}/labels"
        response = await client.call("POST", path, repository=repository, json={"labels": list(arguments["labels"])})
        now = ", ".join(text(label, "name") for label in items(response.json()))
        return f"{repository}#{arguments['number']} now has the labels {now}."
