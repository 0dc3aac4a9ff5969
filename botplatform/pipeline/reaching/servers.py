"""MCP servers as operators configured them, and the connections of the running loop."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import structlog

from agents.base import Tool
from agents.mcp.pool import Pool
from agents.mcp.servers import McpServer, Reach
from botplatform import logs, sealing
from botplatform.pipeline import db
from botplatform.pipeline.caching import cached

log = structlog.get_logger(__name__)

PREFIX = "mcp__"
EVERY = "*"
"""In the place of a tool's name: all that the server offers and the operator allows."""
_pools: dict[asyncio.AbstractEventLoop, Pool] = {}
_SERVERS = "SELECT * FROM botplatform_mcpserver WHERE enabled ORDER BY name"


def _pool() -> Pool:
    return _pools.setdefault(asyncio.get_running_loop(), Pool())


async def _configured() -> Mapping[str, McpServer]:
    async def load() -> dict[str, McpServer]:
        found = {}
        for row in await db.rows(_SERVERS):
            try:
                found[row["name"]] = _server(row)
            except (ValueError, sealing.CannotUnseal) as error:
                log.warning("mcp.unusable", server=row["name"], reason=str(error))
        return found

    return await cached("mcp servers", load)


def _server(row: db.Row) -> McpServer:
    secrets = sealing.unseal(row["secrets"])
    headers, env = secrets.get("headers", {}), secrets.get("env", {})
    logs.hide(*headers.values(), *env.values())
    return McpServer(
        name=row["name"], transport=Reach(row["kind"]), url=row["url"], command=tuple(row["command"]), headers=headers, env=env,
        allowed_tools=frozenset(row["allowed_tools"]), timeout_seconds=row["timeout_seconds"],
        private_addresses_allowed=row["private_addresses"], trust_hints=row["trust_hints"],
    )  # fmt: skip


async def tools(names: Sequence[str]) -> tuple[dict[str, Tool], dict[str, str]]:
    """Tools of servers by name, and why others are not there. A server that does not answer costs its tools alone."""
    wanted: dict[str, set[str]] = {}
    for name in names:
        wanted.setdefault(name.removeprefix(PREFIX).partition("__")[0], set()).add(name)
    configured = await _configured() if wanted else {}
    refused = {
        name: "there is no such MCP server, or it is switched off"
        for server, of_it in wanted.items() if server not in configured for name in of_it
    }  # fmt: skip
    known = [server for server in wanted if server in configured]
    offers = await asyncio.gather(*(_pool().tools(configured[server]) for server in known))
    found: dict[str, Tool] = {}
    for server, offered in zip(known, offers, strict=True):
        by_name = {tool.name: tool for tool in offered}
        every = f"{PREFIX}{server}__{EVERY}" in wanted[server]
        found |= {name: tool for name, tool in by_name.items() if every or name in wanted[server]}
        refused |= {
            name: "its MCP server does not offer it now"
            for name in wanted[server] if name not in by_name and not name.endswith(f"__{EVERY}")
        }  # fmt: skip
    return found, refused


def as_detail() -> Mapping[str, Any]:
    """How the servers of this process's loop are, for the console."""
    pool = _pools.get(asyncio.get_running_loop())
    return {
        one.name: {"state": one.state.value, "error": one.last_error[:300], "tools": list(one.tools)[:100], "since": one.since.isoformat()}
        for one in (pool.standing() if pool else ())
    }  # fmt: skip


async def close() -> None:
    """Close the running loop's connections; servers that are programs end."""
    if pool := _pools.pop(asyncio.get_running_loop(), None):
        await pool.aclose()
