"""One session with a server, in a task of its own: its scopes are entered and left there, whoever waits or gives up."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, suppress
from typing import Any, TypeVar

import anyio
import httpx2
import structlog
from mcp.client import Client
from mcp.shared.exceptions import MCPError
from mcp_types import (
    CONNECTION_CLOSED,
    INVALID_REQUEST,
    REQUEST_TIMEOUT,
    CallToolRequest,
    CallToolRequestParams,
    CallToolResult,
    Implementation,
    ListToolsRequest,
    ListToolsResult,
    PaginatedRequestParams,
    Request,
)
from mcp_types import Tool as Definition
from pydantic import BaseModel, ValidationError

from agents.mcp.http import Walled, reached, wall
from agents.mcp.servers import McpFailure, McpServer, Reach
from agents.mcp.stdio import Complaints, started
from agents.text import strip_invisible
from agents.web.errors import FetchError

CONNECT_SECONDS = 15.0
"""Of which the SDK takes up to ten for an old server that does not answer its first question."""
CLOSE_SECONDS = 8.0
PAGES = 10
ERROR_CHARS = 300
US = Implementation(name="botplatform", version="1")

# The SDK logs session ids, messages and arguments; what goes wrong is logged here.
for _name in ("mcp", "client"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)
Result = TypeVar("Result", bound=BaseModel)

log = structlog.get_logger(__name__)


class Connection:
    """Opens at once. `over` once it is of no use any more."""

    def __init__(self, server: McpServer) -> None:
        self._server = server
        self._complaints = Complaints()
        self._wall: Walled | None = wall(server) if server.transport == Reach.HTTP else None
        self._client: Client | None = None
        self._why = ""
        self._settled, self._closing = asyncio.Event(), asyncio.Event()
        self._task = asyncio.create_task(self._live())

    @property
    def over(self) -> bool:
        return self._task.done() or self._closing.is_set()

    async def definitions(self) -> list[Definition]:
        """The tools that the server lists. Raises McpFailure."""
        found: list[Definition] = []
        cursor: str | None = None
        for _ in range(PAGES):
            request = ListToolsRequest(params=PaginatedRequestParams(cursor=cursor))
            page = await self._asked(request, ListToolsResult)
            found += page.tools
            if not (cursor := page.next_cursor):
                break
        return found

    async def call(self, tool: str, arguments: Mapping[str, Any]) -> CallToolResult:
        """Have a tool called. Raises McpFailure.

        Asked past the SDK's own `call_tool`, which would judge the result by expressions that the server wrote.
        """
        params = CallToolRequestParams(name=tool, arguments=dict(arguments))
        return await self._asked(CallToolRequest(params=params), CallToolResult)

    async def ready(self) -> Client:
        """The open session, waited for. Raises McpFailure when it does not come to that."""
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await self._settled.wait()
        except TimeoutError:
            self._task.cancel()
            raise McpFailure("The server did not answer in time.") from None
        if self._client is None or self._task.done():
            raise McpFailure(self._why or "The connection is closed.")
        return self._client

    async def aclose(self) -> None:
        """Leave the session in its own task; the process of a server is ended with it."""
        self._closing.set()
        with suppress(TimeoutError, asyncio.CancelledError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await asyncio.shield(self._task)
        self._task.cancel()
        await asyncio.wait([self._task])

    async def _asked(self, request: Request[Any, Any], kind: type[Result]) -> Result:
        client = await self.ready()
        seconds = self._server.timeout_seconds
        try:
            async with asyncio.timeout(seconds + 1.0):
                return await client.session.send_request(request, kind, request_read_timeout_seconds=seconds)
        except TimeoutError:
            raise McpFailure("The server did not answer in time.", lost=False) from None
        except MCPError as error:
            if error.code == REQUEST_TIMEOUT:
                raise McpFailure("The server did not answer in time.", lost=False) from None
            lost = error.code in (CONNECTION_CLOSED, INVALID_REQUEST) or self._task.done()
            raise McpFailure(await self._told(error), lost=lost) from None
        except ValidationError:
            raise McpFailure("The server answered with something that is not a result.", lost=False) from None
        except (anyio.ClosedResourceError, anyio.BrokenResourceError, RuntimeError):
            raise McpFailure(self._why or "The connection is closed.") from None

    async def _told(self, error: MCPError) -> str:
        """Why, by what the connection itself ran into if that was it."""
        if error.code == CONNECTION_CLOSED:
            with suppress(TimeoutError):
                async with asyncio.timeout(1.0):
                    await asyncio.wait([self._task])
            return self._why or self._words(error)
        return self._words(error)

    async def _live(self) -> None:
        try:
            client = Client(self._streams(), cache=None, client_info=US, message_handler=_ignored)
            async with client:
                self._client = client
                self._settled.set()
                await self._closing.wait()
        except Exception as error:  # noqa: BLE001 - groups of whatever a transport ran into; told to whoever waits
            self._why = self._words(error)
            log.warning("mcp.connection_lost", server=self._server.name, reason=self._why)
        finally:
            self._settled.set()

    def _streams(self) -> AbstractAsyncContextManager[Any]:
        if self._wall is not None:
            return reached(self._server, self._wall)
        return started(self._server, self._complaints, self._closing)

    def _words(self, error: BaseException) -> str:
        """An error in words without secrets, the server's own complaints behind them."""
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        hidden = self._server.without_secrets  # before anything is cut, or half of one would be left
        status = self._wall.last_error_status if self._wall is not None else 0
        if status in (401, 403):
            said = f"The server refused us (HTTP {status}); its headers may be wrong."
        elif isinstance(error, McpFailure | FetchError):
            said = str(error)
        elif isinstance(error, httpx2.HTTPError):
            said = f"No connection, or it broke off ({type(error).__name__})."
        elif isinstance(error, MCPError) and error.code == CONNECTION_CLOSED:
            said = "The server ended the connection."
        elif isinstance(error, MCPError):
            said = f"The server said: {hidden(error.message)[:ERROR_CHARS]}"
        else:
            said = f"The connection failed ({type(error).__name__})."
        if status and status not in (401, 403):
            said += f" (HTTP {status})"
        complaint = hidden(self._complaints.text).strip()[-ERROR_CHARS:]
        return strip_invisible(f"{said} {complaint}".strip())


async def _ignored(message: object) -> None:
    """Notifications and unreadable lines of a server change nothing here."""
