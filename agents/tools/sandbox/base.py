"""What the tools of a workspace have in common: nothing they do happens outside its sandbox."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from agents.base import Need, RunContext, Tool, ToolResult
from agents.sandbox.layout import WORKSPACE
from agents.sandbox.sandbox import Listener, Sandbox
from agents.sandbox.values import Finished, SandboxError
from agents.sandbox.workspace import Workspace

QUICK_SECONDS = 60.0


class Unfit(Exception):
    """The call cannot be made as it was asked for; the model reads why."""


class WorkspaceTool(Tool):
    """A subclass says what to do in the workspace; what goes wrong in it is told to the model."""

    needs = frozenset({Need.WORKSPACE})
    trusted_only = True
    timeout_seconds = QUICK_SECONDS + 10

    @abstractmethod
    async def use(self, arguments: Mapping[str, Any], workspace: Workspace, context: RunContext) -> ToolResult:
        """Do it. Raises Unfit or SandboxError."""

    async def call(self, arguments: Mapping[str, Any], context: RunContext) -> ToolResult:
        workspace = context.services.workspace
        if workspace is None:
            return ToolResult("There is no workspace here.", is_error=True)
        try:
            done = await self.use(arguments, workspace, context)
        except (Unfit, SandboxError) as error:
            done = ToolResult(str(error), is_error=True)
        content = f"{workspace.notice}\n\n{done.content}".strip()
        source = f"repository {workspace.broker.repository}" if workspace.broker else ""
        private = source if workspace.broker and workspace.broker.private else ""
        return ToolResult(content, done.is_error, untrusted=source, private=private)


async def run(
    sandbox: Sandbox,
    context: RunContext,
    command: str | Sequence[str],
    *,
    timeout_seconds: float = QUICK_SECONDS,
    cwd: str = WORKSPACE,
    stdin: bytes = b"",
    on_output: Listener | None = None,
) -> Finished:
    """Run a command, if the run may still act."""
    context.check()
    return await sandbox.run(command, timeout_seconds=timeout_seconds, cwd=cwd, stdin=stdin, on_output=on_output)


def within(path: str) -> str:
    """A path as commands inside are given it: relative to the workspace, and never to be taken for an option.

    Raises Unfit for one that leads out by its words; where links lead is looked at inside.
    """
    asked = PurePosixPath(path)
    if asked.is_absolute() and asked.is_relative_to(WORKSPACE):
        asked = asked.relative_to(WORKSPACE)
    if asked.is_absolute() or ".." in asked.parts or "\0" in path:
        raise Unfit(f"{path!r} is outside of the workspace. Paths are relative to it, without `..`.")
    return "." if str(asked) == "." else f"./{asked}"


def told(done: Finished) -> ToolResult:
    """A command's end, for the model."""
    if done.exit_code is None:
        limit = f"The sandbox ended it after {done.seconds:.1f} s: it went beyond its limit on {done.why_ended}."
        return ToolResult(f"{limit}\n{done.output}".strip(), is_error=True)
    state = f"exit code {done.exit_code} after {done.seconds:.1f} s"
    return ToolResult(f"{done.output.rstrip()}\n[{state}]".strip(), is_error=done.exit_code != 0)
