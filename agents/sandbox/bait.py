"""What the probes set up outside of a sandbox, for the attempts inside to reach if they can."""

from __future__ import annotations

import contextlib
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

VARIABLE = "SANDBOX_CANARY"


@dataclass(frozen=True, slots=True)
class Bait:
    """Outside: a directory, a process with a secret in its environment, and sockets that listen."""

    outside: Path
    pid: int
    listeners: tuple[socket.socket, ...]
    mark: str
    abstract: str

    def given(self, expected: list[str]) -> dict[str, Any]:
        """What the attempts are told."""
        return {
            "outside": str(self.outside),
            "mark": self.mark,
            "pid": self.pid,
            "variable": VARIABLE,
            "port": self.listeners[0].getsockname()[1],
            "socket": str(self.outside / "socket"),
            "abstract": self.abstract,
            "expected": expected,
        }

    def taken(self, workspace: Path) -> str:
        """What has happened outside, whatever those inside say."""
        marked = [str(place) for place in (self.outside, workspace.parent) if (place / self.mark).exists()]
        reached = []
        for listener in self.listeners:
            with contextlib.suppress(BlockingIOError):
                listener.accept()[0].close()
                reached.append(f"a connection from inside to {listener.getsockname()!r}")
        return ", ".join([*(f"a file in {place}" for place in marked), *reached])


@contextlib.contextmanager
def laid() -> Iterator[Bait]:
    """Lay it out, and clear it away."""
    outside = Path(tempfile.mkdtemp(prefix="probe-"))
    outside.chmod(0o777)
    name = f"probe-{secrets.token_hex(8)}"
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, outside, ignore_errors=True)
        listeners = []
        for family, address in (
            (socket.AF_INET, ("127.0.0.1", 0)),
            (socket.AF_UNIX, str(outside / "socket")),
            (socket.AF_UNIX, f"\0{name}"),
        ):
            listener = stack.enter_context(socket.socket(family, socket.SOCK_STREAM))
            listener.bind(address)
            listener.listen()
            listener.setblocking(False)
            listeners.append(listener)
        (outside / "socket").chmod(0o777)
        env = {VARIABLE: secrets.token_hex(16)}
        words = [sys.executable, "-I", "-S", "-c", "import sys; sys.stdin.read()"]
        with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, env=env) as process:
            yield Bait(outside, process.pid, tuple(listeners), name, name)
            process.kill()
