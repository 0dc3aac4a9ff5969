"""Searching the workspace's files with ripgrep, whose expressions take time that grows with the text alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agents.base import RunContext, ToolResult
from agents.sandbox.workspace import Workspace
from agents.tools.sandbox.base import Unfit, WorkspaceTool, run, told, within
from agents.tools.sandbox.files import PATH

ALWAYS = (
    *("--no-config", "--color=never", "--line-number", "--no-heading", "--with-filename", "--sort=path", "--threads=2"),
    *("--max-columns=300", "--max-columns-preview", "--max-count=50", "--max-filesize=5M", "--hidden", "--glob=!.git"),
)
NOTHING_FOUND = 1


class SearchFiles(WorkspaceTool):
    name = "search_files"
    description = (
        "Finds lines in the workspace's text files by a regular expression (Rust's syntax), or by fixed text. "
        "Ignores what .gitignore names. Narrow it with path and glob."
    )
    input_schema = {
        "type": "object",
        "properties": {
            "pattern": {"type": "string", "minLength": 1, "maxLength": 1000},
            "path": PATH | {"default": "."},
            "glob": {"type": "string", "minLength": 1, "maxLength": 200, "description": "For example: *.py"},
            "fixed": {"type": "boolean", "default": False, "description": "Take the pattern as plain text."},
            "ignore_case": {"type": "boolean", "default": False},
        },
        "required": ["pattern"],
        "additionalProperties": False,
    }
    repeatable = True

    async def use(self, arguments: Mapping[str, Any], workspace: Workspace, context: RunContext) -> ToolResult:
        words = ["rg", *ALWAYS, f"--regexp={arguments['pattern']}"]
        words += ["--fixed-strings"] if arguments.get("fixed") else []
        words += ["--ignore-case"] if arguments.get("ignore_case") else []
        words += [f"--glob={arguments['glob']}"] if "glob" in arguments else []
        done = await run(workspace.sandbox, context, [*words, "--", within(arguments.get("path", "."))])
        if done.exit_code == NOTHING_FOUND and not done.output.strip():
            return ToolResult("No line matches.")
        if done.exit_code is None or not (done.succeeded or done.output.strip()):
            raise Unfit(told(done).content)
        return ToolResult(done.output.strip(), is_error=not done.succeeded)
