"""Tools of MCP servers by the names that agents' configurations give them."""

from __future__ import annotations

from collections.abc import Mapping

from agents.mcp.tools import named
from botplatform.models import McpServer
from botplatform.pipeline.reaching.servers import EVERY, PREFIX


def every(server: str) -> str:
    """The name that stands for all that is allowed of a server."""
    return f"{PREFIX}{server}__{EVERY}"


def names_of(server: McpServer) -> dict[str, str]:
    """Name → the server's own name of the tool, of those that are allowed."""
    return {named(server.name, str(tool)): str(tool) for tool in server.allowed_tools}


def offered() -> Mapping[str, str]:
    """Name → what it is, of the allowed tools of the servers that are switched on. One query."""
    found: dict[str, str] = {}
    for server in McpServer.objects.filter(enabled=True).order_by("name").only("name", "allowed_tools"):
        names = names_of(server)
        if names:
            found[every(server.name)] = f"All allowed tools of the MCP server {server.name}, {len(names)} at present."
        found |= {name: f"{tool} of the MCP server {server.name}; medium risk." for name, tool in names.items()}
    return found
