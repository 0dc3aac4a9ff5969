"""A door in front of PostgreSQL that counts what goes through it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

from botplatform.embedded.sockets import DATABASE, SUPERUSER

READY = ord("Z")
"""The server's ReadyForQuery ends each round trip: https://www.postgresql.org/docs/18/protocol-message-formats.html"""


class Wire:
    """Passes everything on between clients of `url` and the server's socket."""

    def __init__(self, server: Path, directory: Path) -> None:
        self.round_trips = 0
        self.url = f"postgresql://{SUPERUSER}@/{DATABASE}?host={directory}"
        self._server = server
        self._socket = directory / server.name
        self._listening: asyncio.Server | None = None
        self._pumps: set[asyncio.Task[None]] = set()
        self._writers: list[asyncio.StreamWriter] = []

    async def open(self) -> None:
        self._listening = await asyncio.start_unix_server(self._serve, self._socket)

    async def close(self) -> None:
        if self._listening:
            self._listening.close()
        for pump in self._pumps:
            pump.cancel()
        for writer in self._writers:
            writer.close()
        closed = (writer.wait_closed() for writer in self._writers)
        await asyncio.gather(*self._pumps, *closed, return_exceptions=True)

    async def _serve(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        server, to_server = await asyncio.open_unix_connection(self._server)
        self._writers += [to_client, to_server]
        for pump in (self._pass_on(client, to_server), self._count(server, to_client)):
            self._pumps.add(asyncio.create_task(pump))

    async def _pass_on(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await source.read(65536):
                sink.write(data)
        sink.close()

    async def _count(self, server: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = await server.readexactly(5)
                client.write(head + await server.readexactly(int.from_bytes(head[1:]) - 4))
                self.round_trips += head[0] == READY
        client.close()
