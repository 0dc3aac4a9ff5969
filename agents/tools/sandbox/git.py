"""git in the workspace; fetching goes through the broker, pushing is a tool of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agents.base import RunContext, ToolResult
from agents.sandbox.broker import Broker
from agents.sandbox.gitting import CHECKOUT, MIRROR
from agents.sandbox.workspace import Workspace
from agents.tools.sandbox.base import Unfit, WorkspaceTool, run, told
from agents.tools.sandbox.git_commands import COMMANDS, READS
from agents.tools.sandbox.git_running import TRANSFER_SECONDS, git, sandbox

HEADS = "+refs/heads/*:refs/remotes/origin/*"
CLONE = ["git", "clone", "--quiet", "--no-local", "--no-tags", "--template=", "--", MIRROR, CHECKOUT]


class Git(WorkspaceTool):
    name = "git"
    description = (
        "Works with the conversation's repository in the workspace. `clone` first: it puts it in `repository`. "
        "`fetch` brings it up to date, with a pull request's head as origin/pull/N if asked. Then status, diff, log, "
        "show, branch, checkout, restore, add, commit, apply. `outgoing` says what git_push would push."
    )
    input_schema = {
        "type": "object",
        "properties": {
            "operation": {"enum": ["clone", "fetch", "outgoing", *COMMANDS]},
            "revision": {"type": "string", "description": "A commit, branch or range: HEAD~1, origin/main, a..b"},
            "branch": {"type": "string", "description": "checkout, branch: its name"},
            "create": {"type": "boolean", "description": "checkout: make the branch, from revision or HEAD"},
            "paths": {"type": "array", "items": {"type": "string", "minLength": 1}, "maxItems": 200},
            "staged": {"type": "boolean", "description": "diff, restore: of what was added"},
            "message": {"type": "string", "maxLength": 10_000, "description": "commit"},
            "patch": {"type": "string", "maxLength": 500_000, "description": "apply: a unified diff"},
            "limit": {"type": "integer", "minimum": 1, "maximum": 200, "description": "log: how many commits"},
            "pull_request": {"type": "integer", "minimum": 1, "description": "fetch: its number"},
        },
        "required": ["operation"],
        "additionalProperties": False,
    }
    timeout_seconds = 1200.0

    async def use(self, arguments: Mapping[str, Any], workspace: Workspace, context: RunContext) -> ToolResult:
        operation = arguments["operation"]
        if operation == "clone":
            return await _clone(workspace, context)
        if operation == "fetch":
            return await _fetch(workspace, context, arguments.get("pull_request"))
        if operation == "outgoing":
            return await _outgoing(workspace, context)
        stdin = str(arguments.get(READS.get(operation, ""), ""))
        return told(await git(workspace, context, COMMANDS[operation](arguments), stdin=stdin))


def _broker(workspace: Workspace) -> Broker:
    if workspace.broker is None:
        raise Unfit("No repository may be fetched or pushed in this conversation.")
    return workspace.broker


async def _clone(workspace: Workspace, context: RunContext) -> ToolResult:
    broker = _broker(workspace)
    context.check()
    readable = {MIRROR: await broker.fetch()}
    inside = sandbox(workspace, protocols="file", readable=readable)
    done = await run(inside, context, CLONE, timeout_seconds=TRANSFER_SECONDS)
    if not done.succeeded:
        return told(done)
    await git(workspace, context, ["remote", "set-url", "origin", broker.clone_url])
    return ToolResult(f"Cloned {broker.repository} into `{CHECKOUT}`, on its branch {broker.default_branch}.")


async def _fetch(workspace: Workspace, context: RunContext, pull_request: int | None) -> ToolResult:
    broker = _broker(workspace)
    context.check()
    readable = {MIRROR: await broker.fetch(pull_request=pull_request)}
    pull = f"+refs/pull/{pull_request}/head:refs/remotes/origin/pull/{pull_request}"
    words = ["fetch", "--prune", "--no-tags", "--no-recurse-submodules", MIRROR, HEADS]
    # Named apart, lest pruning take it for a branch that is gone.
    done = await git(workspace, context, words, readable=readable)
    if done.succeeded and pull_request is not None:
        done = await git(workspace, context, ["fetch", "--no-tags", MIRROR, pull], readable=readable)
    return told(done)


async def _outgoing(workspace: Workspace, context: RunContext) -> ToolResult:
    broker = _broker(workspace)
    said = []
    for words in (
        ["symbolic-ref", "--short", "HEAD"],
        ["rev-parse", "HEAD"],
        ["rev-list", "--count", "HEAD", "--not", "--remotes=origin"],
    ):
        done = await git(workspace, context, words)
        if not done.succeeded:
            return told(done)
        said.append(done.output.strip())
    branch, head, commits = said
    return ToolResult(f"repository: {broker.repository}\nbranch: {branch}\nhead: {head}\ncommits: {commits}")
