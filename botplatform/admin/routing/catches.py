"""What a pattern's page says of its work: how often it decided, how that was judged, and what it caught last."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from botplatform.admin import panels, showing
from botplatform.admin.panels import Panel, address, may_view
from botplatform.admin.routing import firing
from botplatform.admin.story.links import story_url
from botplatform.models import Message, Pattern, Route, Update

SHOWN = 10
EXACT = 1_000_000
"""On the page of a single pattern its decisions are counted in full, up to this number."""


def catches(request: HttpRequest, pattern: Pattern) -> list[Panel]:
    """Figures, and the last few messages for those who may see messages."""
    often = firing.fired(request.user, [pattern.name], most=EXACT)[pattern.name]
    words = may_view(request, Message)
    context = {
        "figures": [
            ("decided in 24 hours", often.told(often.day)),
            ("in 7 days", often.told(often.week)),
            ("in 30 days", often.told(often.month)),
            ("judged wrong, 30 days", f"{often.judgement} judged" if often.judged else "none judged"),
        ],
        "rows": [_row(request, route, words) for route in firing.caught(request, pattern.name, shown=SHOWN)],
    }
    more = address(Route, rule=pattern.name) if often.month > SHOWN else ""
    return [panels.from_template("What it caught", "admin/routing/catches.html", context, more=more)]


def _row(request: HttpRequest, route: Any, words: bool) -> dict[str, Any]:
    return {
        "text": showing.shorten(route.said or "", 160) if words else "",
        "kept": not words or route.said is not None,
        "target": showing.visible(route.target),
        "verdict": showing.label(route.verdict) if route.verdict else "",
        "when": showing.short_moment(route.created_at),
        "route": showing.page_of(route),
        "story": story_url(route.update_id) if route.update_id and may_view(request, Update) else "",
    }
