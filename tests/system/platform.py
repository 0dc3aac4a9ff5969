"""The unmodified platform, started as its README says."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import httpx
import psutil

from botplatform.embedded.sockets import socket_dir
from tests.system.environment import environment, leaked
from tests.system.fakes import Fakes
from tests.system.installation import MANAGE, Installation
from tests.system.processes import Found, alive, find

T = TypeVar("T")

START_SECONDS = 150.0
STOP_SECONDS = 15.0


class Platform(Installation):
    """`manage.py up` as a child process on a data directory and a port of its own.

    Keywords are settings: `Platform(fakes, directory, STUCK_AFTER_SECONDS="8")`; None takes one away.
    """

    def __init__(self, fakes: Fakes, directory: Path, **settings: str | None) -> None:
        given = {**environment(fakes, directory / "data"), **settings}
        super().__init__(directory, {name: value for name, value in given.items() if value is not None})
        self.fakes = fakes
        self._log = directory / "output.log"
        self._up: subprocess.Popen[bytes] | None = None

    # -- life

    def start(self, *arguments: str, wait: bool = True) -> None:
        """`manage.py up` with arguments, again if it has ended; returns when /health/ says ok."""
        if self._up is not None:
            self._up.wait(STOP_SECONDS)
        with self._log.open("ab") as log:
            self._up = subprocess.Popen(
                [sys.executable, str(MANAGE), "up", *arguments],
                env=self.env,
                cwd=self.directory,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        if wait:
            self.wait_healthy()

    def wait_healthy(self, timeout: float = START_SECONDS) -> None:
        self.wait_until(self._is_healthy, timeout, what="health ok")

    def stop(self) -> None:
        """SIGTERM. Fails unless all has ended with exit code 0 within 15 s, and no secret was ever printed."""
        family = [process for processes in self.processes().values() for process in processes]
        if self._up is not None:
            self._up.terminate()
            self.wait_until(self._has_ended, STOP_SECONDS, what="the end of `up`")
            code, self._up = self._up.returncode, None
            assert code == 0, f"exit code {code}{self.tail()}"
        assert not alive(family), f"left behind: {alive(family)}{self.tail()}"
        assert not self.leaks(), f"printed: {self.leaks()}"

    def close(self) -> None:
        """Stop, and leave no process and nothing outside the directory, whatever happens."""
        try:
            self.stop()
        finally:
            for role in self.processes():
                self.kill(role)
            if self._up is not None:
                self._up.wait()
            self.http.close()
            for server in ("postgres", "redis"):
                shutil.rmtree(socket_dir(self.data_dir, server), ignore_errors=True)

    def _has_ended(self) -> bool:
        return self._up is None or self._up.poll() is not None

    def _is_healthy(self) -> bool:
        assert not self._has_ended(), f"`up` has ended{self.tail()}"
        try:
            answer = self.http.get("/health/", timeout=5)
        except httpx.HTTPError:
            return False
        return answer.status_code == 200 and answer.json()["status"] == "ok"

    # -- its processes

    def processes(self) -> Found:
        """What runs now, by role: up, web, worker, beat, postgres, redis. A role without a process is absent."""
        servers = {"redis": str(socket_dir(self.data_dir, "redis")), "postgres": f"{self.data_dir}/postgres/data"}
        return find(self.data_dir, servers)

    def kill(self, role: str, number: signal.Signals = signal.SIGKILL) -> list[psutil.Process]:
        """Signal every process of a role; of PostgreSQL the postmaster. Returns them."""
        processes = self.processes().get(role, [])
        for process in processes:
            process.send_signal(number)
        return processes

    def wait_until(self, condition: Callable[[], T], timeout: float = 30.0, *, what: str = "") -> T:
        """Ask until the answer is true, and return it. Fails with the end of the output."""
        deadline = time.monotonic() + timeout
        while not (answer := condition()):
            if time.monotonic() > deadline:
                raise AssertionError(f"not within {timeout} s: {what or condition}; last {answer!r}{self.tail()}")
            time.sleep(0.05)
        return answer

    # -- what it says

    def output(self) -> str:
        """All that `up` and its children have printed."""
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    def tail(self, lines: int = 40) -> str:
        return "\n" + "\n".join(self.output().splitlines()[-lines:])

    def events(self, name: str) -> list[dict[str, Any]]:
        """The log lines with this event name."""
        lines = (json.loads(line) for line in self.output().splitlines() if line.startswith('{"') and name in line)
        return [line for line in lines if line.get("event") == name]

    def leaks(self) -> list[str]:
        """The names of secrets that occur in the output of any process."""
        servers = [path.read_text(errors="replace") for path in self.data_dir.glob("logs/*")]
        return leaked([self.output(), *servers, *self.said], self.env, self.data_dir)
