"""Fakes as processes of their own, so that they share no interpreter lock with what is measured."""

from __future__ import annotations

import json
import select
import signal
import subprocess
import sys
import urllib.request
from types import TracebackType
from typing import Any, Self

from tests.fakes.server import Fake


def serve(fake: Fake) -> None:
    """Run until SIGTERM or SIGINT; prints the URL in one line once it answers."""
    wanted = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, wanted)
    with fake:
        print(fake.url, flush=True)
        signal.sigwait(wanted)


class Remote:
    """A fake in a process of its own: `with Remote("telegram", "--strict") as telegram`."""

    def __init__(self, name: str, *arguments: str) -> None:
        self.command = [sys.executable, "-m", f"tests.fakes.{name}", *arguments]
        self.url = ""

    def __enter__(self) -> Self:
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        ready, _, _ = select.select([self.process.stdout], [], [], 20)
        self.url = self.process.stdout.readline().strip() if ready else ""
        if not self.url:
            self.__exit__(None, None, None)
            raise RuntimeError(f"{self.command} did not start")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.process.terminate()
        self.process.communicate(timeout=10)

    def counts(self) -> dict[str, int]:
        """Calls by name."""
        names: dict[str, int] = self._ask("counts")["names"]
        return names

    def calls(self, name: str = "", *, since: int = 0, bodies: bool = False) -> list[dict[str, Any]]:
        """The timeline, from call number `since` on; times as in Call."""
        query = f"since={since}" + (f"&name={name}" if name else "") + ("&bodies=1" if bodies else "")
        rows: list[dict[str, Any]] = self._ask(f"calls?{query}")
        return rows

    def hold(self, **conditions: Any) -> None:
        self._ask("hold", conditions)

    def release(self) -> None:
        self._ask("release", {})

    def reset(self) -> None:
        self._ask("reset", {})

    def configure(self, **options: Any) -> None:
        self._ask("configure", options)

    def _ask(self, path: str, body: dict[str, Any] | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(f"{self.url}/_control/{path}", data=data, timeout=30) as answer:
            return json.load(answer)
