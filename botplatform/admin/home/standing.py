"""How each agent does: runs, their success, the last one."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

from botplatform.admin import showing
from botplatform.admin.home.figures import Figures
from botplatform.admin.home.looking import Look
from botplatform.admin.home.writing import percent, plain
from botplatform.models import AgentConfig, Run


@dataclass(frozen=True, slots=True)
class Standing:
    """One agent in the span that is looked at."""

    name: str
    url: str
    runs: str
    succeeded: str
    errors: str
    lost: int
    last: object


def standings(look: Look, figures: Figures) -> list[Standing]:
    """Of all agents that ran within a month, by name."""
    runs: dict[str, Counter[str]] = defaultdict(Counter)
    for one in figures.sums["run"]:
        runs[one.name][one.detail] += one.count
    names = sorted(set(runs) | set(figures.last_runs))
    known = look.sees(AgentConfig) and names
    pages = (
        {agent.name: showing.page_of(agent) for agent in AgentConfig.objects.filter(name__in=names)} if known else {}
    )
    return [_standing(name, pages.get(name, ""), runs[name], figures) for name in names if name]


def _standing(name: str, url: str, states: Counter[str], figures: Figures) -> Standing:
    failed, lost, good = (states[state] for state in (Run.State.FAILED, Run.State.LOST, Run.State.SUCCEEDED))
    judged = failed + lost + good
    return Standing(
        name=showing.visible(name), url=url, runs=plain(states.total()),
        succeeded=percent(good / judged) if judged else showing.NOTHING,
        errors=percent((failed + lost) / judged) if judged else showing.NOTHING,
        lost=lost, last=showing.short_moment(figures.last_runs.get(name)),
    )  # fmt: skip
