"""The agent that answers about the bot and its owner, from what operators wrote, and states its source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from agents.base import Agent, AgentResult, Page, RunContext
from agents.citing import cited, source_line
from agents.loop import converse
from agents.pages import choose, reference
from agents.prompts import shipped_prompt

QUESTION_TURNS = 3
"""A question such as "and on Sundays?" makes sense only with what was said before."""


class InfoAgent(Agent):
    """Knows what its pages say. The source under an answer is written by code, out of the numbers the model cites."""

    name = "info-agent"
    description = "Answers questions about the bot and whoever runs it, from pages that operators write."

    async def run(self, query: str, context: RunContext) -> AgentResult:
        question = "\n".join(turn.text for turn in context.turns[-QUESTION_TURNS:])
        shown = choose(context.pages, question)
        prompt = context.settings.prompt or shipped_prompt(self.name)
        answer = await converse(context, system=f"{prompt}\n\n{reference(context.pages, shown)}")
        return _with_source(answer, {each.number: context.pages[each.number - 1] for each in shown})


def _with_source(answer: AgentResult, pages: Mapping[int, Page]) -> AgentResult:
    """The answer with its sources under it; the model's step stays as it was."""
    text, sources = cited(answer.text, pages)
    if not sources:
        return replace(answer, text=text, note=answer.note or ("no source" if pages else "no pages"))
    return replace(answer, text=f"{text}\n\n{source_line(sources)}".strip())
