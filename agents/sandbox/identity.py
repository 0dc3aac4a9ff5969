"""As whom a sandboxed command runs.

An unprivileged platform's commands run as its own user, under another number. Where the platform runs as root, they
run as a user that nobody else is: the kernel does not hold root to a limit on processes, and lets it read much.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

INSIDE = 1000
OUTSIDE = 64117
"""The user and group, as the host sees them, of what runs in the sandboxes of a platform that runs as root."""
ALONE = ["--disable-userns", "--uid", str(INSIDE), "--gid", str(INSIDE), "--cap-drop", "ALL"]
MAPPED = [
    *("--uid", "0", "--gid", "0", "--cap-drop", "ALL"),
    *("--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID", "--cap-add", "CAP_SETPCAP"),
]
"""What changing the user needs, within a user namespace that has two; given up with the change."""
CHANGE = f"setpriv --reuid={INSIDE} --regid={INSIDE} --clear-groups --inh-caps=-all --bounding-set=-all --".split()


def is_separate() -> bool:
    """Whether commands run as another user than the platform's."""
    return os.geteuid() == 0 and shutil.which("setpriv") is not None and all(map(_has, ("uid_map", "gid_map")))


def map_ids(pid: int) -> None:
    """Give a new user namespace its two users: root, who sets the sandbox up, and the one that commands run as."""
    for name in ("uid_map", "gid_map"):
        Path(f"/proc/{pid}/{name}").write_text(f"0 0 1\n{INSIDE} {OUTSIDE} 1\n")


def own(workspace: Path) -> None:
    """Let commands write in a directory of ours."""
    if is_separate() and workspace.lstat().st_uid != OUTSIDE:
        os.chown(workspace, OUTSIDE, OUTSIDE, follow_symlinks=False)


def _has(name: str) -> bool:
    """Whether the number exists here; in a container that is not root's own, few do."""
    return any(first <= OUTSIDE < first + count for first, count in _ranges(name))


def _ranges(name: str) -> Iterator[tuple[int, int]]:
    for line in Path(f"/proc/self/{name}").read_text().splitlines():
        first, _, count = map(int, line.split())
        yield first, count
