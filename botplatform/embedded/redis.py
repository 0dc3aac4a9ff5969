from __future__ import annotations

import signal
from pathlib import Path

from botplatform.embedded import processes
from botplatform.embedded.accounts import Account
from botplatform.embedded.binaries import redis_program
from botplatform.embedded.server import Server
from botplatform.embedded.sockets import redis_socket


class Redis(Server):
    """Keeps nothing on disk: what must last is in PostgreSQL."""

    name = "redis"
    title = "The embedded Redis"
    stopping = ((signal.SIGTERM, 1.0), (signal.SIGKILL, 1.0))

    @property
    def program(self) -> Path:
        return redis_program()

    @property
    def socket(self) -> Path:
        return redis_socket(self.data_dir)

    @property
    def pid_file(self) -> Path:
        return self.directory / "redis.pid"

    def command(self, account: Account, *, keeps: int) -> list[str]:
        settings = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.directory),
            "pidfile": str(self.pid_file),
            "save": "",
            "appendonly": "no",
            "maxmemory-policy": "noeviction",
        }
        return [str(self.program), *(part for name, value in settings.items() for part in (f"--{name}", value))]

    def answers(self) -> bool:
        connection = processes.connect(self.socket)
        if connection is None:
            return False
        with connection:
            try:
                connection.sendall(b"PING\r\n")
                return connection.recv(64).startswith(b"+PONG")
            except OSError:
                return False
