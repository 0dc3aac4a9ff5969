"""How an MCP server is, as each worker last said, and which agents list its tools."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from botplatform.admin import panels, showing
from botplatform.admin.panels import Panel, may_view
from botplatform.admin.servers import offered
from botplatform.admin.workers.alive import is_silent
from botplatform.models import AgentConfig, McpServer, Process

WORDS = {"closed": "answers", "open": "left alone", "half-open": "being tried again"}
"""States of the breaker, for people."""
_LABELS = {"closed": "alive", "open": "failed", "half-open": "waiting"}
TOOLS = 100


def workers_say() -> list[tuple[Process, Mapping[str, Any]]]:
    """Living workers, and what each last said of itself."""
    rows = Process.objects.filter(role=Process.Role.WORKER).order_by("name")
    return [(row, row.detail) for row in rows if not is_silent(row.seen_at) and isinstance(row.detail, dict)]


def said_of(name: str, detail: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """What a worker's detail says of a server; None where it has not been asked there."""
    known = detail.get("servers")
    said = known.get(name) if isinstance(known, dict) else None
    return said if isinstance(said, dict) else None


def panel(request: HttpRequest, server: McpServer) -> list[Panel]:
    """For those who may see processes."""
    if not may_view(request, Process):
        return []
    rows = [(process, said) for process, detail in workers_say() if (said := said_of(server.name, detail))]
    context = {"rows": [_row(server, process, said) for process, said in rows]}
    return [panels.from_template("As workers see it", "admin/servers/standing.html", context)]


def _row(server: McpServer, process: Process, said: Mapping[str, Any]) -> dict[str, object]:
    state, listed = str(said.get("state", "")), said.get("tools")
    names = [str(name) for name in listed[:TOOLS]] if isinstance(listed, list) else []
    return {
        "worker": showing.anchor(process),
        "state": showing.label(_LABELS.get(state, ""), WORDS.get(state, state or "unknown")),
        "since": _since(said.get("since")),
        "error": showing.shorten(str(said.get("error") or ""), 300),
        "tools": [(showing.shorten(name, 100), name in server.allowed_tools) for name in names],
    }


def _since(said: object) -> SafeString | str:
    try:
        return showing.short_moment(datetime.fromisoformat(str(said)))
    except (ValueError, TypeError):
        return ""


def agents(request: HttpRequest, server: McpServer) -> list[Panel]:
    """Agents whose published version lists tools of it."""
    if not may_view(request, AgentConfig):
        return []
    ours = {offered.every(server.name), *offered.names_of(server)}
    users = [
        (showing.anchor(config), showing.shorten(", ".join(sorted(mine)), 300))
        for config in AgentConfig.objects.select_related("published").exclude(published=None).order_by("name")
        if config.published and (mine := ours & set(map(str, config.published.tools)))
    ]
    shown = format_html(
        '<ul class="console-plan">{}</ul>', format_html_join("", "<li>{} <small>{}</small></li>", users)
    )
    return [Panel("Agents that list its tools", shown if users else "")]
