"""Names that go into the addresses of GitHub's API: nothing else may get there."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from agents.github.access import GitHubError

_REPOSITORY = re.compile(r"[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}", re.ASCII)
_REF = re.compile(r"[^\x00-\x20\x7f~^:?*\[\\]{1,250}")
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_PATH_LIMIT = 1000

REPOSITORY: dict[str, Any] = {
    "type": "string",
    "description": "owner/name; the conversation's own repository unless given",
    "maxLength": 201,
}
NUMBER: dict[str, Any] = {"type": "integer", "minimum": 1, "maximum": 2**31 - 1}
COMMIT: dict[str, Any] = {
    "type": "string", "pattern": "^[0-9a-f]{40}([0-9a-f]{24})?$", "description": "the whole SHA of a commit",
}  # fmt: skip


def repository(name: str) -> str:
    """The name itself. Raises GitHubError unless it is `owner/name`."""
    if not _REPOSITORY.fullmatch(name) or {".", ".."} & set(name.split("/")):
        raise GitHubError("a repository is written owner/name")
    return name


def same(one: str, other: str) -> bool:
    """GitHub tells names apart without regard to case."""
    return one.lower() == other.lower()


def ref(name: str) -> str:
    """A branch, tag or commit as one segment of a path. Raises GitHubError.

    https://git-scm.com/docs/git-check-ref-format
    """
    odd = name.startswith(("-", "/")) or name.endswith((".", "/")) or ".." in name or "@{" in name or "//" in name
    if not _REF.fullmatch(name) or odd:
        raise GitHubError("that is not the name of a branch, a tag or a commit")
    return quote(name, safe="")


def commit(name: str) -> str:
    """A whole SHA. Raises GitHubError."""
    if not _COMMIT.fullmatch(name):
        raise GitHubError("a commit is written as its whole SHA")
    return name


def path(name: str) -> str:
    """A path inside a repository, encoded segment by segment; empty for its root. Raises GitHubError."""
    parts = name.strip("/").split("/") if name.strip("/") else []
    odd = any(part in ("", ".", "..") for part in parts)
    if odd or len(name) > _PATH_LIMIT or any(ord(char) < 32 for char in name):
        raise GitHubError("that is not a path inside a repository")
    return "/".join(quote(part, safe="") for part in parts)
