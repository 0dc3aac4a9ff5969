"""How agents stand to each other: who can answer, who falls back on whom, who has which category."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from agents.registry import AGENTS, WORKERS
from agents.routing.target import CATEGORIES, ROUTER, SIMPLE
from botplatform.models import AgentConfig
from botplatform.models.agent import AgentFields
from botplatform.pipeline.vetting import Problems


@dataclass(frozen=True, slots=True)
class Peer:
    """An agent as the others see it."""

    behaviour: str
    enabled: bool = True
    is_published: bool = True
    fallback_agent: str = ""
    category: str = ""

    @property
    def answers(self) -> bool:
        return self.enabled and self.is_published and self.behaviour in AGENTS


Peers = Mapping[str, Peer]
"""Every agent by its name."""


def peers() -> dict[str, Peer]:
    """The agents as they are now."""
    rows = AgentConfig.objects.select_related("published")
    return {row.name: peer(row, row.published) for row in rows}


def peer(config: AgentConfig, says: AgentFields | None) -> Peer:
    """A configuration, with what it says or would say."""
    fallback = says.fallback_agent if says else ""
    return Peer(config.behaviour, config.enabled, says is not None, fallback, config.category)


def check_fallback(name: str, among: Peers) -> list[str]:
    """`among[name]` is the agent as it would be. Its fallback can answer, and following the fallbacks comes to an end."""
    first = among[name].fallback_agent
    if not first:
        return []
    if first not in among or not among[first].answers:
        return [f"{first} cannot answer: it is missing, disabled or not published."]
    passed, following = [name], first
    while following and following in among:
        passed.append(following)
        if following in passed[:-1]:
            return [f"The fallbacks run in a circle: {' → '.join(passed)}."]
        following = among[following].fallback_agent
    return []


def check_standing(name: str, among: Peers) -> Problems:
    """Category and switch of `among[name]`, as they would be."""
    this, found = among[name], {}
    holders = [
        other for other, one in among.items() if other != name and this.category and one.category == this.category
    ]
    if holders:
        found["category"] = [f"{holders[0]} has this category already."]
    if this.category not in ("", *CATEGORIES):
        found["category"] = [f"There is no category {this.category}; there are {', '.join(CATEGORIES)}."]
    if this.category and name == ROUTER:
        found["category"] = ["It chooses agents, and answers nobody."]
    if name == SIMPLE and not this.enabled:
        found["enabled"] = ["It answers whatever goes to no other agent, and cannot be disabled."]
    is_worker = name == this.behaviour and any(worker.name == name for worker in WORKERS.values())
    if this.behaviour not in AGENTS and name != ROUTER and not is_worker:
        found["behaviour"] = [f"There is no behaviour {this.behaviour}; there are {', '.join(sorted(AGENTS))}."]
    return found
