"""The agent for research: sub-questions, researchers that look into them at the same time, an answer with its sources."""

from __future__ import annotations

from typing import Any

import structlog

from agents.alone import answer_alone
from agents.asking import Formless, ask
from agents.base import Agent, AgentError, AgentResult, PlanReport, RunContext
from agents.outcome import FINISHED
from agents.planning.questions import WORKER, questions
from agents.prompts import shipped_prompt
from agents.replies import Reply
from agents.routing.target import LEAD_RESEARCHER
from agents.synthesis.citing import CITED_FORM, cited
from agents.synthesis.missing import listing, note, with_missing
from agents.synthesis.results import messages_with, results, succeeded
from agents.synthesis.shelf import Shelf, shelve
from agents.workers.working import ONLY_THINKS

log = structlog.get_logger(__name__)

SYNTHESIS = "synthesis"
"""The purpose of the last model call, as its step stores it."""

WRITING = """\
You are writing now. What the researchers have found stands under the request, with numbered sources. Write the answer from \
it. Put [n] behind each claim, with the source's number, and give for each citation its address and the very words of the \
source that back the claim, copied and not rephrased: they are looked for in the page, and what is not found there is shown \
as unsupported. Cite only the numbered sources. Where results contradict each other, say so. Say what was not found, and \
name each sub-question that failed, by its description. Write no list of sources: it is added.

Answer with nothing but one JSON object: {"text", "citations": [{"n", "url", "quote"}]}."""
ALONE = """\
This is a request for research, but nothing can be looked up here; the person is told so. Answer from what you know, say how \
sure you are and what may be out of date, and name no sources as if you had read them."""
NO_LOOK_UP = "_(I cannot look anything up here, so this is what I know without sources.)_"
NOT_JOINED = "_(No model could put the findings together, so here they are as they came.)_"


class LeadResearcher(Agent):
    """Cuts a question up and weighs what is found. Every quote under its answer has been looked for in the page."""

    name = LEAD_RESEARCHER
    description = "Looks into a question from several sides at the same time, and answers with checked sources."
    default_tools = ("current_time", "calculator")
    plans = True

    async def run(self, query: str, context: RunContext) -> AgentResult:
        prompt = context.settings.prompt or shipped_prompt(self.name)
        if context.plan is None:
            if ONLY_THINKS in context.workers.get(WORKER, ONLY_THINKS):
                return await answer_alone(context, told=ALONE, shown=NO_LOOK_UP)
            await context.dispatch(await questions(context, prompt))
        return await _answer(context, context.plan, prompt)


async def _answer(context: RunContext, plan: PlanReport, prompt: str) -> AgentResult:
    """Put the findings together. Raises AgentError only where there are none."""
    shelf, steps = shelve(plan.steps)
    messages = messages_with(context, results(steps, shelf))
    await context.progress("Putting the findings together …")
    system = f"{prompt}\n\n{WRITING}"
    try:
        asked = await ask(context, CITED_FORM, purpose=SYNTHESIS, system=system, messages=messages, store=False)
    except Formless as error:
        return await _formless(context, plan, shelf, error.reply)
    except AgentError as error:
        if not succeeded(plan):
            raise
        log.warning("research.listed", reason=str(error))
        return AgentResult(listing(plan, NOT_JOINED), note=f"results listed: {error}"[:500])
    if not str(asked.value.get("text") or "").strip():
        return AgentResult(listing(plan, NOT_JOINED), asked.reply.step, asked.reply.result, "the answer is empty")
    text = await _finished(context, plan, shelf, asked.value)
    return AgentResult(text, asked.reply.step, asked.reply.result, note(plan))


async def _formless(context: RunContext, plan: PlanReport, shelf: Shelf, reply: Reply) -> AgentResult:
    """Whole prose without its form is an answer too; its marks stand for the sources that the model was shown."""
    text = reply.text.strip()
    if reply.stop_reason not in FINISHED or not text or text.startswith(("{", "```")):
        return AgentResult(listing(plan, NOT_JOINED), note=f"no answer in its form ({reply.stop_reason})")
    return AgentResult(await _finished(context, plan, shelf, {"text": text}), note=note(plan) or "without its form")


async def _finished(context: RunContext, plan: PlanReport, shelf: Shelf, value: dict[str, Any]) -> str:
    return with_missing(cited(value, shelf, await context.pages_read()), plan)
