"""Starting a server that outlives its starter, and finding its process again beyond doubt."""

from __future__ import annotations

import os
import socket
import struct
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

LOG_LIMIT_BYTES = 16 * 1024 * 1024
CONNECT_SECONDS = 2.0


def launch(command: Sequence[str], *, keeps: int, log: Path) -> None:
    """Start `command` in a session of its own; it inherits the descriptor `keeps` and writes to `log`.

    The shell between makes it nobody's child: no zombie is left to a process that lives longer than the server.
    """
    with log.open("wb" if _is_large(log) else "ab") as output:
        subprocess.run(
            ["/bin/sh", "-c", '"$@" &', "sh", *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=(keeps,),
            start_new_session=True,
            cwd="/",
            env=environment(),
            check=True,
        )


def environment() -> dict[str, str]:
    """Ours without libpq's variables, which would point the servers' tools elsewhere."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")}


def last_line(log: Path) -> str:
    try:
        lines = log.read_text(errors="replace").split("\n")
    except OSError:
        return ""
    return next((line.strip() for line in reversed(lines) if line.strip()), "")


def connect(path: Path) -> socket.socket | None:
    """A connection to a unix socket, or None where nobody listens."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(CONNECT_SECONDS)
    try:
        connection.connect(str(path))
    except OSError:
        connection.close()
        return None
    return connection


def listener(path: Path) -> int | None:
    """The process that listens on a unix socket, as the kernel tells it; None where nobody does."""
    connection = connect(path)
    if connection is None:
        return None
    with connection:
        if sys.platform == "darwin":
            return int(connection.getsockopt(0, 0x002))  # SOL_LOCAL, LOCAL_PEERPID: Python has no names for them
        peer = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        return int(struct.unpack("3i", peer)[0])


def holder(pid_file: Path, lock: Path) -> int | None:
    """The process that `pid_file` names, if it truly has the file `lock` open; else None."""
    try:
        pid = int(pid_file.read_text().split()[0])
        wanted = lock.stat()
        opened = [entry.stat() for entry in Path(f"/proc/{pid}/fd").iterdir() if entry.exists()]
    except (OSError, ValueError, IndexError):
        return None
    return pid if any(os.path.samestat(wanted, status) for status in opened) else None


def _is_large(log: Path) -> bool:
    return log.exists() and log.stat().st_size > LOG_LIMIT_BYTES
