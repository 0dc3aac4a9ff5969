"""What all tools for GitHub share: errors in plain words, data marked as data, one repository to write to."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

from agents.base import Need, Risk, RunContext, Tool, ToolResult
from agents.github.access import GitHubError
from agents.github.client import Client
from agents.github.names import REPOSITORY
from agents.github.scope import Readable, readable, writable
from agents.text import cut_end, untrusted

RESULT_LIMIT = 18_000
"""Characters; less than what a tool's result is cut to, so that the mark at its end stays."""

Arguments = Mapping[str, Any]


def schema(required: tuple[str, ...] = (), **properties: Any) -> dict[str, Any]:
    """The JSON Schema of a tool's arguments, the optional repository among them."""
    return {
        "type": "object",
        "properties": {**properties, "repository": REPOSITORY},
        "required": list(required),
        "additionalProperties": False,
    }


class GitHubTool(Tool):
    """Any of them."""

    needs = frozenset({Need.GITHUB})
    timeout_seconds = 60.0

    async def call(self, arguments: Arguments, context: RunContext) -> ToolResult:
        try:
            return await self.act(arguments, Client(context))
        except GitHubError as error:
            return ToolResult(_plain(error), is_error=True)

    @abstractmethod
    async def act(self, arguments: Arguments, client: Client) -> ToolResult:
        """Do it. Raises GitHubError."""


class ReadingTool(GitHubTool):
    """Reads; what it returns was written by others."""

    repeatable = True

    async def act(self, arguments: Arguments, client: Client) -> ToolResult:
        where = await readable(client.github, arguments)
        words = await self.read(arguments, client, where)
        source = self.source(arguments, where)
        return ToolResult(told(words, source), untrusted=source, private=where.private_source)

    def source(self, arguments: Arguments, where: Readable) -> str:
        """What was read, in a few words."""
        number = arguments.get("number")
        return f"{where.repository}#{number}" if number else f"repository {where.repository}"

    @abstractmethod
    async def read(self, arguments: Arguments, client: Client, where: Readable) -> str:
        """What the model is told. Raises GitHubError."""


class WritingTool(GitHubTool):
    """Changes something in the conversation's repository; a person decides each call."""

    writes = True
    needs_approval = True
    risk = Risk.MEDIUM

    async def act(self, arguments: Arguments, client: Client) -> ToolResult:
        return ToolResult(await self.write(arguments, client, writable(client.github, arguments)))

    @abstractmethod
    async def write(self, arguments: Arguments, client: Client, repository: str) -> str:
        """What the model is told of what was done. Raises GitHubError."""


def told(words: str, source: str) -> str:
    """What a tool returns of others' words, marked as data."""
    return untrusted(cut_end(words, RESULT_LIMIT), source=source)


def place(arguments: Arguments) -> str:
    """The issue or pull request of a call, for whoever decides about it."""
    repository, number = arguments.get("repository"), arguments.get("number")
    where = str(repository) if repository else "this conversation's repository"
    return f"{repository}#{number}" if repository and number else f"#{number} of {where}" if number else where


def _plain(error: GitHubError) -> str:
    words = str(error)
    if error.unknown:
        return f"Nobody knows whether GitHub has done it ({words}). Look before anything is tried again."
    if error.retry_after:
        words = f"{words}; it may be tried again in {error.retry_after:.0f} seconds"
    # A repository's name stays as it is written.
    return f"{words}." if "/" in words.partition(" ")[0] else f"{words[:1].upper()}{words[1:]}."
