"""A run that dies during a tool call, on real rows: the run after it keeps the pair, and repeats only what may be."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from agents.base import RunContext, Tool, ToolResult
from agents.registry import TOOLS
from agents.thread import LOST
from botplatform.models import Run, Step
from botplatform.pipeline import batching, configs, recovery, running
from tests.agents.scripted import ScriptedProvider, called, said
from tests.pipeline.builders import claimed, give_tools, lapse
from tests.pipeline.conftest import Say, SetModel


class Slow(Tool):
    """Has its effect at once, and ends when it is told to."""

    name = "slow"
    description = "Takes its time."
    input_schema = {"type": "object"}

    def __init__(self) -> None:
        self.effects = 0
        self.begun, self.go = asyncio.Event(), asyncio.Event()

    async def call(self, arguments: Mapping[str, Any], context: RunContext) -> ToolResult:
        self.effects += 1
        self.begun.set()
        await self.go.wait()
        return ToolResult("done at last")


@pytest.fixture
async def slow(platform: None, monkeypatch: pytest.MonkeyPatch) -> Slow:
    """A slow tool that the agent may use."""
    tool = Slow()
    monkeypatch.setitem(TOOLS, tool.name, tool)
    await give_tools(tool.name)
    configs.forget()
    return tool


@pytest.fixture
def model(model: SetModel) -> ScriptedProvider:
    """Calls the tool, then answers."""
    return model(called("slow", {}), said("Here you are."))


async def die_in(work: batching.Work, tool: Slow) -> None:
    """The process of this run ends during the tool call: nothing is handed back, and its lease runs out."""
    task = asyncio.create_task(running.execute(work))
    await tool.begun.wait()
    work.lease.lost = True  # what a dead process does not do either: write
    task.cancel()
    await asyncio.wait({task})
    await lapse()
    await recovery.settle_lost()


async def resumed(say: Say, tool: Slow) -> None:
    """Two runs of one batch, the first of which dies in the tool call."""
    session_id = (await say("hello")).session_id
    await die_in(await claimed(session_id), tool)
    tool.go.set()
    work = await batching.claim(session_id)
    assert isinstance(work, batching.Work)
    await running.execute(work)


def results(model: ScriptedProvider) -> list[Any]:
    """What the model read back last."""
    content: list[dict[str, Any]] = model.requests[-1].messages[-1]["content"]
    return [block["content"] for block in content if block["type"] == "tool_result"]


async def tool_states() -> list[str]:
    return [step.state async for step in Step.objects.filter(kind="tool").order_by("id")]


async def test_call_in_which_a_worker_died_is_stored_as_begun(say: Say, slow: Slow, model: ScriptedProvider) -> None:
    await die_in(await claimed((await say("hello")).session_id), slow)
    assert await tool_states() == ["running"]
    assert (await Run.objects.aget()).state == "lost"


async def test_call_that_may_not_be_repeated_has_an_unknown_outcome(
    say: Say, slow: Slow, model: ScriptedProvider
) -> None:
    await resumed(say, slow)
    assert slow.effects == 1
    assert await tool_states() == ["unknown"]
    assert results(model) == [LOST]


async def test_call_that_may_be_repeated_is_made_again(
    say: Say, slow: Slow, model: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Slow, "repeatable", True)
    await resumed(say, slow)
    assert slow.effects == 2
    assert await tool_states() == ["succeeded"]
    assert results(model) == ["done at last"]


async def test_model_step_before_the_call_is_not_paid_again(say: Say, slow: Slow, model: ScriptedProvider) -> None:
    await resumed(say, slow)
    assert len(model.requests) == 2
    assert [run.state async for run in Run.objects.order_by("id")] == ["lost", "succeeded"]
