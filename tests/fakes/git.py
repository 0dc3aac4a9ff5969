"""git for tests: repositories that nobody's configuration reaches, and `git http-backend` for whoever serves them."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

CONFIGURATION = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_COUNT": "1",
    "GIT_CONFIG_KEY_0": "safe.directory",
    "GIT_CONFIG_VALUE_0": "*",
}
COMMIT = {f"GIT_{who}_{what}": "someone@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


def git(place: Path, *words: str) -> str:
    env = {"PATH": os.environ["PATH"], **CONFIGURATION, **COMMIT}
    return subprocess.run(
        ["git", *words], cwd=place, env=env, check=True, capture_output=True, text=True
    ).stdout.strip()


def heads(bare: Path) -> dict[str, str]:
    """Commits by the full names of their refs."""
    lines = git(bare, "for-each-ref", "--format=%(refname) %(objectname)").splitlines()
    return dict(line.split() for line in lines)


def make_bare(bare: Path, files: Mapping[str, str]) -> None:
    """A repository with one commit on `main`, that may be pushed to over HTTP."""
    bare.mkdir(parents=True)
    git(bare, "init", "-q", "--bare", "-b", "main")
    git(bare, "config", "http.receivepack", "true")
    seed = bare.with_suffix(".seed")
    git(bare.parent, "init", "-q", "-b", "main", str(seed))
    for name, text in files.items():
        (seed / name).parent.mkdir(parents=True, exist_ok=True)
        (seed / name).write_text(text)
    git(seed, "add", "-A")
    git(seed, "commit", "-q", "-m", "First")
    git(seed, "push", "-q", str(bare), "main")


@dataclass(frozen=True, slots=True)
class GitAnswer:
    """What the backend says to one request."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


def backend(root: Path, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes) -> GitAnswer:
    """Let git answer a request about a repository beneath `root`; names of headers in lower case."""
    env = {
        "PATH": os.environ["PATH"],
        "GIT_PROJECT_ROOT": str(root),
        "GIT_HTTP_EXPORT_ALL": "1",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "REQUEST_METHOD": method,
        "CONTENT_TYPE": headers.get("content-type", ""),
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_CONTENT_ENCODING": headers.get("content-encoding", ""),
        "GIT_PROTOCOL": headers.get("git-protocol", ""),
        "REMOTE_USER": "bot",
        **CONFIGURATION,
    }
    done = subprocess.run(["git", "http-backend"], input=body, env=env, capture_output=True, check=False)
    head, _, content = done.stdout.partition(b"\r\n\r\n")
    fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
    return GitAnswer(int(fields.pop("Status", "200").split()[0]), fields, content)
