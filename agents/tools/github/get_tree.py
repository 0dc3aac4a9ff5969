"""Reading what files a repository has."""

from __future__ import annotations

from agents.github import names
from agents.github.client import Client, Fields, count, items, text
from agents.github.scope import Readable
from agents.tools.github.base import Arguments, ReadingTool, schema

ENTRIES = 500
_KINDS = {"tree": "/", "commit": " (submodule)"}


class GetTree(ReadingTool):
    """The files below a folder."""

    name = "github_get_tree"
    description = (
        "Lists the files of a GitHub repository, at a branch, tag or commit (the default branch unless given), all of "
        "them or those below a folder."
    )
    input_schema = schema(
        ref={"type": "string", "maxLength": 250, "description": "branch, tag or commit"},
        path={"type": "string", "maxLength": 1000, "description": "a folder"},
    )

    async def read(self, arguments: Arguments, client: Client, where: Readable) -> str:
        ref, folder = str(arguments.get("ref") or "HEAD"), str(arguments.get("path") or "").strip("/")
        names.path(folder)
        path = f"/repos/{where.repository}/git/trees/{names.ref(ref)}"
        tree = await client.get(path, repository=where.repository, params={"recursive": "1"})
        entries = [one for one in items(tree.get("tree")) if not folder or text(one, "path").startswith(f"{folder}/")]
        lines = [f"{where.repository} at {ref}{f', below {folder}' if folder else ''}: {len(entries)} entries"]
        lines += [_entry(one) for one in entries[:ENTRIES]]
        if len(entries) > ENTRIES:
            lines.append(f"[… {len(entries) - ENTRIES} more: ask for a folder]")
        if tree.get("truncated") is True:
            lines.append("[GitHub itself lists no more of so large a repository]")
        return "\n".join(lines)


def _entry(one: Fields) -> str:
    kind = text(one, "type")
    return f"{text(one, 'path')}{_KINDS.get(kind, '')}" + (f" ({count(one, 'size')} bytes)" if kind == "blob" else "")
