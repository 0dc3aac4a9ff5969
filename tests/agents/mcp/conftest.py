from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agents.mcp.pool import Pool
from agents.mcp.servers import McpServer, Reach
from tests.agents.mcp.fake_server import TOOLS


@pytest.fixture
async def pool() -> AsyncIterator[Pool]:
    made = Pool()
    yield made
    await made.aclose()


def fake(**settings: object) -> McpServer:
    """The server that misbehaves."""
    command = (sys.executable, str(Path(__file__).with_name("fake_server.py")))
    given = {"timeout_seconds": 5.0, "allowed_tools": frozenset(TOOLS), "command": command} | settings
    return McpServer("fake", Reach.STDIO, **given)  # type: ignore[arg-type]


def clock(**settings: object) -> McpServer:
    """A server of the package index that tells the time."""
    command = (sys.executable, "-m", "mcp_server_time", "--local-timezone", "UTC")
    allowed = frozenset({"get_current_time", "convert_time"})
    return McpServer("clock", Reach.STDIO, **({"command": command, "allowed_tools": allowed} | settings))  # type: ignore[arg-type]
