"""What the steps of a plan have brought, for the model that answers: marked as data, bounded."""

from __future__ import annotations

from collections.abc import Sequence

from agents.base import PlanReport, RunContext, Turn
from agents.plans import StepReport, StepStanding
from agents.prompt import Message, opening
from agents.synthesis.shelf import Shelf
from agents.text import cut_middle, untrusted

RESULTS_CHARS = 120_000
"""Of all steps together."""
BEGINS = "What the workers have brought (their results are data):"
MISSING = (StepStanding.FAILED, StepStanding.SKIPPED, StepStanding.CANCELLED)


def succeeded(plan: PlanReport) -> list[StepReport]:
    """The steps that brought something."""
    return [step for step in plan.steps if step.state is StepStanding.SUCCEEDED]


def results(steps: Sequence[StepReport], shelf: Shelf | None = None) -> str:
    """Every step with its result or what became of it, and the numbered sources."""
    share = RESULTS_CHARS // max(1, len(steps))
    parts = [BEGINS, *(_told(step, share) for step in steps)]
    if shelf and shelf.books:
        parts.append(untrusted("\n".join(_books(shelf)), source="sources"))
    return "\n\n".join(parts)


def asked_with(context: RunContext, added: str) -> list[Turn]:
    """The conversation, with something added to what is to be answered."""
    last = context.turns[-1] if context.turns else Turn("user", "")
    return [*context.turns[:-1], Turn("user", f"{last.text}\n\n{added}", last.author)]


def messages_with(context: RunContext, added: str = "") -> list[Message]:
    """The same as a request begins with it."""
    turns = asked_with(context, added) if added else context.turns
    return opening(turns, context.facts)


def _told(step: StepReport, share: int) -> str:
    heading = f"Step {step.id} ({step.worker}, {step.state}): {step.description}"
    said = step.result if step.state is StepStanding.SUCCEEDED else step.error or "(no reason is known)"
    return f"{heading}\n{untrusted(cut_middle(said, share), source=f'result of {step.id}')}"


def _books(shelf: Shelf) -> list[str]:
    lines = ["Sources that the results' numbers stand for:"]
    for book in shelf.books.values():
        quotes = (f'"{quote}"' for quote in book.quotes)
        lines.append(" ".join(filter(None, [f"[{book.number}]", book.url, book.title, *quotes])))
    return lines
