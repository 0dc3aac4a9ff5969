"""A plain answer where an agent cannot do what it is there for, with a line that says so."""

from __future__ import annotations

from dataclasses import replace

from agents.base import AgentResult, RunContext
from agents.loop import converse
from agents.prompts import shipped_prompt

ALONE = "answer-alone"
"""The purpose of these model calls, as their steps store it."""


async def answer_alone(context: RunContext, *, told: str, shown: str) -> AgentResult:
    """What a model says by itself. `told`: to the model, of what is lacking; `shown`: to the person, above the answer."""
    answer = await converse(context, system=f"{shipped_prompt('simple-agent')}\n\n{told}", purpose=ALONE)
    return replace(answer, text=f"{shown}\n\n{answer.text}", note=answer.note or "answered without a plan")
