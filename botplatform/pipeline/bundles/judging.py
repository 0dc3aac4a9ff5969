"""judge(): everything that is wrong with a file, before any of it is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import jsonschema
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator

from agents.registry import AGENTS
from agents.routing.patterns import Pattern, PatternError, PatternSet
from agents.routing.target import ROUTER, TARGETS
from botplatform.pipeline import standing, vetting
from botplatform.pipeline.bundles.shape import Bundle, Policy, Says
from botplatform.pipeline.composing import PAGE_VARIABLES
from botplatform.pipeline.standing import Peer
from botplatform.pipeline.vetting import Problems

_URL = URLValidator(schemes=["http", "https"])


def judge(bundle: Bundle) -> list[str]:
    """One line each, with its place; empty when the file can be imported."""
    before = standing.peers()
    after = {**before, **_peers(bundle, before)}
    return [
        *_twice(bundle),
        *(line for agent in bundle.agents for line in _agent(agent.name, bundle, before, after)),
        *_others(bundle, after),
        *_patterns(bundle, after),
        *(line for policy in bundle.tool_policies for line in _policy(policy)),
    ]


def _peers(bundle: Bundle, before: dict[str, Peer]) -> dict[str, Peer]:
    """The agents of the file, as they would be."""
    found = {}
    for agent in bundle.agents:
        known = before.get(agent.name)
        fallback = agent.published.fallback_agent if agent.published else known.fallback_agent if known else ""
        is_published = agent.published is not None or (known is not None and known.is_published)
        found[agent.name] = Peer(agent.behaviour, agent.enabled, is_published, fallback, agent.category)
    return found


def _twice(bundle: Bundle) -> Iterator[str]:
    keys = {
        "agents": [agent.name for agent in bundle.agents],
        "overrides": [f"{one.agent} for {one.bot}" for one in bundle.overrides],
        "personalities": [one.platform for one in bundle.personalities],
        "pages": [f"{page.title}{f' for {page.bot}' if page.bot else ''}" for page in bundle.pages],
        "patterns": [pattern.name for pattern in bundle.patterns],
        "tool_policies": [policy.tool for policy in bundle.tool_policies],
    }
    for part, names in keys.items():
        yield from (f"{part}: {name} is there twice." for name, count in Counter(names).items() if count > 1)


def _agent(name: str, bundle: Bundle, before: dict[str, Peer], after: dict[str, Peer]) -> Iterator[str]:
    agent = next(one for one in bundle.agents if one.name == name)
    if name not in before and name not in vetting.RESERVED:
        yield from _told(name, {"name": vetting.check_name(name)})
    yield from _told(name, standing.check_standing(name, after))
    for part, says in (("published", agent.published), ("draft", agent.draft)):
        if says:
            yield from _told(f"{name}, {part}", _says(name, says, after))


def _says(name: str, says: Says, after: dict[str, Peer]) -> Problems:
    this = after[name]
    would_be = Peer(this.behaviour, this.enabled, True, says.fallback_agent, this.category)
    found = vetting.check_fields(says.model_dump())
    return {**found, "fallback_agent": standing.check_fallback(name, {**after, name: would_be})}


def _others(bundle: Bundle, after: dict[str, Peer]) -> Iterator[str]:
    for one in bundle.overrides:
        missing = [] if one.agent in after else ["There is no such agent."]
        found: Problems = {
            "agent": missing,
            "instructions": vetting.check_text(one.instructions),
            "model": vetting.check_model(one.model),
            "tools": vetting.check_tools(one.tools or []),
        }
        yield from _told(f"{one.agent} for {one.bot}", found)
    for personality in bundle.personalities:
        yield from _told(f"personality {personality.platform}", {"text": vetting.check_text(personality.text)})
    for page in bundle.pages:
        text = vetting.check_text(page.text, vetting.PAGE_CHARS, PAGE_VARIABLES)
        yield from _told(f"page {page.title}", {"text": text, "url": _url(page.url)})


def _patterns(bundle: Bundle, after: dict[str, Peer]) -> Iterator[str]:
    for one in bundle.patterns:
        found: Problems = {"expression": [], "target": []}
        try:
            PatternSet([Pattern(one.name, one.expression, one.target)])
        except PatternError as error:
            found["expression"] = [f"{error}."]
        if one.target not in (*TARGETS, ROUTER) and (
            one.target not in after or after[one.target].behaviour not in AGENTS
        ):
            found["target"] = [f"There is no agent {one.target} that answers."]
        yield from _told(f"pattern {one.name}", found)


def _policy(policy: Policy) -> Iterator[str]:
    try:
        jsonschema.Draft202012Validator.check_schema(policy.when or {})
    except jsonschema.SchemaError as error:
        yield from _told(f"tool policy {policy.tool}", {"when": [f"This is not a JSON Schema: {error.message[:200]}."]})


def _url(url: str) -> list[str]:
    try:
        if url:
            _URL(url)
    except ValidationError:
        return ["Write an address that begins with https:// or http://."]
    return []


def _told(where: str, problems: Problems) -> Iterator[str]:
    yield from (f"{where}, {name}: {line}" for name, lines in problems.items() for line in lines)
