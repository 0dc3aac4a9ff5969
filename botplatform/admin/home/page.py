"""The page, and the two parts of it that are asked for again while it is open."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils import timezone

from botplatform.admin import showing
from botplatform.admin.attention import alive
from botplatform.admin.home import figures as reading
from botplatform.admin.home import spans
from botplatform.admin.home.charts import drawn
from botplatform.admin.home.looking import Look, look, told
from botplatform.admin.home.needs import Need, missing, needs, watches
from botplatform.admin.home.standing import standings
from botplatform.admin.home.tiles import Tile, tiles
from botplatform.admin.scoping import within
from botplatform.models import Bot, Process, Rollup

SUMMED = timedelta(minutes=3)
"""Sums older than this stand still."""


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Adds to the context of the home page."""
    seen = look(request)
    span = spans.chosen(request.GET.get("range", ""))
    query = request.GET.urlencode()
    return {**context, "title": "Home", "query": query, **_now(seen), **_past(seen, span), **_choices(seen, span)}


def now_view(request: HttpRequest) -> HttpResponse:
    """Headline, what needs you, tiles."""
    return render(request, "admin/home/now.html", _now(look(request)))


def past_view(request: HttpRequest) -> HttpResponse:
    """The charts and the agents."""
    span = spans.chosen(request.GET.get("range", ""))
    return render(request, "admin/home/past.html", _past(look(request), span))


def _now(seen: Look) -> dict[str, Any]:
    away, wanted, shown = missing(seen), needs(seen), tiles(seen, timezone.now())
    watched = watches(seen)
    processes = alive().order_by("role", "name") if seen.sees(Process) else []
    return {
        "missing": away, "needs_you": wanted, "tiles": shown, "watched": watched, "processes": processes,
        "headline": _headline(away, wanted, shown) if watched else None,
    }  # fmt: skip


def _headline(away: Sequence[Need], wanted: Sequence[Need], shown: Sequence[Tile]) -> dict[str, str]:
    """One line that says whether all is well."""
    complaints = [tile.complaint for tile in shown if tile.complaint]
    levels = [one.level for one in (*away, *wanted)] + [tile.level for tile in shown if tile.complaint]
    number = len(away) + sum(need.number for need in wanted)
    level = "danger" if "danger" in levels else "warning" if "warning" in levels else "calm"
    if not number and not complaints:
        return {"level": "calm", "text": "All is well", "icon": "check_circle", "more": ""}
    more = ("and " if number and complaints else "") + "; ".join(complaints)
    things = (
        "1 thing needs you"
        if number == 1
        else f"{told(number)} things need you"
        if number
        else "Nothing needs you, but"
    )
    return {"level": level, "text": things, "icon": "error" if level == "danger" else "warning", "more": more}


def _past(seen: Look, span: spans.Span) -> dict[str, Any]:
    figures = reading.read(seen, span, timezone.now())
    charts = drawn(figures)
    agents = standings(seen, figures) if "run" in figures.kinds else None
    mark = (
        Rollup.objects.filter(grain="minute", kind="update", bot=None).order_by("-at").values_list("last_at", flat=True)
    )
    summed = mark.first()
    return {
        "span": span, "charts": charts, "data": [chart.drawn() for chart in charts if not chart.empty], "agents": agents,
        "summed": showing.relative(summed) if summed else "", "still": not summed or timezone.now() - summed > SUMMED,
    }  # fmt: skip


def _choices(seen: Look, span: spans.Span) -> dict[str, Any]:
    """The ranges, and the bots where there is a choice."""
    bots = list(within(seen.request.user, Bot.objects.order_by("transport", "slug"))[:200]) if seen.sees(Bot) else []
    return {"spans": list(spans.SPANS), "bots": bots if len(bots) > 1 else [], "chosen": seen.chosen}


urls: list[URLPattern] = [
    path("admin/home/now/", admin.site.admin_view(now_view), name="console-home-now"),
    path("admin/home/past/", admin.site.admin_view(past_view), name="console-home-past"),
]
