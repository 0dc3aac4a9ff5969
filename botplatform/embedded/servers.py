from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from botplatform.embedded.postgres import Postgres
from botplatform.embedded.redis import Redis
from botplatform.embedded.server import Server
from botplatform.embedded.sockets import addresses


class Servers:
    """The embedded servers of a data directory for the length of a `with` block.

    Starts what does not run, joins what does, from as many processes as like; the last to leave stops them. Entering
    raises `EmbeddedError`. A killed process counts as having left.
    """

    def __init__(self, data_dir: Path, *, postgres: bool = True, redis: bool = True) -> None:
        self.addresses = addresses(data_dir)
        self._servers: list[Server] = []
        if redis:
            self._servers.append(Redis(data_dir))
        if postgres:
            self._servers.append(Postgres(data_dir))
        self._joined = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            for server in self._servers:
                server.join()
                stack.callback(server.leave)
            self._joined = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._joined.close()

    def ensure(self) -> list[str]:
        """Start again what died under its users; the names of what was. Raises `EmbeddedError`."""
        return [server.name for server in self._servers if server.ensure()]
