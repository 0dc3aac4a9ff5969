"""The page that says how good routing is: what operators have judged, and what the labelled cases say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from botplatform.admin import showing
from botplatform.admin.panels import address, may_view
from botplatform.admin.routing import judged as sums
from botplatform.admin.routing.figures import beside, matrix
from botplatform.admin.routing.judged import Share
from botplatform.admin.scoping import within
from botplatform.models import Bot, Route, RoutingVersion

RANGES = {7: "7 days", 30: "30 days", 90: "90 days", 365: "a year"}
USUAL = 30
FEW = 30
"""So few verdicts say little."""


def quality_view(request: HttpRequest) -> HttpResponse:
    """For those who may see routes; of the bots that they may see."""
    if not may_view(request, Route):
        raise PermissionDenied
    days, bots = _days(request), list(within(request.user, Bot.objects.order_by("transport", "slug")))
    bot = next((one for one in bots if str(one.pk) == request.GET.get("bot")), None)
    since = sums.begins(days)
    found = sums.judged(request.user, since, bot.pk if bot else None)
    methods = sums.by_method(found, sums.decided(request.user, since, bot.pk if bot else None))
    times = sums.over_time(found, days)
    context = {
        **admin.site.each_context(request),
        "title": "Routing quality",
        "ranges": [(value, title, value == days) for value, title in RANGES.items()],
        "bots": [(one.pk, showing.shorten(str(one), 40), one == bot) for one in bots],
        "total": _line(_all(methods)),
        "few": _all(methods).judged < FEW,
        "behind": any(one.summed < one.judged for one in methods),
        "methods": [_line(share) for share in methods],
        "matrix": matrix(sums.confusion(found), _links(since, bot)),
        "times": [_line(share) for share in times],
        "period": "day" if days <= sums.BY_DAY else "week beginning",
        "chart": _chart(times),
        **_evaluation(request),
    }
    return TemplateResponse(request, "admin/routing/quality.html", context)


def _days(request: HttpRequest) -> int:
    asked = request.GET.get("days", "")
    return int(asked) if asked in map(str, RANGES) else USUAL


def _all(methods: Sequence[Share]) -> Share:
    return Share("all", *(sum(getattr(one, name) for one in methods) for name in ("routes", "judged", "right")))


def _line(share: Share) -> dict[str, Any]:
    accuracy = showing.NOTHING if share.accuracy is None else f"{share.accuracy:.1%}"
    return {
        "name": share.name,
        "routes": share.routes,
        "judged": share.judged,
        "right": share.right,
        "accuracy": accuracy,
    }


def _links(since: datetime, bot: Bot | None) -> Callable[[str, str], str]:
    """A cell's routes in the log."""
    kept = {"since": f"{since:%Y-%m-%dT%H:%M}", **({"bot": str(bot.pk)} if bot else {})}

    def link(should: str, went: str) -> str:
        said = {"verdict": "right"} if should == went else {"verdict": "wrong", "correct_target": should}
        return f"{address(Route)}?{urlencode({'target': went, **said, **kept})}"

    return link


def _chart(times: Sequence[Share]) -> dict[str, Any]:
    return {
        "labels": [share.name for share in times],
        "accuracy": [round(100 * (share.accuracy or 0), 1) for share in times],
        "judged": [share.judged for share in times],
    }


def _evaluation(request: HttpRequest) -> dict[str, Any]:
    """What the labelled cases said of the version in force."""
    newest = RoutingVersion.objects.defer("patterns").order_by("-number").first()
    if newest is None or not may_view(request, RoutingVersion):
        return {}
    return {
        "version": newest,
        "version_url": showing.page_of(newest),
        "figures": beside((f"Version {newest.number}", newest.after)),
    }


urls: list[URLPattern] = [path("admin/routing/", admin.site.admin_view(quality_view), name="console-routing")]
