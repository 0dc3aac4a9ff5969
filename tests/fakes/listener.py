"""A loop in a thread of its own that serves one app on 127.0.0.1."""

from __future__ import annotations

import asyncio
import socket
import threading

import uvloop

from tests.fakes.wire import App, Connection


class Listener:
    """Listens from `start` to `stop`; port 0 takes a free one."""

    def __init__(self, app: App, port: int = 0) -> None:
        self.app = app
        self.wanted_port = port
        self.port = 0
        self.loop: asyncio.AbstractEventLoop | None = None
        self._connections: set[Connection] = set()
        self._ready = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        listening = socket.create_server(("127.0.0.1", self.wanted_port), backlog=2048)
        self.port = listening.getsockname()[1]
        self._thread = threading.Thread(target=self._run, args=(listening,), name="fake", daemon=True)
        self._thread.start()
        self._ready.wait()

    def stop(self) -> None:
        if self.loop is not None and self._thread is not None:
            self.loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join()
            self._thread = self.loop = None

    def _run(self, listening: socket.socket) -> None:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(self._serve(listening))

    async def _serve(self, listening: socket.socket) -> None:
        self.loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        server = await self.loop.create_server(
            lambda: Connection(self.app, self._connections), sock=listening, backlog=2048
        )
        self._ready.set()
        await self._stopping.wait()
        server.close()
        await self._hang_up()

    async def _hang_up(self) -> None:
        """Close what is open and wait until every handler has ended, so that nothing outlives the loop."""
        tasks = [connection.task for connection in self._connections if connection.task]
        for connection in list(self._connections):
            connection.transport.abort()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        while self._connections:
            await asyncio.sleep(0)
