"""What the sections start: the platform as shipped, on a directory of its own, and the outside services beside it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tests.fakes.process import Remote
from tests.system.environment import free_port
from tests.system.platform import Platform

RIVAL_PYTHON = os.environ.get("BENCH_PYTHON", ".venv-bench/bin/python")
ROOT = Path(__file__).resolve().parent.parent


class Outside:
    """Telegram, GitHub and the model as processes of their own, so that they share no interpreter with what is measured."""

    def __init__(self) -> None:
        self.telegram, self.model, self.github = Remote("telegram"), Remote("model"), Remote("github")
        self.github.access = SimpleNamespace(login="helpful-bot")  # type: ignore[attr-defined]

    @contextmanager
    def running(self) -> Iterator[Outside]:
        with ExitStack() as stack:
            for fake in (self.telegram, self.model, self.github):
                stack.enter_context(fake)
            yield self


@contextmanager
def platform(outside: Outside, *arguments: str, **settings: str | None) -> Iterator[Platform]:
    """`manage.py up`, healthy; stopped and removed at the end."""
    directory = Path(tempfile.mkdtemp(prefix="bench-"))
    with_bounds: dict[str, str | None] = {"RATE_LIMIT_PER_HOUR": "1000000", **settings}
    one: Any = Platform(outside, directory, **with_bounds)  # type: ignore[arg-type]
    try:
        one.start(*arguments)
        yield one
    finally:
        one.close()
        shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def rival(name: str, python: str, *, secret: str, telegram: str) -> Iterator[int]:
    """A server of bench.rivals, ready; its port."""
    port = free_port()
    command = [python, "-m", f"bench.rivals.{name}", "--port", str(port), "--secret", secret, "--telegram", telegram]
    with subprocess.Popen(command, cwd=ROOT) as process:
        try:
            _wait_for_port(process, port)
            yield port
        finally:
            process.terminate()


def _wait_for_port(process: subprocess.Popen[bytes], port: int, timeout: float = 30) -> None:
    deadline = time.monotonic() + timeout
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{process.args!r} did not start") from None
            time.sleep(0.05)
        else:
            return


def own_python() -> str:
    return sys.executable
