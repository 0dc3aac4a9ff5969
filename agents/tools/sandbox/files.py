"""Reading, writing and listing files of the workspace, by commands inside the sandbox: links lead no further than it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agents.base import RunContext, ToolResult
from agents.sandbox.workspace import Workspace
from agents.tools.sandbox.base import Unfit, WorkspaceTool, run, told, within

# $1 is the path; afterwards $real is where it leads, within the workspace.
RESOLVE = """
real=$(realpath -m -- "$1") || exit 66
case "$real/" in /workspace/*) ;; *) echo "it leads out of the workspace"; exit 66;; esac
"""
READ = """
[ -e "$real" ] || { echo "there is no such file"; exit 66; }
[ -f "$real" ] || { echo "it is not a regular file"; exit 66; }
wc -l < "$real" && sed -n -e "$2,$3p" -e "$3q" -- "$real" | head -c 50000
"""
WRITE = """
[ ! -e "$real" ] || [ -f "$real" ] || { echo "it is not a regular file"; exit 66; }
mkdir -p -- "${real%/*}" && cat > "$real"
"""
LIST = """
[ -d "$real" ] || { echo "there is no such directory"; exit 66; }
find "$real" -mindepth 1 -maxdepth "$2" -printf '%y %s %P\\0' -name .git -prune | head -c 100000
"""
PATH = {"type": "string", "minLength": 1, "maxLength": 4000, "description": "Relative to the workspace."}
MOST_LINES, MOST_ENTRIES = 2000, 500


def _script(body: str, *words: str) -> list[str]:
    return ["/bin/sh", "-c", f"{RESOLVE}{body}", "sh", *words]


class ReadFile(WorkspaceTool):
    name = "read_file"
    description = "Reads lines of a text file in the workspace, with their numbers."
    input_schema = {
        "type": "object",
        "properties": {
            "path": PATH,
            "first_line": {"type": "integer", "minimum": 1, "maximum": 100_000_000, "default": 1},
            "lines": {"type": "integer", "minimum": 1, "maximum": MOST_LINES, "default": 400},
        },
        "required": ["path"],
        "additionalProperties": False,
    }
    repeatable = True

    async def use(self, arguments: Mapping[str, Any], workspace: Workspace, context: RunContext) -> ToolResult:
        path, first = within(arguments["path"]), arguments.get("first_line", 1)
        last = first + arguments.get("lines", 400) - 1
        done = await run(workspace.sandbox, context, _script(READ, path, str(first), str(last)))
        if not done.succeeded:
            raise Unfit(f"{arguments['path']} cannot be read: {told(done).content}")
        count, _, text = done.output.partition("\n")
        lines = text.removesuffix("\n").split("\n") if text else []
        numbered = "\n".join(f"{first + index:6}\t{line}" for index, line in enumerate(lines))
        until = first + len(lines) - 1
        return ToolResult(f"Lines {first} to {until} of {max(int(count), until)}:\n{numbered}")


class WriteFile(WorkspaceTool):
    name = "write_file"
    description = "Writes a whole text file in the workspace, making its directories; what was in it is replaced."
    input_schema = {
        "type": "object",
        "properties": {"path": PATH, "content": {"type": "string", "maxLength": 1_000_000}},
        "required": ["path", "content"],
        "additionalProperties": False,
    }
    repeatable = True

    async def use(self, arguments: Mapping[str, Any], workspace: Workspace, context: RunContext) -> ToolResult:
        path, content = within(arguments["path"]), arguments["content"].encode(errors="replace")
        done = await run(workspace.sandbox, context, _script(WRITE, path), stdin=content)
        if not done.succeeded:
            raise Unfit(f"{arguments['path']} cannot be written: {told(done).content}")
        return ToolResult(f"Wrote {len(content)} bytes to {arguments['path']}.")


class ListFiles(WorkspaceTool):
    name = "list_files"
    description = "Lists what is in a directory of the workspace, with sizes in bytes; directories end with a slash."
    input_schema = {
        "type": "object",
        "properties": {
            "path": PATH | {"default": "."},
            "depth": {"type": "integer", "minimum": 1, "maximum": 10, "default": 2},
        },
        "additionalProperties": False,
    }
    repeatable = True

    async def use(self, arguments: Mapping[str, Any], workspace: Workspace, context: RunContext) -> ToolResult:
        path, depth = within(arguments.get("path", ".")), arguments.get("depth", 2)
        done = await run(workspace.sandbox, context, _script(LIST, path, str(depth)))
        if not done.succeeded:
            raise Unfit(f"{arguments.get('path', '.')} cannot be listed: {told(done).content}")
        entries = sorted(filter(None, map(_entry, done.output.split("\0"))))
        more = f"\n… and {len(entries) - MOST_ENTRIES} more" if len(entries) > MOST_ENTRIES else ""
        return ToolResult("\n".join(entries[:MOST_ENTRIES]) + more or "It is empty.")


def _entry(record: str) -> str:
    """One line for one entry, whatever characters its name has; empty for a record that was cut off."""
    kind, _, rest = record.partition(" ")
    size, _, name = rest.partition(" ")
    if not name:
        return ""
    shown = name if name.isprintable() else repr(name)
    ends = {"d": "/", "f": f"  {size}", "l": "  (a link)"}
    return shown + ends.get(kind, "  (neither file nor directory)")
