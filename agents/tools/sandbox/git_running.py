"""Running git in a workspace's repository, after a look at the repository's own settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from agents.base import RunContext
from agents.sandbox.gitting import CHECKOUT, environment, unexpected
from agents.sandbox.layout import WORKSPACE
from agents.sandbox.sandbox import Sandbox
from agents.sandbox.values import Finished
from agents.sandbox.workspace import Workspace
from agents.tools.sandbox.base import Unfit, run

INSIDE = f"{WORKSPACE}/{CHECKOUT}"
TRANSFER_SECONDS = 300.0


def sandbox(workspace: Workspace, *, protocols: str = "none", readable: Mapping[str, Path] | None = None) -> Sandbox:
    """The workspace's, with git's settings in the environment."""
    seen = workspace.seeing(readable or {})
    variables = workspace.author.environment() | environment(protocols=protocols)
    return replace(seen, view=replace(seen.view, environment=variables))


async def examine(workspace: Workspace, context: RunContext) -> None:
    """Raises Unfit when there is no clone, or when its settings could make git run something."""
    words = ["sh", "-c", f"cd {INSIDE} && git config --local --no-includes --list --name-only -z"]
    done = await run(sandbox(workspace), context, words)
    if not done.succeeded:
        raise Unfit(f"There is no git repository in `{CHECKOUT}`. Clone it first.\n{done.output[:500]}".strip())
    if names := unexpected(done.output):
        told = ", ".join(map(ascii, names[:10]))
        raise Unfit(f"The repository's own configuration sets {told}, which is not trusted. Unset it first.")


async def git(
    workspace: Workspace,
    context: RunContext,
    words: Sequence[str],
    *,
    stdin: str = "",
    readable: Mapping[str, Path] | None = None,
) -> Finished:
    """Run git in the clone. `readable` may be fetched from."""
    await examine(workspace, context)
    inside = sandbox(workspace, protocols="file" if readable else "none", readable=readable)
    seconds = TRANSFER_SECONDS if readable else 60.0
    return await run(
        inside, context, ["git", *words], timeout_seconds=seconds, cwd=INSIDE, stdin=stdin.encode(errors="replace")
    )


async def bundle(workspace: Workspace, context: RunContext, branch: str, into: BinaryIO) -> None:
    """Write what a branch has beyond the repository's own branches. Raises Unfit."""
    await examine(workspace, context)
    context.check()
    words = ["git", "bundle", "create", "--quiet", "-", f"refs/heads/{branch}", "--not", "--remotes=origin"]
    done = await sandbox(workspace).run(words, timeout_seconds=TRANSFER_SECONDS, cwd=INSIDE, into=into)
    if not done.succeeded:
        raise Unfit(f"There is nothing to push on {branch}: {done.output.strip()[:500]}")
