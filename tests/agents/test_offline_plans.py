"""What the offline model does for agents that plan, through all of their steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from agents.base import PageRead, Parked, PlanDraft, RunContext, StepKind, Tool, ToolResult, WorkerInput
from agents.plans import StepReport, StepStanding
from agents.providers.offline import OfflineProvider
from agents.registry import AGENTS, WORKERS
from tests.agents.context import MemoryContext
from tests.agents.plans import done, failed, report

PAGE = """https://a.example/x, text/html.
<untrusted source="https://a.example/x">
Title: X

The tower is 300 metres high. It is red.
</untrusted>"""
RESEARCH = {"research": "Looks things up."}


class ReadsPage(Tool):
    """Returns a page as the tool for pages does."""

    description = "Reads a page."
    input_schema = {"type": "object"}
    repeatable = True

    def __init__(self, name: str) -> None:
        self.name = name

    async def call(self, arguments: Mapping[str, Any], context: RunContext) -> ToolResult:
        return ToolResult(PAGE)


async def planned(agent: str, text: str, workers: dict[str, str] | None = None) -> PlanDraft:
    context = MemoryContext(OfflineProvider(), text=text, workers=RESEARCH if workers is None else workers, prompt="")
    with pytest.raises(Parked):
        await AGENTS[agent].run(text, context)
    return context.dispatched[0]


async def carried_out(draft: PlanDraft) -> list[StepReport]:
    """The plan's steps as workers leave them."""
    reports: dict[str, StepReport] = {}
    for step in draft.steps:
        context = MemoryContext(OfflineProvider(), prompt="")
        given = WorkerInput(step.task, "The whole.", step.description, [reports[name] for name in step.depends_on])
        result = await WORKERS[step.worker].work(given, context)
        reports[step.id] = StepReport(
            step.id,
            step.description,
            step.worker,
            step.task,
            step.depends_on,
            StepStanding.SUCCEEDED,
            result.text,
            result.sources,
        )
    return list(reports.values())


async def answered(agent: str, text: str, steps: list[StepReport], read: list[PageRead] | None = None) -> str:
    context = MemoryContext(
        OfflineProvider(), text=text, workers=RESEARCH, plan=report(*steps), read=read or [], prompt=""
    )
    return (await AGENTS[agent].run(text, context)).text


async def test_complex_request_is_planned_carried_out_and_answered() -> None:
    text = "Read the module and list its functions. Then compare both."
    draft = await planned("orchestrator-agent", text)
    assert [step.depends_on for step in draft.steps] == [(), (), ("step-1", "step-2")]
    answer = await answered("orchestrator-agent", text, await carried_out(draft))
    assert all(f"**{step.description}**" in answer for step in draft.steps)


async def test_steps_go_to_workers_that_are_there() -> None:
    draft = await planned("orchestrator-agent", "Fix the bug in the function.", {"github": "Reads GitHub."})
    assert {step.worker for step in draft.steps} == {"github"}


async def test_research_is_planned_carried_out_and_answered() -> None:
    text = "Compare trains, buses and planes"
    draft = await planned("lead-researcher-agent", text)
    assert (len(draft.steps), draft.summary) == (3, f"{text} (effort: standard)")
    answer = await answered("lead-researcher-agent", text, await carried_out(draft))
    assert all(f"**{step.description}**" in answer for step in draft.steps)


async def test_page_that_a_task_names_is_read_quoted_and_cited() -> None:
    read = [PageRead("https://a.example/x", PAGE)]
    context = MemoryContext(OfflineProvider(), prompt="", tools=["web_fetch"], read=read)
    context.more_tools = {"web_fetch": ReadsPage("web_fetch")}
    result = await WORKERS["research"].work(WorkerInput("Read https://a.example/x."), context)
    assert [(source.url, source.supported) for source in result.sources] == [("https://a.example/x", True)]
    text = await answered("lead-researcher-agent", "How high?", [done("a", result.text, sources=result.sources)], read)
    assert text.endswith("1. [X](https://a.example/x): “The tower is 300 metres high.”")


async def test_task_without_an_address_is_searched_for() -> None:
    context = MemoryContext(OfflineProvider(), prompt="", tools=["web_search"])
    context.more_tools = {"web_search": ReadsPage("web_search")}
    await WORKERS["research"].work(WorkerInput("How high is it?"), context)
    assert context.kinds(StepKind.TOOL)[0].request == {"query": "How high is it?"}


async def test_failed_step_is_named_in_the_answer() -> None:
    answer = await answered("orchestrator-agent", "Do it", [failed("b", "No such page.")])
    assert answer.startswith("None of the steps has brought anything.")
    assert "- Look into b: No such page." in answer


async def test_task_is_not_talked_about() -> None:
    context = MemoryContext(OfflineProvider(), prompt="")
    result = await WORKERS["research"].work(WorkerInput("Find out how high the tower is.", "The whole."), context)
    assert "Your task" not in result.text
    assert "ANTHROPIC_API_KEY" not in result.text
