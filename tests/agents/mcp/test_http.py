from __future__ import annotations

import asyncio
import json
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from structlog.testing import capture_logs

from agents.mcp import connection
from agents.mcp import pool as pooling
from agents.mcp.breaker import BreakerState
from agents.mcp.pool import Pool
from agents.mcp.servers import McpServer, Reach
from tests.agents.context import MemoryContext
from tests.agents.web.sites import Say, answer, moved, site

SECRET = "Bearer sesame-open-456"
ALLOWED = frozenset({"get_current_time", "convert_time"})
_SERVE = """
import asyncio, sys
from mcp_server_time.server import create_server
asyncio.run(create_server("UTC").run_streamable_http_async(port=int(sys.argv[1]), json_response=sys.argv[2] == "json"))
"""


def at(url: str, **settings: object) -> McpServer:
    given = {"url": url, "allowed_tools": ALLOWED, "private_addresses_allowed": True, "timeout_seconds": 5.0}
    return McpServer("clock", Reach.HTTP, **(given | {"headers": {"Authorization": SECRET}} | settings))  # type: ignore[arg-type]


@pytest.fixture(params=["events", "json"])
async def clock_url(request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """The package index's server, over HTTP."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _SERVE, str(port), request.param), stderr=asyncio.subprocess.DEVNULL
    )
    async with asyncio.timeout(20):
        while True:
            with suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                break
            await asyncio.sleep(0.05)
    yield f"http://127.0.0.1:{port}/mcp"
    child.kill()
    await child.wait()


async def test_server_of_the_package_index_tells_the_time(clock_url: str, pool: Pool) -> None:
    tools = {tool.name: tool for tool in await pool.tools(at(clock_url))}
    assert set(tools) == {"mcp__clock__get_current_time", "mcp__clock__convert_time"}
    wanted = {"source_timezone": "UTC", "time": "12:00", "target_timezone": "Asia/Tokyo"}
    result = await tools["mcp__clock__convert_time"].call(wanted, MemoryContext())
    assert "+9.0h" in result.content
    wrong = await tools["mcp__clock__get_current_time"].call({"timezone": "Nowhere/None"}, MemoryContext())
    assert wrong.is_error
    assert pool.standing()[0].state is BreakerState.CLOSED


async def refusal(pool: Pool, server: McpServer) -> str:
    assert await pool.tools(server) == []
    return pool.standing()[0].last_error


async def test_private_addresses_are_refused_unless_allowed(pool: Pool) -> None:
    async with site(answer("{}", "application/json")) as inside:
        url = inside.url("/mcp").replace("http:", "https:")
        assert "not on the public internet" in await refusal(pool, at(url, private_addresses_allowed=False))
    assert inside.requests == []


@pytest.mark.parametrize("url", ["http://169.254.169.254/mcp", "http://metadata.google.internal/mcp"])
async def test_metadata_servers_are_refused_even_then(pool: Pool, url: str) -> None:
    assert "not on the public internet" in await refusal(pool, at(url))


@pytest.mark.parametrize("status", ["302 Found", "307 Temporary Redirect", "308 Permanent Redirect"])
async def test_redirects_elsewhere_are_not_followed(pool: Pool, status: str) -> None:
    async with site(answer("{}", "application/json")) as other, site(moved(other.url("/mcp"), status)) as here:
        told = await refusal(pool, at(here.url("/mcp")))
    assert other.requests == []
    assert "not followed" in told


async def test_our_headers_are_in_every_request_and_in_no_error(pool: Pool) -> None:
    async def say(request: str, writer: asyncio.StreamWriter) -> None:
        number = json.loads(request.partition("\r\n\r\n")[2])["id"]
        error = {"jsonrpc": "2.0", "id": number, "error": {"code": -32603, "message": f"who is {SECRET}?"}}
        await answer(json.dumps(error), "application/json")(request, writer)

    async with site(say) as one:
        told = await refusal(pool, at(one.url("/mcp")))
    assert one.requests
    assert all(f"authorization: {SECRET}".lower() in request.lower() for request in one.requests)
    assert "sesame" not in told
    assert "who is [hidden]?" in told


async def test_refused_key_is_told(pool: Pool) -> None:
    async with site(answer("no", status="401 Unauthorized")) as one:
        assert await refusal(pool, at(one.url())) == "The server refused us (HTTP 401); its headers may be wrong."


async def _silent(request: str, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(60)


async def _endless(request: str, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
    while True:
        writer.write(b" " * 100_000)
        await writer.drain()


async def _endless_event(request: str, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: ")
    while True:
        writer.write(b"x" * 100_000)
        await writer.drain()


@pytest.mark.parametrize(
    "say",
    [
        _silent,
        _endless_event,
        answer("<p>hello</p>"),
        answer("not JSON", "application/json"),
        answer("[]", "application/json"),
        answer(b"\x1f\x8b", "application/json", more="Content-Encoding: gzip\r\n"),
        answer("", status="500 Oops"),
    ],
)
async def test_server_that_makes_no_sense_costs_only_a_moment(
    pool: Pool, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pooling, "LIST_SECONDS", 3.0)
    monkeypatch.setattr(connection, "CONNECT_SECONDS", 1.0)
    async with site(say) as one:
        assert await refusal(pool, at(one.url("/mcp")))


async def test_endless_answer_is_broken_off_for_its_size(pool: Pool) -> None:
    async with site(_endless) as one:
        assert await refusal(pool, at(one.url("/mcp"))) == "No connection, or it broke off (ReadError)."


async def test_server_that_is_not_there_is_told(pool: Pool) -> None:
    async with site(answer("x")) as one:
        pass
    assert "No connection" in await refusal(pool, at(one.url("/mcp")))


async def test_nothing_of_ours_is_logged(pool: Pool, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG"), capture_logs() as lines:
        async with site(answer("{}", "application/json", status="403 Forbidden")) as one:
            await refusal(pool, at(one.url("/mcp?key=sesame-open-789")))
    [line] = [line for line in lines if line["event"] == "mcp.connection_lost"]
    assert "HTTP 403" in line["reason"]
    mcp = "".join(record.getMessage() for record in caplog.records if not record.name.startswith("http"))
    assert "sesame" not in mcp + str(lines)
