"""The directory in which one run's commands work. What lies in it may be hostile: nothing outside a sandbox opens it."""

from __future__ import annotations

import asyncio
import os
import re
import stat
import subprocess
import time
from collections.abc import Mapping, Set
from dataclasses import dataclass, replace
from pathlib import Path

from agents.sandbox.broker import Broker
from agents.sandbox.layout import System, View
from agents.sandbox.sandbox import Sandbox
from agents.sandbox.values import Limits, SandboxError

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,99}")
YOUNG_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Author:
    """In whose name commits are made."""

    name: str = "Bot"
    email: str = "bot@localhost"

    def environment(self) -> dict[str, str]:
        """git's variables for it."""
        wanted = {"NAME": self.name, "EMAIL": self.email}
        return {f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in wanted.items()}


@dataclass(frozen=True, slots=True)
class Workspace:
    """One run's: where its commands work, and the repository that it may exchange commits with."""

    name: str
    path: Path
    sandbox: Sandbox
    resumed: bool
    """It was there already, as the last run of the same work left it."""
    lost: bool
    """Earlier runs of the same work had one, which is not here: another machine's, or swept away."""
    broker: Broker | None = None
    author: Author = Author()

    @property
    def notice(self) -> str:
        """What a model has to know of it before it goes on; usually nothing."""
        if not self.lost:
            return ""
        return "The workspace of earlier steps is gone. What was in it and was not pushed is lost; this one is empty."

    @classmethod
    def open(
        cls,
        root: Path,
        name: str,
        *,
        used_before: bool = False,
        system: System | None = None,
        limits: Limits | None = None,
        broker: Broker | None = None,
        author: Author | None = None,
    ) -> Workspace:
        """Go on with the workspace of that name beneath `root`, or make it. Raises SandboxError.

        `used_before`: whether earlier steps of the same work have used one.
        """
        if not NAME.fullmatch(name):
            raise SandboxError(f"not the name of a workspace: {name!r}")
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        root.chmod(0o700)
        path = root / name
        try:
            path.mkdir(mode=0o700)
            resumed = False
        except FileExistsError:
            resumed = True
            if not stat.S_ISDIR(path.lstat().st_mode):
                raise SandboxError(f"the workspace {name} is not a directory") from None
            path.chmod(0o700)
        author = author or Author()
        view = View(path.absolute(), environment=author.environment())
        sandbox = Sandbox(view, system or System(), limits or Limits())
        return cls(name, path, sandbox, resumed, used_before and not resumed, broker, author)

    def seeing(self, readable: Mapping[str, Path]) -> Sandbox:
        """Its sandbox, with further directories to read: path inside → path outside."""
        return replace(self.sandbox, view=replace(self.sandbox.view, readable=readable))

    async def remove(self) -> None:
        """Delete it with everything in it. Only when no command runs in it."""
        await asyncio.to_thread(_delete, self.path)


async def sweep(root: Path, keep: Set[str], *, older_than_seconds: float = YOUNG_SECONDS) -> list[str]:
    """Delete the workspaces beneath `root` that nobody needs, and return their names.

    One that was made only just now is left: its row may not have been read into `keep`.
    """
    names = [name for name in _older(root, older_than_seconds) if name not in keep]
    for name in names:
        await asyncio.to_thread(_delete, root / name)
    return names


def _older(root: Path, seconds: float) -> list[str]:
    if not root.is_dir():
        return []
    with os.scandir(root) as entries:
        return [one.name for one in entries if one.stat(follow_symlinks=False).st_ctime <= time.time() - seconds]


def _delete(path: Path) -> None:
    """Of any depth, without following a link; directories that were made unreadable are opened first."""
    for words in (["chmod", "-R", "u+rwX"], ["rm", "-rf", "--one-file-system"]):
        subprocess.run([*words, "--", str(path)], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if path.is_symlink() or path.exists():
        raise SandboxError(f"the workspace {path.name} cannot be deleted")
