"""Tools of an MCP server written by others, from its row to a person's answer, and a server that is not there."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.system.configuring import add_server, give_tools, offered, wait_for_offer
from tests.system.fakes import Fakes
from tests.system.oracle import batches, states, steps, wait_for_end
from tests.system.platform import Platform
from tests.system.processes import alive
from tests.system.questions import asked, press
from tests.system.scripted import let_call

SETTINGS = {"STUCK_AFTER_SECONDS": "6", "HEARTBEAT_SECONDS": "1", "SWEEP_SECONDS": "2"}
PROGRAM = str(Path(sys.executable).parent / "mcp-server-time")
SECRET = "only-for-the-server-8251"
TOOL = "mcp__time__convert_time"
WISH = "what time is it in Kathmandu at noon in London?"
CONVERT = {"source_timezone": "Asia/Tokyo", "time": "12:00", "target_timezone": "Asia/Kathmandu"}


@pytest.fixture(scope="module", autouse=True)
def server(platform: Platform) -> None:
    """The server as the console stores it, and an agent that has all of its tools."""
    add_server(
        platform, name="time", kind="stdio", command=[PROGRAM], allowed_tools=["convert_time"], secrets={"env": {"TOKEN": SECRET}}
    )  # fmt: skip
    give_tools(platform, "simple-agent", "mcp__time__*")
    wait_for_offer(platform, platform.fakes, 999, TOOL)


def standing(platform: Platform) -> dict[str, Any]:
    rows = platform.sql(
        "SELECT detail->'servers'->'time' AS time FROM botplatform_process WHERE role = 'worker' ORDER BY seen_at DESC LIMIT 1"
    )
    return rows[0]["time"] or {} if rows else {}


def children(platform: Platform) -> list[psutil.Process]:
    """The server's program and its launcher, once they run."""

    def running() -> list[psutil.Process]:
        workers = platform.processes().get("worker", [])
        return [one for worker in workers for one in worker.children(recursive=True) if PROGRAM in one.cmdline()]

    return platform.wait_until(running, 10, what="the server's program")


def test_result_is_the_servers(platform: Platform, fakes: Fakes, chat: int) -> None:
    let_call(fakes, WISH, TOOL, CONVERT)
    platform.say(chat, WISH)
    fakes.telegram.wait_for_text(chat, "Asia/Kathmandu", 30)
    wait_for_end(platform, chat, "done")
    [call] = [step for step in steps(platform, chat) if step["kind"] == "tool"]
    assert (call["name"], call["state"]) == (TOOL, "succeeded")
    assert "T08:45:00+05:45" in call["response"]["content"]
    assert '<untrusted source="MCP server time convert_time"' in call["response"]["content"]


def test_only_what_is_allowed_is_offered(platform: Platform, fakes: Fakes, chat: int) -> None:
    platform.say(chat, "hello")
    fakes.telegram.wait_for_text(chat, "hello")
    assert [name for name in sorted(offered(fakes)) if name.startswith("mcp__")] == [TOOL]
    platform.wait_until(lambda: standing(platform).get("tools"), 10, what="a standing with tools")
    known = standing(platform)
    assert (known["state"], known["error"]) == ("closed", "")
    assert set(known["tools"]) == {"convert_time", "get_current_time"}


def test_what_a_server_said_makes_the_next_call_a_persons_decision(platform: Platform, fakes: Fakes, chat: int) -> None:
    let_call(fakes, WISH, TOOL, CONVERT)
    platform.say(chat, WISH)
    fakes.telegram.wait_for_text(chat, "Asia/Kathmandu", 30)
    platform.say(chat, WISH)
    question = asked(platform, fakes, chat)
    [shown] = [message.text for message in fakes.telegram.chat(chat) if message.id == question["id"]]
    assert "Call the tool convert_time of the MCP server time" in shown
    press(platform, chat, question, "Approve")
    [call] = fakes.telegram.wait_for("answerCallbackQuery")
    assert "Only an approver" in call.body["text"]
    platform.say(chat, "/cancel")
    platform.wait_until(lambda: states(batches(platform, chat)) == ["done", "cancelled"])


def test_secret_is_stored_sealed_and_told_to_nobody(platform: Platform, fakes: Fakes, chat: int) -> None:
    [row] = platform.sql("SELECT secrets FROM botplatform_mcpserver WHERE name = 'time'")
    assert SECRET not in row["secrets"]
    programs = children(platform)
    assert {program.environ().get("TOKEN") for program in programs} == {SECRET}
    known = [value for program in programs for value in program.environ().values()]
    assert not {platform.env["ANTHROPIC_API_KEY"], platform.env["SECRET_KEY"]} & set(known)
    let_call(fakes, WISH, TOOL, CONVERT | {"source_timezone": SECRET})
    platform.say(chat, WISH)
    fakes.telegram.wait_for_text(chat, "Result:", 30)
    stored = [step["response"] for step in steps(platform, chat) if step["kind"] == "tool"]
    assert "[hidden]" in json.dumps(stored)
    assert SECRET not in json.dumps(stored)
    assert SECRET not in platform.output()


def test_program_that_is_missing_costs_its_tools_alone(platform: Platform, fakes: Fakes, chat: int) -> None:
    change = "UPDATE botplatform_mcpserver SET command = %s::jsonb WHERE name = 'time'"
    platform.sql(change, json.dumps([f"{PROGRAM}-that-is-gone"]))
    try:
        wait_for_offer(platform, fakes, chat, TOOL, there=False)
        wait_for_end(platform, chat, *["done"] * len(batches(platform, chat)))
        assert "calculator" in offered(fakes)
        error = platform.wait_until(lambda: standing(platform).get("error"), 10, what="a standing with an error")
        assert "could not be started" in str(error)
        assert SECRET not in str(error)
    finally:
        platform.sql(change, json.dumps([PROGRAM]))
    wait_for_offer(platform, fakes, chat, TOOL)


def test_program_ends_with_its_worker(platform: Platform, fakes: Fakes, chat: int) -> None:
    programs = children(platform)
    for process in platform.kill("worker"):
        process.wait(10)
    platform.wait_until(lambda: not alive(programs), 10, what="the program's end")
    wait_for_offer(platform, fakes, chat, TOOL)
