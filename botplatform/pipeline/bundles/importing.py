"""bring_in(): a file's contents become drafts, published versions and rows, all of them or none.

What would happen is found out by doing it and taking it back, so that it is what happens. Rows that the file does not
name stay. Nothing that concerns routing goes live: the router's prompt comes in as a draft, patterns as they are edited.
"""

from __future__ import annotations

import structlog
from django.db import transaction

from botplatform.models import AgentConfig, AgentOverride, Bot, InfoPage, Pattern, Personality, ToolPolicy
from botplatform.pipeline import publishing
from botplatform.pipeline.bundles import agents, shape
from botplatform.pipeline.bundles.change import Change, State, digest, put
from botplatform.pipeline.bundles.exporting import name_of
from botplatform.pipeline.bundles.judging import judge
from botplatform.pipeline.bundles.shape import BadBundle, Bundle, Override, Page
from transports.registry import TRANSPORTS

log = structlog.get_logger(__name__)


def preview(bundle: Bundle) -> list[Change]:
    """What an import would do now. Raises BadBundle."""
    with publishing.exclusively():
        changes = _write(bundle, by="")
        transaction.set_rollback(True)
    return changes


def bring_in(bundle: Bundle, *, by: str, as_previewed: str = "") -> list[Change]:
    """Import the file. `as_previewed` is the digest of what was shown.

    Raises BadBundle, and publishing.Outdated where it would do something else.
    """
    with publishing.exclusively():
        changes = _write(bundle, by=by)
        if as_previewed and digest(changes) != as_previewed:
            raise publishing.Outdated
    log.info("agents.imported", by=by, changed=sum(change.state in (State.NEW, State.CHANGED) for change in changes))
    return changes


def _write(bundle: Bundle, by: str) -> list[Change]:
    if lines := judge(bundle):
        raise BadBundle(lines)
    bots = {name_of(bot): bot for bot in Bot.objects.all()}
    return [
        *agents.bring_in(bundle.agents, by),
        *(_override(one, bots.get(one.bot)) for one in bundle.overrides),
        *(_personality(one) for one in bundle.personalities),
        *(_page(page, bots.get(page.bot)) for page in bundle.pages),
        *(put("pattern", Pattern, {"name": one.name}, one.model_dump(exclude={"name"})) for one in bundle.patterns),
        *(
            put("tool policy", ToolPolicy, {"tool": one.tool}, one.model_dump(exclude={"tool"}))
            for one in bundle.tool_policies
        ),
    ]


def _override(one: Override, bot: Bot | None) -> Change:
    name = f"{one.agent} for {one.bot}"
    if bot is None:
        return Change("override", name, State.LEFT_OUT, [f"there is no bot {one.bot} here"])
    key = {"bot": bot, "config": AgentConfig.objects.get(name=one.agent)}
    return put("override", AgentOverride, key, one.model_dump(include={"instructions", "model", "tools"}), name=name)


def _personality(one: shape.Personality) -> Change:
    if one.platform not in TRANSPORTS:
        return Change("personality", one.platform, State.LEFT_OUT, [f"there is no platform {one.platform} here"])
    return put("personality", Personality, {"platform": one.platform}, {"text": one.text})


def _page(page: Page, bot: Bot | None) -> Change:
    name = f"{page.title}{f' for {page.bot}' if page.bot else ''}"
    if page.bot and bot is None:
        return Change("info page", name, State.LEFT_OUT, [f"there is no bot {page.bot} here"])
    values = page.model_dump(include={"text", "url", "enabled", "position"})
    return put("info page", InfoPage, {"title": page.title, "bot": bot}, values, name=name)
