from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from agents.base import Tool
from agents.mcp import connection
from agents.mcp import pool as pooling
from agents.mcp.breaker import Breaker, BreakerState
from agents.mcp.pool import Pool
from agents.mcp.servers import McpServer, Reach
from tests.agents.context import MemoryContext
from tests.agents.mcp.conftest import clock, fake


async def eventually(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0.02)


def by_name(tools: list[Tool]) -> dict[str, Tool]:
    return {tool.name: tool for tool in tools}


# -- a server that others have written


async def test_server_of_the_package_index_tells_the_time(pool: Pool) -> None:
    tools = by_name(await pool.tools(clock()))
    assert set(tools) == {"mcp__clock__get_current_time", "mcp__clock__convert_time"}
    convert = tools["mcp__clock__convert_time"]
    assert set(convert.input_schema["properties"]) == {"source_timezone", "time", "target_timezone"}
    wanted = {"source_timezone": "UTC", "time": "12:00", "target_timezone": "Asia/Tokyo"}
    result = await convert.call(wanted, MemoryContext())
    assert "+9.0h" in result.content
    assert result.content.startswith('<untrusted source="MCP server clock convert_time">')
    assert (result.is_error, result.untrusted) == (False, "MCP server clock, convert_time")


async def test_its_error_becomes_a_tool_error(pool: Pool) -> None:
    tool = by_name(await pool.tools(clock()))["mcp__clock__get_current_time"]
    result = await tool.call({"timezone": "Nowhere/None"}, MemoryContext())
    assert result.is_error
    assert "Invalid timezone" in result.content
    [standing] = pool.standing()
    assert (standing.state, standing.last_error) == (BreakerState.CLOSED, "")


async def test_only_allowed_tools_are_offered_and_all_are_told_to_operators(pool: Pool) -> None:
    tools = await pool.tools(clock(allowed_tools=frozenset({"convert_time", "no_such_tool"})))
    assert [tool.name for tool in tools] == ["mcp__clock__convert_time"]
    assert pool.standing()[0].tools == ("get_current_time", "convert_time")


@pytest.mark.parametrize(("trusted", "writes"), [(False, True), (True, False)])
async def test_read_only_hint_counts_where_the_operator_trusts_it(pool: Pool, trusted: bool, writes: bool) -> None:
    [tool, _] = await pool.tools(clock(trust_hints=trusted))
    assert tool.writes is writes
    assert (tool.reaches_out, tool.returns_untrusted, tool.repeatable) == (True, True, False)


async def test_tool_without_the_hint_writes(pool: Pool) -> None:
    assert all(tool.writes for tool in await pool.tools(fake(trust_hints=True)))


# -- its process


async def test_it_finds_only_what_is_configured_in_its_environment(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_PASSWORD", "of ours")
    env = by_name(await pool.tools(fake(env={"KEY": "1"})))["mcp__fake__env"]
    found = json.loads((await env.call({}, MemoryContext())).content.split("\n")[1])
    found.pop("LC_CTYPE", None)  # Python's own
    assert found == {"PATH": "/usr/local/bin:/usr/bin:/bin", "KEY": "1"}


async def test_no_shell_reads_the_command(pool: Pool, tmp_path: Path) -> None:
    made = tmp_path / "made"
    assert await pool.tools(McpServer("x", Reach.STDIO, command=("echo", f"$(touch {made}); touch {made}"))) == []
    assert not made.exists()


async def test_whatever_it_has_started_ends_with_it(pool: Pool) -> None:
    fork = by_name(await pool.tools(fake()))["mcp__fake__fork"]
    grandchild = int((await fork.call({}, MemoryContext())).content.split("\n")[1])
    assert psutil.pid_exists(grandchild)
    await pool.aclose()
    await eventually(lambda: not alive(grandchild))


def alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


async def test_it_dies_with_us() -> None:
    """Even when we are killed, and even what ignores the end of its input."""
    program = """
        import asyncio, sys
        from agents.mcp.pool import Pool
        from tests.agents.context import MemoryContext
        from tests.agents.mcp.conftest import fake

        async def main():
            tools = {tool.name: tool for tool in await Pool().tools(fake())}
            print((await tools["mcp__fake__fork"].call({}, MemoryContext())).content.split("\\n")[1], flush=True)
            await asyncio.sleep(600)

        asyncio.run(main())
    """
    ours = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", textwrap.dedent(program)),
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[3],
    )
    assert ours.stdout
    grandchild = int(await ours.stdout.readline())
    family = psutil.Process(ours.pid).children(recursive=True)
    assert grandchild in {one.pid for one in family}
    os.kill(ours.pid, signal.SIGKILL)
    await ours.wait()
    await eventually(lambda: not any(alive(one.pid) for one in family))


# -- what goes wrong


async def test_call_that_crashes_the_server_is_told_and_the_next_one_starts_it_anew(pool: Pool) -> None:
    tools = by_name(await pool.tools(fake()))
    crashed = await tools["mcp__fake__crash"].call({}, MemoryContext())
    assert crashed.is_error
    assert "The server ended the connection." in crashed.content
    assert "I cannot go on" in crashed.content
    assert pool.standing()[0].last_error == "The server ended the connection. I cannot go on"
    assert not (await tools["mcp__fake__echo"].call({"a": 1}, MemoryContext())).is_error
    assert pool.standing()[0].last_error == ""


