"""What did not work out: named in every answer, whatever the model makes of it."""

from __future__ import annotations

import re

from agents.base import PlanReport
from agents.plans import StepReport, StepStanding
from agents.synthesis.results import MISSING, succeeded
from agents.text import cut_end

HEADING = "**What did not work out:**"
REASON_CHARS = 300
_REASONS = {
    StepStanding.FAILED: "it failed",
    StepStanding.SKIPPED: "skipped, because what it depends on failed",
    StepStanding.CANCELLED: "it was cancelled",
}


def missing(plan: PlanReport) -> list[StepReport]:
    """The steps that brought nothing."""
    return [step for step in plan.steps if step.state in MISSING]


def with_missing(text: str, plan: PlanReport) -> str:
    """The answer, with every missing step that it does not name listed under it."""
    said = _plain(text)
    unnamed = [step for step in missing(plan) if _plain(step.description) not in said]
    if not unnamed:
        return text
    return "\n\n".join(
        filter(None, [text.strip(), f"{HEADING}\n\n" + "\n".join(_line(step, plan) for step in unnamed)])
    )


def note(plan: PlanReport) -> str:
    """For the operator; empty when nothing is missing."""
    lost = missing(plan)
    return f"{len(lost)} of {len(plan.steps)} steps missing: {', '.join(step.id for step in lost)}" if lost else ""


def listing(plan: PlanReport, why: str) -> str:
    """The results as they are, where no model puts them together."""
    parts = [why]
    for step in succeeded(plan):
        sources = "\n".join(f"{place}. {source.url}" for place, source in enumerate(step.sources, start=1))
        parts += [f"**{step.description}**", step.result.strip(), f"Sources:\n\n{sources}" if sources else ""]
    return with_missing("\n\n".join(filter(None, parts)), plan)


def _line(step: StepReport, plan: PlanReport) -> str:
    reason = " ".join(cut_end(step.error or _REASONS[step.state], REASON_CHARS).split())
    if step.state is StepStanding.SKIPPED:
        lost = [other.description for other in missing(plan) if other.id in step.depends_on]
        reason = f"skipped, because it needs “{lost[0]}”" if lost else _REASONS[step.state]
    return f"- {step.description}: {reason}"


def _plain(text: str) -> str:
    words = re.findall(r"\w+", text.casefold())
    return f" {' '.join(words)} "
