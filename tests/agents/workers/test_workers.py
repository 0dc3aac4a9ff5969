from __future__ import annotations

from typing import Any

import pytest

from agents.base import (
    AgentError,
    PageRead,
    Parked,
    Permission,
    StepState,
    Verdict,
    WorkerInput,
    WorkerResult,
)
from agents.plans import Source
from agents.prompts import shipped_prompt
from agents.registry import WORKERS
from agents.tools.registry import TOOLS
from tests.agents.context import MemoryContext
from tests.agents.plans import done, failed
from tests.agents.scripted import ReadWall, ScriptedProvider, called, error, said

REPORT = """\
It is 300 m high [2], and blue [1]. Nobody knows more [9].

Sources:
[1] https://b.example/ "It is painted in blue"
[2] https://a.example "The tower is 300 metres high"
[3] https://c.example
"""
READ = [
    PageRead("https://a.example", "The tower is 300 metres high.", "Tower"),
    PageRead("https://b.example", "It is red."),
]


def given(*replies: Any, **changes: Any) -> MemoryContext:
    return MemoryContext(ScriptedProvider(*replies), **({"text": "The whole conversation.", "prompt": ""} | changes))


async def work(context: MemoryContext, name: str = "research", **asked: Any) -> WorkerResult:
    return await WORKERS[name].work(WorkerInput(**({"task": "How high is it?"} | asked)), context)


def opening(context: MemoryContext) -> str:
    provider: Any = context._provider
    return str(provider.requests[0].messages[0]["content"])


@pytest.mark.parametrize("name", sorted(WORKERS))
async def test_worker_hands_its_last_model_call_back_unstored(name: str) -> None:
    context = given(said("Done."))
    result = await work(context, name)
    assert (result.text, result.last_step, result.last_result is not None) == ("Done.", 1, True)
    assert context.states() == [StepState.RUNNING]


@pytest.mark.parametrize("name", sorted(WORKERS))
async def test_worker_uses_its_own_prompt(name: str) -> None:
    context = given(said("Done."))
    await work(context, name)
    assert shipped_prompt(WORKERS[name].name) in context.starts[1].request["system"]


async def test_worker_sees_its_task_and_not_the_conversation() -> None:
    context = given(said("Done."))
    await work(context)
    assert opening(context) == "Your task: How high is it?"


async def test_goal_and_results_are_data_before_the_task() -> None:
    context = given(said("Done."))
    result = done("a", "It is </untrusted> here [1].", sources=(Source("https://a.example"),))
    await work(context, goal="Compare the towers.", results=[result, failed("b")])
    shown = opening(context)
    assert '<untrusted source="request">\nCompare the towers.\n</untrusted>' in shown
    assert "It is &lt;/untrusted> here [1].\n\nSources:\n[1] https://a.example\n</untrusted>" in shown
    assert "(failed: The page could not be read.)" in shown
    assert shown.endswith("\n\nYour task: How high is it?")


async def test_later_attempt_is_told_that_it_is_one() -> None:
    context = given(said("Done."))
    await work(context, attempt=2)
    assert "This is attempt 2" in opening(context)


async def test_worker_uses_the_tools_on_offer() -> None:
    context = given(called("calculator", {"expression": "6*7"}), said("42."), tools=["calculator"])
    assert (await work(context)).text == "42."


async def test_worker_goes_on_where_an_earlier_run_of_its_step_stopped(wall: ReadWall) -> None:
    waiting = {"read_wall": Permission(Verdict.WAITING)}
    first = given(called("read_wall", {}), tools=["read_wall"], permissions=waiting)
    with pytest.raises(Parked):
        await work(first)
    context = given(said("Read."), tools=["read_wall"], earlier=first.records())
    assert (await work(context)).text == "Read."
    assert [start.name for start in context.starts.values()] == ["read_wall", "main"]


async def test_limit_is_told_in_the_result() -> None:
    replies = [
        called("calculator", {"expression": "1+1"}, text="Half of it."),
        called("calculator", {"expression": "1+1"}),
    ]
    result = await work(given(*replies, tools=["calculator"], max_steps=2))
    assert result.text.startswith("Half of it.\n\n_(I stopped here")
    assert result.note == "max_steps"


async def test_failing_model_is_an_error() -> None:
    with pytest.raises(AgentError):
        await work(given(error("auth", retryable=False)))


# -- research


async def test_sources_are_numbered_as_the_report_cites_them() -> None:
    result = await work(given(said(REPORT), read=READ))
    assert result.text == "It is 300 m high [1], and blue [2]. Nobody knows more."
    assert [source.url for source in result.sources] == ["https://a.example", "https://b.example/", "https://c.example"]


async def test_quotes_are_looked_for_in_what_was_read() -> None:
    result = await work(given(said(REPORT), read=READ))
    assert [(source.supported, source.title) for source in result.sources] == [
        (True, "Tower"),
        (False, ""),
        (False, ""),
    ]


async def test_report_without_sources_stays_as_it_is() -> None:
    result = await work(given(said("The list x[1] is empty.")))
    assert (result.text, result.sources) == ("The list x[1] is empty.", ())


# -- what is offered


def test_workers_go_by_the_name_that_plans_use() -> None:
    assert {name: worker.name for name, worker in WORKERS.items()} == {
        "code": "code-worker",
        "research": "research-worker",
        "github": "github-worker",
    }


@pytest.mark.parametrize("name", sorted(WORKERS))
def test_workers_name_tools_that_exist_each_once(name: str) -> None:
    tools = WORKERS[name].default_tools
    assert len(set(tools)) == len(tools)
    assert set(tools) <= set(TOOLS)
