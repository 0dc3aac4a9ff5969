from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from structlog.testing import capture_logs

from agents.base import Block, RunContext, StepState, ToolCall, ToolResult
from agents.clock import Clock
from agents.toolcalls import RESULT_CHARS, call_tool
from agents.tools.registry import TOOLS
from tests.agents.context import MemoryContext
from tests.agents.scripted import SendLetter


async def call(name: str, arguments: Any, context: MemoryContext | None = None) -> Block:
    block = {"type": "tool_use", "id": "call-1", "name": name, "input": arguments}
    return await call_tool(context or MemoryContext(), TOOLS, block, Clock(60))


def behaving(letters: SendLetter, monkeypatch: pytest.MonkeyPatch, result: Any) -> None:
    """Let the tool return, raise or wait."""

    async def act(arguments: Mapping[str, Any], context: RunContext) -> ToolResult:
        if isinstance(result, Exception):
            raise result
        if result is None:
            await asyncio.Event().wait()
        return ToolResult(result)

    monkeypatch.setattr(letters, "call", act)


async def test_unknown_tool_is_an_error_the_model_reads() -> None:
    context = MemoryContext()
    result = await call("launch", {}, context)
    assert (result["is_error"], result["content"]) == (True, "There is no tool named launch.")
    assert context.states() == [StepState.FAILED]


@pytest.mark.parametrize("arguments", [{}, {"to": 1}, [], None, "Ada"])
async def test_invalid_arguments_are_an_error_the_model_reads(letters: SendLetter, arguments: Any) -> None:
    result = await call("send_letter", arguments)
    assert result["is_error"]
    assert result["content"].startswith("The arguments are not valid: $")
    assert letters.sent == []


async def test_exception_is_logged_and_read_without_its_details(
    letters: SendLetter, monkeypatch: pytest.MonkeyPatch
) -> None:
    behaving(letters, monkeypatch, ValueError("token abc123"))
    with capture_logs() as logs:
        result = await call("send_letter", {"to": "Ada"})
    assert result["content"] == "The tool failed (ValueError)."
    assert [(entry["event"], entry["tool"]) for entry in logs] == [("tool.failed", "send_letter")]


async def test_slow_tool_is_stopped(letters: SendLetter, monkeypatch: pytest.MonkeyPatch) -> None:
    behaving(letters, monkeypatch, None)
    result = await call("send_letter", {"to": "Ada"})
    assert result["is_error"]
    assert "no result within" in result["content"]


async def test_long_result_is_cut_and_the_cut_is_told(letters: SendLetter, monkeypatch: pytest.MonkeyPatch) -> None:
    behaving(letters, monkeypatch, "x" * (RESULT_CHARS + 5))
    content = (await call("send_letter", {"to": "Ada"}))["content"]
    assert content.endswith("x\n[… 5 more characters were left out]")


async def test_invisible_characters_are_stripped_from_results(
    letters: SendLetter, monkeypatch: pytest.MonkeyPatch
) -> None:
    behaving(letters, monkeypatch, "a\u200bb\x00")
    assert (await call("send_letter", {"to": "Ada"}))["content"] == "ab"


async def test_empty_result_is_said(letters: SendLetter, monkeypatch: pytest.MonkeyPatch) -> None:
    behaving(letters, monkeypatch, "")
    assert (await call("send_letter", {"to": "Ada"}))["content"] == "(no output)"


async def test_call_is_stored_before_it_starts(letters: SendLetter) -> None:
    context = MemoryContext()
    await call("send_letter", {"to": "Ada"}, context)
    start = context.starts[1]
    assert (start.name, start.request, start.tool_use_id, start.repeatable) == (
        "send_letter",
        {"to": "Ada"},
        "call-1",
        False,
    )
    assert start.deadline_seconds == 0.05
    assert context.log == ["start tool", "check", "finish 1"]


async def test_run_that_may_no_longer_act_ends_instead_of_failing_the_tool(
    letters: SendLetter, monkeypatch: pytest.MonkeyPatch
) -> None:
    behaving(letters, monkeypatch, ValueError())
    context = MemoryContext()

    def check() -> None:
        if context.log.count("check") == 2:
            raise KeyError("lease lost")

    context.on_check = check
    with pytest.raises(KeyError):
        await call("send_letter", {"to": "Ada"}, context)
    assert context.states() == [StepState.RUNNING]


class Replaying(MemoryContext):
    """Answers every call with what was recorded."""

    async def recorded(self, call: ToolCall) -> ToolResult:
        return ToolResult(f"recorded for {call.arguments['to']}")


async def test_a_recorded_result_takes_the_place_of_the_call(letters: SendLetter) -> None:
    context = Replaying()
    result = await call("send_letter", {"to": "Ada"}, context)
    assert (result["content"], letters.sent, context.asked) == ("recorded for Ada", [], [])
    assert context.states() == [StepState.SUCCEEDED]
