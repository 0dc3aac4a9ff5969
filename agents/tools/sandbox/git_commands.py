"""git's words for each operation that the tool offers. What a model says is never taken for an option."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from agents.sandbox.gitting import is_branch
from agents.tools.sandbox.base import Unfit, within

Arguments = Mapping[str, Any]
PLAIN = ("--no-ext-diff", "--no-textconv", "--no-color")
_REVISION = re.compile(r"[A-Za-z0-9_@][A-Za-z0-9_./~^@{}:+-]{0,299}")


def _revision(arguments: Arguments, *, needed: bool = False) -> list[str]:
    revision = arguments.get("revision")
    if revision is None and not needed:
        return []
    if revision is None or not _REVISION.fullmatch(revision):
        raise Unfit(f"{revision!r} is not a revision.")
    return [revision]


def _branch(arguments: Arguments) -> str:
    branch = str(arguments.get("branch", ""))
    if not is_branch(branch):
        raise Unfit(f"{branch!r} is not the name of a branch.")
    return branch


def _paths(arguments: Arguments, *, needed: bool = False) -> list[str]:
    if needed and not arguments.get("paths"):
        raise Unfit("Name the paths, relative to the repository.")
    return ["--", *map(within, arguments.get("paths", ()))]


def _status(arguments: Arguments) -> list[str]:
    return ["status", "--short", "--branch", *_paths(arguments)]


def _diff(arguments: Arguments) -> list[str]:
    staged = ["--cached"] if arguments.get("staged") else []
    return ["diff", *PLAIN, *staged, *_revision(arguments), *_paths(arguments)]


def _log(arguments: Arguments) -> list[str]:
    most = f"--max-count={arguments.get('limit', 20):d}"
    return ["log", *PLAIN, most, "--date=iso", "--format=%H %ad %an%n    %s", *_revision(arguments), *_paths(arguments)]


def _show(arguments: Arguments) -> list[str]:
    revision = _revision(arguments, needed=True)
    # After a path in a revision git takes no others.
    return ["show", *PLAIN, *revision, *([] if ":" in revision[0] else _paths(arguments))]


def _list_or_make_branch(arguments: Arguments) -> list[str]:
    if "branch" not in arguments:
        return ["branch", "--all", "--verbose", "--no-color"]
    return ["branch", "--no-track", _branch(arguments), *_revision(arguments)]


def _checkout(arguments: Arguments) -> list[str]:
    if "branch" not in arguments:
        return ["switch", "--detach", *_revision(arguments, needed=True)]
    make = ["--no-track", "--create"] if arguments.get("create") else []
    return ["switch", *make, _branch(arguments), *_revision(arguments)]


def _restore(arguments: Arguments) -> list[str]:
    staged = ["--staged"] if arguments.get("staged") else []
    return ["restore", *staged, *_paths(arguments, needed=True)]


def _add(arguments: Arguments) -> list[str]:
    return ["add", "--all", *_paths(arguments, needed=True)]


def _commit(arguments: Arguments) -> list[str]:
    if not str(arguments.get("message", "")).strip():
        raise Unfit("A commit needs a message.")
    return ["commit", "--no-verify", "--file=-"]


def _apply(arguments: Arguments) -> list[str]:
    if not arguments.get("patch"):
        raise Unfit("Give the patch to apply.")
    return ["apply", "--index", "--recount", "--whitespace=nowarn", "-"]


COMMANDS: dict[str, Callable[[Arguments], list[str]]] = {
    "status": _status,
    "diff": _diff,
    "log": _log,
    "show": _show,
    "branch": _list_or_make_branch,
    "checkout": _checkout,
    "restore": _restore,
    "add": _add,
    "commit": _commit,
    "apply": _apply,
}
READS: dict[str, str] = {"commit": "message", "apply": "patch"}
"""Operation → the argument that git reads from its input."""
