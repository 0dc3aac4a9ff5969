"""The worker that looks things up."""

from __future__ import annotations

from dataclasses import replace

from agents.base import AgentResult, RunContext, WorkerResult
from agents.plans import Source
from agents.synthesis.quotes import Standing, address, addresses, standing, title_of
from agents.synthesis.shelf import marks, remark
from agents.synthesis.sources import split_off
from agents.workers.working import TaskWorker

_SUPPORTED = {
    Standing.SUPPORTED: True,
    Standing.UNSUPPORTED: False,
    Standing.NEVER_READ: False,
    Standing.NO_QUOTE: None,
}


class ResearchWorker(TaskWorker):
    """Its sources are numbered as its text cites them; each quote has been looked for in what was fetched."""

    name = "research-worker"
    description = "Looks things up on the web: searches, reads pages, calculates, and reports what it has found with numbered sources."
    default_tools = ("web_search", "web_fetch", "calculator", "current_time", "plan", "scratchpad")

    async def result(self, answer: AgentResult, context: RunContext) -> WorkerResult:
        text, listed = split_off(answer.text)
        cited = [number for number in marks(text) if number in listed]
        # What is listed and not cited stays: the lead researcher may still quote from it.
        order = [*cited, *(number for number in listed if number not in cited)]
        places = {number: place for place, number in enumerate(order, start=1)}
        pages = await context.pages_read()
        titles = {where: title_of(page) for page in pages for where in addresses(page)}
        sources = tuple(
            replace(
                source,
                title=source.title or titles.get(address(source.url), ""),
                supported=_SUPPORTED[standing(source.quote, source.url, pages)],
            )
            for source in (listed[number] for number in order)
        )
        return WorkerResult(_marked(text, places, sources), sources, answer.last_step, answer.last_result, answer.note)


def _marked(text: str, places: dict[int, int], sources: tuple[Source, ...]) -> str:
    """The text with its marks in their order; without sources there is nothing that they could stand for."""
    return remark(text, places.get) if sources else text