async def test_hanging_call_ends_in_time_and_leaves_others_alone(pool: Pool) -> None:
    tools = by_name(await pool.tools(fake(timeout_seconds=1.0)))
    hung = await tools["mcp__fake__hang"].call({}, MemoryContext())
    assert hung.is_error
    assert "did not answer in time" in hung.content


async def test_server_that_says_nothing_costs_a_run_only_a_moment(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pooling, "LIST_SECONDS", 0.3)
    monkeypatch.setattr(connection, "CONNECT_SECONDS", 1.0)
    silent = McpServer("silent", Reach.STDIO, command=("sleep", "600"))
    assert await pool.tools(silent) == []
    await eventually(lambda: pool.standing()[0].last_error == "The server did not answer in time.")


async def test_program_that_is_not_there_is_told(pool: Pool) -> None:
    assert await pool.tools(McpServer("gone", Reach.STDIO, command=("/no/such/program",))) == []
    assert "/no/such/program could not be started: No such file or directory" in pool.standing()[0].last_error


async def test_lines_that_are_no_messages_are_passed_over(pool: Pool) -> None:
    tools = by_name(await pool.tools(fake()))
    assert not (await tools["mcp__fake__garbage"].call({}, MemoryContext())).is_error


async def test_endless_line_ends_the_connection(pool: Pool) -> None:
    tools = by_name(await pool.tools(fake()))
    result = await tools["mcp__fake__endless"].call({}, MemoryContext())
    assert result.is_error
    assert "ended the connection" in result.content


async def test_run_that_is_cancelled_leaves_the_session_to_others(pool: Pool) -> None:
    tools = by_name(await pool.tools(fake(timeout_seconds=30.0)))
    hanging = asyncio.create_task(tools["mcp__fake__hang"].call({}, MemoryContext()))
    await asyncio.sleep(0)
    hanging.cancel()
    with pytest.raises(asyncio.CancelledError):
        await hanging
    assert not (await tools["mcp__fake__echo"].call({}, MemoryContext())).is_error


async def test_nothing_is_sent_after_the_lease_is_lost(pool: Pool) -> None:
    class LeaseLost(Exception):
        pass

    def lost() -> None:
        raise LeaseLost

    tools = by_name(await pool.tools(fake()))
    context = MemoryContext()
    context.on_check = lost
    with pytest.raises(LeaseLost):
        await tools["mcp__fake__crash"].call({}, context)
    assert pool.standing()[0].last_error == ""


async def test_server_that_keeps_failing_is_left_alone_and_tried_again() -> None:
    now = [0.0]
    pool = Pool(make_breaker=lambda: Breaker(failures=2, seconds=30.0, now=lambda: now[0]))
    try:
        tools = by_name(await pool.tools(fake()))
        crash, echo = tools["mcp__fake__crash"], tools["mcp__fake__echo"]
        for _ in range(2):
            assert (await crash.call({}, MemoryContext())).is_error
        assert pool.standing()[0].state is BreakerState.OPEN
        alone = await echo.call({}, MemoryContext())
        assert alone.is_error
        assert "left alone for 30 more seconds" in alone.content
        now[0] = 31.0
        assert pool.standing()[0].state is BreakerState.HALF_OPEN
        assert not (await echo.call({}, MemoryContext())).is_error
        assert pool.standing()[0].state is BreakerState.CLOSED
    finally:
        await pool.aclose()


async def test_changed_configuration_takes_the_place_of_the_old_one(pool: Pool) -> None:
    await pool.tools(fake(env={"KEY": "one"}))
    env = by_name(await pool.tools(fake(env={"KEY": "two"})))["mcp__fake__env"]
    assert '"KEY": "two"' in (await env.call({}, MemoryContext())).content
    assert len(pool.standing()) == 1


async def test_runs_that_start_together_share_one_process(pool: Pool) -> None:
    found = await asyncio.gather(*(pool.tools(fake()) for _ in range(5)))
    assert [len(tools) for tools in found] == [10] * 5
    ours = psutil.Process().children(recursive=True)
    assert (
        sum("fake_server.py" in " ".join(one.cmdline()) and "launching" not in " ".join(one.cmdline()) for one in ours)
        == 1
    )


# -- results


async def test_pictures_are_told_and_left_out(pool: Pool) -> None:
    tools = by_name(await pool.tools(fake()))
    content = (await tools["mcp__fake__pictures"].call({}, MemoryContext())).content
    assert "[image, image/png: left out]" in content
    assert "aGVsbG8=" not in content
    assert "[a link to file:///x: x]" in content
    assert "a note" in content
    assert '{"n": 1}' in content


async def test_large_results_are_cut(pool: Pool) -> None:
    tools = by_name(await pool.tools(fake()))
    content = (await tools["mcp__fake__large"].call({}, MemoryContext())).content
    assert len(content) < 19_000
    assert "82000 more characters were left out" in content


async def test_secret_that_the_server_repeats_is_hidden(pool: Pool) -> None:
    tools = by_name(await pool.tools(fake(env={"KEY": "Bearer sesame-open-123"})))
    result = await tools["mcp__fake__leak"].call({}, MemoryContext())
    assert "wrong key [hidden]" in result.content
    assert result.is_error


def test_secrets_are_not_in_what_is_printed() -> None:
    server = fake(env={"KEY": "sesame"}, headers={"Authorization": "Bearer sesame"})
    assert "sesame" not in f"{server!r} {server}"
    assert server.without_secrets("the key sesame") == "the key [hidden]"
