"""create_agent(): an agent of an operator's own, from the first draft to the pattern that leads to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Max

from agents.routing.linting import lint
from agents.routing.patterns import Pattern as Rule
from agents.routing.target import HITL
from botplatform.models import AgentConfig, AgentDraft, Pattern
from botplatform.pipeline import publishing, standing, vetting
from botplatform.pipeline.publishing import Refused
from botplatform.pipeline.vetting import Problems


def check_agent(config: AgentConfig, says: Mapping[str, Any]) -> Problems:
    """Why this could not become an agent. `config` is not stored yet."""
    found = {**publishing.check(config, AgentDraft(**says))}
    if named := vetting.check_name(config.name):
        found["name"] = named
    elif config.name in standing.peers():
        found["name"] = ["There is an agent of this name."]
    return found


def check_pattern(pattern: Pattern) -> list[str]:
    """What is wrong with a pattern that is not stored yet, tried after those that are."""
    earlier = Pattern.objects.filter(enabled=True, position__lte=pattern.position)
    return lint(_rule(pattern), [_rule(row) for row in earlier])


def next_position() -> int:
    """Where a new pattern goes: behind those that ask for approval, which nothing may overtake by accident, before the rest."""
    last = Pattern.objects.filter(enabled=True, target=HITL).aggregate(last=Max("position"))["last"]
    return (last or 0) + 1


def create_agent(config: AgentConfig, says: Mapping[str, Any], pattern: Pattern | None, *, by: str) -> None:
    """Store the agent with its draft, and the pattern as it is being edited. Raises Refused."""
    with publishing.exclusively():
        if problems := check_agent(config, says):
            raise Refused(problems)
        config.save()
        AgentDraft.objects.create(config=config, updated_by=by, **says)
        if pattern:
            pattern.save()


def _rule(row: Pattern) -> Rule:
    return Rule(row.name, row.expression, row.target, row.platform, row.tests)
