"""Commands in the workspace."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agents.base import Risk, RunContext, ToolResult
from agents.sandbox.sandbox import MOST_SECONDS
from agents.sandbox.workspace import Workspace
from agents.tools.sandbox.base import WorkspaceTool, run, told

SHELL = ("/bin/sh", "-c", 'if command -v bash >/dev/null; then exec bash -c "$1"; fi; exec sh -c "$1"', "sh")
SHOWN_LINES = 8


class Bash(WorkspaceTool):
    """Changes nothing outside the workspace, which is thrown away: so no call of it needs a decision."""

    name = "bash"
    description = (
        "Runs a shell command in the workspace, a directory of your own in a sandbox: no network, read-only system, "
        "limited time, memory and processes. Use it to build, to run tests, and for what the file tools cannot do, with what "
        "is installed or lies in the repository: nothing can be downloaded. "
        "A repository that was cloned lies in `repository`. Each call is a new shell in /workspace; processes left in "
        "the background end with it, files stay. Give long commands enough timeout_seconds."
    )
    input_schema = {
        "type": "object",
        "properties": {
            "command": {"type": "string", "minLength": 1, "maxLength": 50_000},
            "timeout_seconds": {"type": "integer", "minimum": 1, "maximum": int(MOST_SECONDS), "default": 120},
        },
        "required": ["command"],
        "additionalProperties": False,
    }
    risk = Risk.MEDIUM
    timeout_seconds = MOST_SECONDS + 30

    def describe(self, arguments: Mapping[str, Any]) -> str:
        return f"Run `{arguments.get('command', '')}` in the sandbox."

    async def use(self, arguments: Mapping[str, Any], workspace: Workspace, context: RunContext) -> ToolResult:
        command = arguments["command"]

        async def show(recent: str) -> None:
            last = "\n".join(recent.splitlines()[-SHOWN_LINES:])
            await context.progress(f"Running `{command.splitlines()[0][:100]}` …\n\n{last}")

        seconds = float(arguments.get("timeout_seconds", 120))
        done = await run(workspace.sandbox, context, [*SHELL, command], timeout_seconds=seconds, on_output=show)
        return told(done)
