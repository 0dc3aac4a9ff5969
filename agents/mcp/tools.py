"""A server's tools as tools of ours."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

import structlog
from mcp_types import CallToolResult
from mcp_types import Tool as Definition

from agents.base import Risk, RunContext, Tool, ToolResult
from agents.mcp.connection import CONNECT_SECONDS
from agents.mcp.results import told
from agents.mcp.schemas import Unfit, fit
from agents.mcp.servers import McpFailure, McpServer
from agents.text import cut_end, strip_invisible

NAME_CHARS = 64
DESCRIPTION_CHARS = 1_500
ARGUMENT_CHARS = 600
TOOLS = 64
"""Of one server."""

Call = Callable[[McpServer, str, Mapping[str, Any], Callable[[], None]], Awaitable[CallToolResult]]

log = structlog.get_logger(__name__)


class McpTool(Tool):
    """One tool of one server. What its server says about it is data, too."""

    repeatable = False
    returns_untrusted = True
    reaches_out = True
    risk = Risk.MEDIUM

    def __init__(self, server: McpServer, definition: Definition, *, name: str, call: Call) -> None:
        self.name = name
        self.server, self.tool = server, definition.name
        said = strip_invisible(server.without_secrets(definition.description or definition.title or ""))
        self.description = f"Tool of the server {server.name}, in its own words: {cut_end(said, DESCRIPTION_CHARS)}"
        self.input_schema = fit(definition.input_schema)
        self.timeout_seconds = server.timeout_seconds + CONNECT_SECONDS + 2.0
        hints = definition.annotations
        self.writes = not (server.trust_hints and hints is not None and hints.read_only_hint is True)
        self._call = call

    def describe(self, arguments: Mapping[str, Any]) -> str:
        shown = ", ".join(f"{name}: {value!r}" for name, value in arguments.items()) or "no arguments"
        return f"Call the tool {self.tool} of the MCP server {self.server.name} with {cut_end(shown, ARGUMENT_CHARS)}."

    async def call(self, arguments: Mapping[str, Any], context: RunContext) -> ToolResult:
        source = f"MCP server {self.server.name}"
        try:
            result = await self._call(self.server, self.tool, arguments, context.check)
        except McpFailure as failure:
            return ToolResult(f"{source}, tool {self.tool}: {failure}", is_error=True, untrusted=source)
        return told(result, source=f"{source}, {self.tool}", clean=self.server.without_secrets)


def offered(server: McpServer, definitions: Iterable[Definition], call: Call) -> list[Tool]:
    """The allowed ones among a server's tools, in its order; those that cannot be offered are left out and logged."""
    tools: dict[str, Tool] = {}
    for definition in definitions:
        if definition.name not in server.allowed_tools or len(tools) == TOOLS:
            continue
        name = named(server.name, definition.name, taken=tools)
        try:
            tools[name] = McpTool(server, definition, name=name, call=call)
        except Unfit as why:
            log.warning("mcp.tool_not_offered", server=server.name, tool=definition.name[:80], reason=str(why))
    return list(tools.values())


def named(server: str, tool: str, *, taken: Iterable[str] = ()) -> str:
    """`mcp__server__tool` in the characters and length that models take, unlike all that are taken.

    A name that had to be changed gets a mark made of the original: it stays the same whatever is listed beside it.
    """
    whole = f"mcp__{server}__{tool}"
    name = re.sub(r"[^A-Za-z0-9_-]", "_", whole)
    if name != whole or len(name) > NAME_CHARS or name in taken:
        mark = hashlib.sha256(whole.encode("utf-8", "replace")).hexdigest()[:8]
        name = f"{name[: NAME_CHARS - 9]}_{mark}"
    return name
