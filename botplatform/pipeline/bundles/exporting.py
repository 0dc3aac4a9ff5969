"""export(): what operators wrote, as one file. The same rows give the same bytes."""

from __future__ import annotations

import json
from typing import Any

from django.db import transaction

from botplatform.models import AgentConfig, AgentOverride, Bot, InfoPage, Pattern, Personality, ToolPolicy
from botplatform.models.agent import AgentFields
from botplatform.pipeline.bundles.shape import FORMAT, VERSION
from botplatform.pipeline.comparing import in_words
from botplatform.pipeline.vetting import fields_of


def export(agent: str = "") -> bytes:
    """All of it; or one agent with its overrides and the patterns that lead to it. Raises LookupError."""
    with transaction.atomic():
        agents = [_agent(row) for row in AgentConfig.objects.select_related("published", "draft").order_by("name")]
        parts = {
            "agents": agents,
            "overrides": [_override(row) for row in AgentOverride.objects.select_related("bot", "config")],
            "personalities": _plain(Personality.objects.order_by("platform"), "platform", "text"),
            "pages": [_page(row) for row in InfoPage.objects.select_related("bot")],
            "patterns": _plain(Pattern.objects.all(), *PATTERN),
            "tool_policies": _plain(ToolPolicy.objects.order_by("tool"), *POLICY),
        }
    parts["overrides"].sort(key=lambda row: (row["bot"], row["agent"]))
    chosen = _of_one(parts, agent) if agent else parts
    text = json.dumps({"format": FORMAT, "version": VERSION, **chosen}, indent=2, ensure_ascii=False)
    return f"{text}\n".encode()


PATTERN = ("name", "position", "expression", "target", "platform", "enabled", "tests", "note")
POLICY = ("tool", "always", "when", "risk", "by_approver", "note")


def name_of(bot: Bot | None) -> str:
    """A bot as the file names it; empty for all bots."""
    return f"{bot.transport}/{bot.slug}" if bot else ""


def _of_one(parts: dict[str, list[dict[str, Any]]], agent: str) -> dict[str, list[dict[str, Any]]]:
    found = {
        "agents": [row for row in parts["agents"] if row["name"] == agent],
        "overrides": [row for row in parts["overrides"] if row["agent"] == agent],
        "patterns": [row for row in parts["patterns"] if row["target"] == agent],
    }
    if not found["agents"]:
        raise LookupError(f"there is no agent {agent}")
    return found


def _agent(row: AgentConfig) -> dict[str, Any]:
    return {
        "name": row.name,
        "behaviour": row.behaviour,
        "description": row.description,
        "enabled": row.enabled,
        "category": row.category,
        "published": _says(row.published),
        "draft": _says(getattr(row, "draft", None)),
    }


def _says(row: AgentFields | None) -> dict[str, Any] | None:
    if row is None:
        return None
    cost = None if row.max_cost_usd is None else in_words(row.max_cost_usd)
    return {**fields_of(row), "max_cost_usd": cost}


def _override(row: AgentOverride) -> dict[str, Any]:
    said = {"instructions": row.instructions, "model": row.model, "tools": row.tools}
    return {"bot": name_of(row.bot), "agent": row.config.name, **said}


def _page(row: InfoPage) -> dict[str, Any]:
    said = {name: getattr(row, name) for name in ("title", "text", "url", "enabled", "position")}
    return {**said, "bot": name_of(row.bot)}


def _plain(rows: Any, *names: str) -> list[dict[str, Any]]:
    return [{name: getattr(row, name) for name in names} for row in rows]
