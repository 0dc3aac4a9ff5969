from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

import structlog

from botplatform.embedded import EmbeddedError, Servers

POLL_SECONDS = 0.1
ENSURE_SECONDS = 5.0
REQUEST_SECONDS = 2.0

log = structlog.get_logger("upkeep")


class Upkeep:
    """A thread beside the supervisor: calls `announce` once web answers, and restarts embedded servers that died."""

    def __init__(self, *, servers: Servers, host: str, port: int, announce: Callable[[], None]) -> None:
        self._servers = servers
        self._address = (reachable(host), port)
        self._announce = announce
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, name="upkeep", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end.set()
        self._thread.join(timeout=ENSURE_SECONDS)

    def _run(self) -> None:
        announced = False
        looked = time.monotonic()
        while not self._end.wait(ENSURE_SECONDS if announced else POLL_SECONDS):
            if not announced and self._answers():
                announced = True
                self._announce()
            if time.monotonic() - looked >= ENSURE_SECONDS:
                self._ensure()
                looked = time.monotonic()

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection(*self._address, timeout=REQUEST_SECONDS)
        try:
            connection.request("GET", "/health/live/", headers={"Host": "localhost"})
            return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _ensure(self) -> None:
        try:
            restarted = self._servers.ensure()
        except (EmbeddedError, OSError) as error:
            log.error("embedded.not_restarted", error=str(error))
            return
        for name in restarted:
            log.warning("embedded.restarted", server=name)


def reachable(host: str) -> str:
    """The address at which this machine reaches a server that listens on `host`."""
    return {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - nothing listens here
