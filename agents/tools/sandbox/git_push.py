"""Pushing a branch: the one thing that leaves a workspace, as agreed and not otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from agents.base import Need, Risk, RunContext, ToolResult
from agents.sandbox.workspace import Workspace
from agents.tools.sandbox.base import Unfit, WorkspaceTool
from agents.tools.sandbox.git_running import bundle


class GitPush(WorkspaceTool):
    """What it pushes is named by its arguments, so that what was approved is what is pushed."""

    name = "git_push"
    description = (
        "Pushes a branch of the workspace's repository. A person is asked to approve it. Give exactly what the git "
        "tool's operation `outgoing` says. The default branch and protected ones are never pushed, and nothing is "
        "forced: make a branch, push it, and open a pull request."
    )
    input_schema = {
        "type": "object",
        "properties": {
            "repository": {"type": "string", "minLength": 1, "maxLength": 300, "description": "owner/name"},
            "branch": {"type": "string", "minLength": 1, "maxLength": 200},
            "head": {"type": "string", "pattern": "^[0-9a-f]{40}([0-9a-f]{24})?$"},
            "commits": {"type": "integer", "minimum": 1, "description": "How many are new"},
        },
        "required": ["repository", "branch", "head", "commits"],
        "additionalProperties": False,
    }
    needs = frozenset({Need.WORKSPACE, Need.BROKER})
    risk = Risk.HIGH
    needs_approval = True
    writes = True
    repeatable = True  # the same head pushed again changes nothing
    timeout_seconds = 1800.0

    def describe(self, arguments: Mapping[str, Any]) -> str:
        commits, head = arguments.get("commits", 0), arguments.get("head", "?")
        count = f"{commits} new {'commit' if commits == 1 else 'commits'}"
        return f"Push {count} to the branch {arguments.get('branch')} of {arguments.get('repository')}, up to {head}."

    async def use(self, arguments: Mapping[str, Any], workspace: Workspace, context: RunContext) -> ToolResult:
        broker, branch, head = workspace.broker, arguments["branch"], arguments["head"]
        if broker is None or broker.repository != arguments["repository"]:
            raise Unfit(f"{arguments['repository']} is not the repository of this workspace: nothing was pushed.")
        written = partial(bundle, workspace, context, branch)
        await broker.push(branch, head=head, commits=arguments["commits"], bundle=written, check=context.check)
        return ToolResult(f"Pushed {head} to the branch {branch} of {broker.repository}.")
