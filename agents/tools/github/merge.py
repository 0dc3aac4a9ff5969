"""Merging a pull request."""

from __future__ import annotations

from agents.base import Risk
from agents.github.awaiting import Wanted
from agents.github.client import Client
from agents.github.merging import merge
from agents.github.names import COMMIT, NUMBER
from agents.tools.github.base import Arguments, WritingTool, place, schema

LONGEST_MINUTES = 24 * 60


class Merge(WritingTool):
    """Merges the commit that was approved, when all of its checks have succeeded."""

    name = "github_merge"
    description = (
        "Merges a pull request, if GitHub says that it can be merged and every check of its head commit has succeeded. "
        "`head_sha` is the commit that is to be merged, as github_get_pull_request tells it; if the branch moves on, "
        "nothing is merged. With `wait_for_checks` the call waits until pending checks have ended, at most "
        "`limit_minutes`: use it for “merge when the checks pass”. A person is asked to approve the call before it is "
        "made, so make it without asking first."
    )
    input_schema = schema(
        ("number", "head_sha"),
        number=NUMBER,
        head_sha=COMMIT,
        method={"type": "string", "enum": ["merge", "squash", "rebase"]},
        wait_for_checks={"type": "boolean"},
        limit_minutes={"type": "integer", "minimum": 1, "maximum": LONGEST_MINUTES},
    )
    risk = Risk.HIGH
    repeatable = True

    def describe(self, arguments: Arguments) -> str:
        how = {"squash": "Squash and merge", "rebase": "Rebase and merge"}.get(arguments.get("method", ""), "Merge")
        words = f"{how} pull request {place(arguments)} at commit {arguments.get('head_sha')}"
        if arguments.get("wait_for_checks") is True:
            return f"{words}, as soon as all of its checks have succeeded, within {arguments.get('limit_minutes', 60)} minutes."
        return f"{words}, if all of its checks have succeeded."

    async def write(self, arguments: Arguments, client: Client, repository: str) -> str:
        return await merge(client, Wanted.of(arguments, repository))
