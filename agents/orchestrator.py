"""The agent for what takes several steps: plans, has workers carry it out, and answers with what they have brought."""

from __future__ import annotations

from dataclasses import replace

import structlog

from agents.alone import answer_alone
from agents.base import Agent, AgentError, AgentResult, PlanReport, RunContext
from agents.loop import converse
from agents.planning import planner
from agents.planning.planner import NoPlan
from agents.prompts import shipped_prompt
from agents.routing.target import ORCHESTRATOR
from agents.synthesis.missing import listing, note, with_missing
from agents.synthesis.results import asked_with, results, succeeded
from agents.synthesis.shelf import Shelf, marks, remark, shelve
from agents.synthesis.sources import Entry, source_list, split_off

log = structlog.get_logger(__name__)

ANSWER = "answer"
"""The purpose of the last model call, as its step stores it."""

ANSWERING = """\
You are answering now. The plan has been carried out; what its workers have brought stands under the request. Answer the \
request with it. Where a result rests on a numbered source, keep its number in square brackets, such as [1]; write no list \
of sources, it is added. Name every step that failed, was skipped or was cancelled, by its description, with the reason."""
ALONE = """\
This request would have been split into steps, but no plan could be made ({why}); the person is told so. Answer as well as \
you can by yourself. Do not claim to have looked anything up or done anything that no tool of yours has done."""
NO_PLAN = "_(I could not make a plan for this: {why}. So this is an answer without one.)_"
NOT_JOINED = "_(No model could put the results together, so here they are as they came.)_"


class Orchestrator(Agent):
    """Never carries out a step itself."""

    name = ORCHESTRATOR
    description = "Splits a request into steps, has workers carry them out, and answers with their results."
    default_tools = ("current_time", "calculator")
    plans = True

    async def run(self, query: str, context: RunContext) -> AgentResult:
        prompt = context.settings.prompt or shipped_prompt(self.name)
        if context.plan is None:
            try:
                draft = await planner.plan(context, prompt)
            except NoPlan as error:
                return await answer_alone(context, told=ALONE.format(why=error), shown=NO_PLAN.format(why=error))
            await context.dispatch(draft)
        try:
            further = await planner.further(context, context.plan, prompt)
        except AgentError as error:
            log.warning("plan.not_made_anew", reason=str(error))
            further = None
        if further is not None:
            await context.dispatch(further)
        return await _answer(context, context.plan, prompt)


async def _answer(context: RunContext, plan: PlanReport, prompt: str) -> AgentResult:
    """Put the results together. Raises AgentError only where there are none."""
    shelf, steps = shelve(plan.steps)
    turns = asked_with(context, results(steps, shelf))
    try:
        answer = await converse(context, system=f"{prompt}\n\n{ANSWERING}", turns=turns, tools=(), purpose=ANSWER)
    except AgentError as error:
        if not succeeded(plan):
            raise
        log.warning("plan.listed", reason=str(error))
        return AgentResult(listing(plan, NOT_JOINED), note=f"results listed: {error}"[:500])
    text = with_missing(await _with_sources(context, answer.text, shelf), plan)
    return replace(answer, text=text, note=answer.note or note(plan))


async def _with_sources(context: RunContext, text: str, shelf: Shelf) -> str:
    """The answer with the sources that it cites under it."""
    body, _ = split_off(text) if shelf.books else (text, {})
    cited = {
        number: place for place, number in enumerate((each for each in marks(body) if each in shelf.books), start=1)
    }
    if not cited:
        return text
    books = [(place, shelf.books[number]) for number, place in cited.items()]
    entries = [Entry(place, book.url, book.title, tuple(book.quotes)) for place, book in books]
    listed = source_list(entries, await context.pages_read())
    return f"{remark(body, cited.get)}\n\n{listed}"
