"""Connections to all configured servers: opened when needed, kept, and never a burden on a run when they fail."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

import structlog
from mcp_types import CallToolResult
from mcp_types import Tool as Definition

from agents.base import Tool
from agents.mcp.breaker import Breaker, BreakerState
from agents.mcp.connection import Connection
from agents.mcp.servers import McpFailure, McpServer
from agents.mcp.tools import offered

LIST_SECONDS = 8.0
"""As long does a run wait for a server's tools; then it begins without them."""
TOOLS_SECONDS = 300.0
"""How long a list of tools is taken for current."""

Result = TypeVar("Result")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Standing:
    """What operators see of a server."""

    name: str
    state: BreakerState
    last_error: str
    """Without secrets; empty when the last use went well."""
    tools: tuple[str, ...]
    """The server's own names of all that it lists, allowed or not."""
    since: datetime
    """When the state began."""


@dataclass
class _Kept:
    """One server's connection and what is known of it."""

    server: McpServer
    breaker: Breaker
    connection: Connection | None = None
    definitions: list[Definition] | None = None
    fresh_until: float = 0.0
    last_error: str = ""
    state: BreakerState = BreakerState.CLOSED
    since: datetime = field(default_factory=lambda: datetime.now(UTC))
    listing: asyncio.Task[None] | None = None
    """Shared by runs that start together, and not broken off with any of them."""


class Pool:
    """One an event loop. A server is known by its name; a changed configuration replaces its connection."""

    def __init__(self, *, make_breaker: Callable[[], Breaker] = Breaker, tools_seconds: float = TOOLS_SECONDS) -> None:
        self._make_breaker, self._tools_seconds = make_breaker, tools_seconds
        self._kept: dict[str, _Kept] = {}
        self._leaving: set[asyncio.Task[None]] = set()

    async def tools(self, server: McpServer) -> list[Tool]:
        """What the server offers of what is allowed; nothing, with the reason in `standing`, when it cannot be asked."""
        kept = self._of(server)
        if kept.definitions is None or time.monotonic() >= kept.fresh_until:
            kept.listing = kept.listing or asyncio.create_task(self._list(kept))
            await asyncio.wait([kept.listing], timeout=LIST_SECONDS)
        return offered(server, kept.definitions or (), self.call)

    async def call(
        self, server: McpServer, tool: str, arguments: Mapping[str, Any], check: Callable[[], None] = lambda: None
    ) -> CallToolResult:
        """Call a tool of a server. `check` is called immediately before. Raises McpFailure."""

        async def made(connection: Connection) -> CallToolResult:
            await connection.ready()
            check()
            return await connection.call(tool, arguments)

        return await self._used(self._of(server), made)

    def standing(self) -> list[Standing]:
        """All servers that have been used, by name."""
        return [self._standing(self._kept[name]) for name in sorted(self._kept)]

    async def aclose(self) -> None:
        """Close every connection; processes of servers are ended."""
        for name in list(self._kept):
            self._leave(self._kept.pop(name))
        while self._leaving:
            await asyncio.wait(list(self._leaving))

    async def _list(self, kept: _Kept) -> None:
        try:
            kept.definitions = await self._used(kept, Connection.definitions)
            kept.fresh_until = time.monotonic() + self._tools_seconds
        except McpFailure:
            kept.definitions = None
        finally:
            kept.listing = None

    def _of(self, server: McpServer) -> _Kept:
        kept = self._kept.get(server.name)
        if kept is None or kept.server != server:
            if kept is not None:
                self._leave(kept)
            kept = self._kept[server.name] = _Kept(server, self._make_breaker())
        return kept

    async def _used(self, kept: _Kept, use: Callable[[Connection], Awaitable[Result]]) -> Result:
        """Use the connection, opened if need be, and learn from how it goes."""
        if not kept.breaker.admit():
            seconds = kept.breaker.seconds_left
            raise McpFailure(f"The server has failed repeatedly and is left alone for {seconds:.0f} more seconds.")
        self._note(kept)
        try:
            result = await use(self._connection(kept))
        except McpFailure as failure:
            self._failed(kept, failure)
            raise
        except BaseException:
            kept.breaker.given_up()
            raise
        kept.breaker.succeeded()
        kept.last_error = ""
        self._note(kept)
        return result

    def _connection(self, kept: _Kept) -> Connection:
        if kept.connection is None or kept.connection.over:
            self._leave(kept)
            kept.connection = Connection(kept.server)
        return kept.connection

    def _failed(self, kept: _Kept, failure: McpFailure) -> None:
        kept.last_error = str(failure)
        if kept.breaker.failed() or failure.lost:
            self._leave(kept)  # a server that hangs is better started anew
        self._note(kept)

    def _note(self, kept: _Kept) -> None:
        if kept.breaker.state is not kept.state:
            kept.state, kept.since = kept.breaker.state, datetime.now(UTC)
            log.info("mcp.state_changed", server=kept.server.name, state=kept.state.value, reason=kept.last_error)

    def _standing(self, kept: _Kept) -> Standing:
        self._note(kept)
        names = tuple(definition.name for definition in kept.definitions or ())
        return Standing(kept.server.name, kept.state, kept.last_error, names, kept.since)

    def _leave(self, kept: _Kept) -> None:
        """Close the connection beside whatever else goes on."""
        if kept.listing is not None and kept.listing is not asyncio.current_task():
            kept.listing.cancel()
            self._await_later(kept.listing)
        if kept.connection is not None:
            self._await_later(asyncio.create_task(kept.connection.aclose()))
            kept.connection = None

    def _await_later(self, task: asyncio.Task[None]) -> None:
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)
