"""What all workers have in common: one task, in a conversation of its own, with the results that it builds on."""

from __future__ import annotations

from collections.abc import Sequence

from agents.base import AgentResult, RunContext, Turn, Worker, WorkerInput, WorkerResult
from agents.loop import converse
from agents.plans import StepReport, StepStanding
from agents.prompts import shipped_prompt
from agents.text import cut_middle, untrusted

TASK = "Your task:"
ONLY_THINKS = "it can only think and write"
"""Stands in what planners read of a worker that has nothing to work with in a conversation."""
GOAL_CHARS = 8_000
RESULT_CHARS = 30_000
"""Of one result that the task builds on."""


class TaskWorker(Worker):
    """Talks with the model until the task is done. What the model says last is the result."""

    async def work(self, given: WorkerInput, context: RunContext) -> WorkerResult:
        prompt = context.settings.prompt or shipped_prompt(self.name)
        answer = await converse(context, system=prompt, turns=[Turn("user", asked(given))])
        return await self.result(answer, context)

    async def result(self, answer: AgentResult, context: RunContext) -> WorkerResult:
        """What others get of the answer."""
        return WorkerResult(answer.text, (), answer.last_step, answer.last_result, answer.note)


def asked(given: WorkerInput) -> str:
    """The opening: what the whole is for, and the results, as data; then the task."""
    parts = []
    if given.goal.strip():
        parts += [
            "The request that your task is a part of, for your orientation:",
            _data(given.goal, "request", GOAL_CHARS),
        ]
    parts += [part for step in given.results for part in _told(step)]
    if given.attempt > 1:
        parts.append(
            f"This is attempt {given.attempt}: look at what is there before you repeat anything that has effects."
        )
    return "\n\n".join([*parts, f"{TASK} {given.task}"])


def _told(step: StepReport) -> Sequence[str]:
    heading = f"Result of the step {step.id} ({step.description}), which your task builds on:"
    said = step.result if step.state is StepStanding.SUCCEEDED else f"({step.state}: {step.error})"
    sources = "\n".join(f"[{place}] {source.url}" for place, source in enumerate(step.sources, start=1))
    whole = f"{said}\n\nSources:\n{sources}" if sources else said
    return heading, _data(whole, f"result of {step.id}", RESULT_CHARS)


def _data(text: str, source: str, limit: int) -> str:
    return untrusted(cut_middle(text, limit), source=source)
