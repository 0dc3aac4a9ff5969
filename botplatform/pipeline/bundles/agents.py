"""The agents of a file: what differs is published as a new version, and a draft takes the place of the one there is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from agents.routing.target import ROUTER
from botplatform.models import AgentConfig, AgentConfigVersion, AgentDraft
from botplatform.models.agent import AgentFields
from botplatform.pipeline import publishing
from botplatform.pipeline.bundles.change import Change, State
from botplatform.pipeline.bundles.shape import Agent, Says
from botplatform.pipeline.comparing import diff
from botplatform.pipeline.vetting import fields_of

NOTE = "imported"
_OWN = ("behaviour", "description", "enabled", "category")


def bring_in(agents: Sequence[Agent], by: str) -> Iterator[Change]:
    """Write them, within the caller's transaction; what they say has been checked."""
    known = {row.name: row for row in AgentConfig.objects.select_related("published", "draft")}
    _free_categories(agents)
    for agent in agents:
        yield _agent(agent, known.get(agent.name), by)


def _free_categories(agents: Sequence[Agent]) -> None:
    """Two agents may swap theirs: each is given up before it is taken."""
    for agent in agents:
        AgentConfig.objects.filter(name=agent.name).exclude(category=agent.category).update(category="")


def _agent(agent: Agent, before: AgentConfig | None, by: str) -> Change:
    own = agent.model_dump(include=set(_OWN))
    config, _ = AgentConfig.objects.update_or_create(name=agent.name, defaults=own)
    told = [name for name in _OWN if before and getattr(before, name) != own[name]]
    live, draft = agent.published, agent.draft
    if config.name == ROUTER and before and before.published and live and _differs(live, before.published):
        live, draft = None, live
    if live and _differs(live, before.published if before else None):
        config.published = publishing.add_version(config, live.model_dump(), by=by, note=NOTE)
        told.append(f"published as version {config.published.number}{_changed(before, config.published)}")
    if draft and _differs(draft, getattr(before, "draft", None)):
        _draft(config, draft, by)
        told.append("draft" if config.name != ROUTER else "draft; look at what it does to routing, then publish it")
    state = State.NEW if before is None else State.CHANGED if told else State.UNCHANGED
    return Change("agent", agent.name, state, told)


def _draft(config: AgentConfig, says: Says, by: str) -> None:
    values: dict[str, Any] = {**says.model_dump(), "updated_by": by}
    AgentDraft.objects.update_or_create(
        config=config, defaults=values, create_defaults={**values, "based_on": config.published}
    )


def _changed(before: AgentConfig | None, version: AgentConfigVersion) -> str:
    """Which fields the version changes."""
    if before is None or before.published is None:
        return ""
    found = diff(before.published, version)
    names = [*(["prompt"] if found.prompt else []), *(name for name, _, _ in found.fields)]
    return f" ({', '.join(names)})" if names else ""


def _differs(says: Says, row: AgentFields | None) -> bool:
    return row is None or says.model_dump() != fields_of(row)
