"""Keeps child processes running until a signal says stop."""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import FrameType

import structlog

BACKOFF_FIRST_SECONDS = 0.5
BACKOFF_LONGEST_SECONDS = 30.0
HEALTHY_SECONDS = 60.0
"""A child that lived this long begins again with the shortest back-off."""
SETTLED_SECONDS = 5.0
"""A child that lived this long and ended in good order was told to, as in a rolling restart."""
STOP_SECONDS = 10.0
POLL_SECONDS = 0.05
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

log = structlog.get_logger("supervisor")


@dataclass(frozen=True)
class Child:
    name: str
    command: tuple[str, ...]


class Supervisor:
    """Runs children that inherit our output, each in a process group of its own so that Ctrl-C reaches us alone.

    Use it from the main thread: signals arrive there, and the kernel ties a child's life to the thread that made it.
    """

    def __init__(self, children: Sequence[Child], environment: Mapping[str, str]) -> None:
        prefix = _dies_with_parent()
        self._children = [_Watched(child, prefix, environment) for child in children]
        self._stopping = False

    def run(self) -> None:
        """Return after SIGINT, SIGTERM or SIGHUP, when every child has ended: within 10 s, killed if need be."""
        with _signals(self._stop) as wake:
            try:
                while not self._stopping:
                    pause = min(child.tend() for child in self._children)
                    if select.select([wake], [], [], pause)[0]:
                        os.read(wake, 1024)
            finally:
                self._stop_all()

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._stopping = True

    def _stop_all(self) -> None:
        deadline = time.monotonic() + STOP_SECONDS
        for child in self._children:
            child.terminate()
        while any(child.is_running() for child in self._children) and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
        for child in self._children:
            child.kill()


class _Watched:
    def __init__(self, child: Child, prefix: Sequence[str], environment: Mapping[str, str]) -> None:
        self._name = child.name
        self._command = [*prefix, *child.command]
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None
        self._backoff = BACKOFF_FIRST_SECONDS
        self._changed = time.monotonic()
        self._due = self._changed

    def tend(self) -> float:
        """Start the child if it is due, note it if it ended; the seconds until it needs a look again."""
        if self._process and not self.is_running():
            self._note_end()
        if self._process is None and time.monotonic() >= self._due:
            self._start()
        return HEALTHY_SECONDS if self._process else max(0.0, self._due - time.monotonic())

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def terminate(self) -> None:
        if self._process:
            self._process.terminate()

    def kill(self) -> int | None:
        """Kill what is left of the child and of the processes it made; the child's exit code."""
        if self._process is None:
            return None
        with suppress(ProcessLookupError, PermissionError):  # the group is gone, or on macOS holds a zombie only
            os.killpg(self._process.pid, signal.SIGKILL)
        return self._process.wait()

    def _start(self) -> None:
        self._changed = time.monotonic()
        try:
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.DEVNULL, env=dict(self._environment), process_group=0
            )
        except OSError as error:
            log.error("child.not_started", child=self._name, error=str(error), retry_in_s=self._postpone())

    def _note_end(self) -> None:
        code = self.kill()
        self._process = None
        lived = time.monotonic() - self._changed
        if lived >= HEALTHY_SECONDS or (code == 0 and lived >= SETTLED_SECONDS):
            self._backoff = BACKOFF_FIRST_SECONDS
        log.warning("child.ended", child=self._name, code=code, restart_in_s=self._postpone())

    def _postpone(self) -> float:
        seconds = self._backoff
        self._due = time.monotonic() + seconds
        self._backoff = min(seconds * 2, BACKOFF_LONGEST_SECONDS)
        return seconds


@contextmanager
def _signals(stop: signal._HANDLER) -> Iterator[int]:
    """Handle the stop signals, and make every signal, a child's end included, readable from the yielded descriptor."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    before = {number: signal.signal(number, stop) for number in STOP_SIGNALS}
    before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda number, frame: None)
    waker = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    try:
        yield reading
    finally:
        signal.set_wakeup_fd(waker)
        for number, handler in before.items():
            signal.signal(number, handler)
        os.close(reading)
        os.close(writing)


def _dies_with_parent() -> tuple[str, ...]:
    """What to put before a command so that the kernel kills it when we die, even by SIGKILL; nothing where unknown."""
    if shutil.which("setpriv") is None:
        return ()
    prefix = ("setpriv", "--pdeathsig", "KILL")
    known = subprocess.run([*prefix, "true"], stderr=subprocess.DEVNULL, check=False).returncode == 0
    return prefix if known else ()
