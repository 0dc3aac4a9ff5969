"""How routes are found: by where they led, what was said of them, by pattern, bot, time and speed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from django.contrib.admin import ListFilter, SimpleListFilter
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from botplatform.admin import showing, targets
from botplatform.admin.scoping import within
from botplatform.models import Bot, Pattern, Route

Choices = list[tuple[str, str]]

TIMES: Mapping[str, tuple[str, Q]] = {
    "quick": ("under 10 ms", Q(latency_ms__lt=10)),
    "medium": ("10 ms to 1 s", Q(latency_ms__gte=10, latency_ms__lt=1000)),
    "slow": ("1 s and more", Q(latency_ms__gte=1000)),
    "late": ("3 s and more", Q(latency_ms__gte=3000)),
}
"""How long a decision took."""


class Anything(frozenset[str]):
    """Every value of a filter."""

    def __contains__(self, value: object) -> bool:
        return True


class Target(SimpleListFilter):
    """Routes by where they led."""

    title = "target"
    parameter_name = "target"

    def lookups(self, request: HttpRequest, model_admin: Any) -> targets.Choices:
        return targets.agents(kept=request.GET.get("target", ""))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Route]) -> QuerySet[Route]:
        return queryset.filter(target=self.value()) if self.value() else queryset


class Verdict(SimpleListFilter):
    """Routes by what an operator said."""

    title = "verdict"
    parameter_name = "verdict"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [("none", "not judged"), ("right", "right"), ("wrong", "wrong")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Route]) -> QuerySet[Route]:
        known = {"none": "", "right": "right", "wrong": "wrong"}
        return queryset.filter(verdict=known[self.value() or ""]) if self.value() in known else queryset


class Details(ListFilter):
    """Several fields and one button. Moments are in UTC; what cannot be read is passed over."""

    title = "details"
    template = "admin/routing/details.html"
    names = ("rule", "bot", "since", "until", "took")

    def __init__(self, request: HttpRequest, params: dict[str, Any], model: Any, model_admin: Any) -> None:
        super().__init__(request, params, model, model_admin)
        given = {name: params.pop(name)[-1] for name in self.names if name in params}
        self.said: dict[str, str] = {name: str(value) for name, value in given.items() if value}
        self.used_parameters = dict(self.said)

    def has_output(self) -> bool:
        return True

    def expected_parameters(self) -> list[str | None]:
        return list(self.names)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Route]) -> QuerySet[Route]:
        return queryset.filter(*self._conditions())

    def _conditions(self) -> Iterator[Q]:
        said = self.said
        if rule := said.get("rule"):
            yield Q(rule=rule)
        if said.get("bot", "").isdecimal() and len(said["bot"]) < 19:
            yield Q(batch__session__bot=int(said["bot"]))
        if since := moment(said.get("since", "")):
            yield Q(created_at__gte=since)
        if until := moment(said.get("until", "")):
            yield Q(created_at__lte=until)
        if (took := said.get("took", "")) in TIMES:
            yield TIMES[took][1]

    def choices(self, changelist: Any) -> Iterator[dict[str, Any]]:
        """The fields; and what the other filters say, which goes with them."""
        said = {name: self.said.get(name, "") for name in self.names}
        kept = {name: value for name, value in changelist.params.items() if name not in (*self.names, "p")}
        yield {"field": "hidden", "kept": [(name, one) for name, value in kept.items() for one in _each(value)]}
        yield {
            "field": "select",
            "name": "rule",
            "label": "Pattern",
            "options": _rules(said["rule"]),
            "value": said["rule"],
        }
        yield {"field": "select", "name": "bot", "label": "Bot", "options": _bots(self.request), "value": said["bot"]}
        times = [("", "any time"), *((name, title) for name, (title, _) in TIMES.items())]
        yield {"field": "select", "name": "took", "label": "Decided in", "options": times, "value": said["took"]}
        yield {"field": "moment", "name": "since", "label": "From (UTC)", "value": _field(said["since"])}
        yield {"field": "moment", "name": "until", "label": "To (UTC)", "value": _field(said["until"])}


def moment(text: str) -> datetime | None:
    """A moment as a browser's field or a link of ours writes it."""
    try:
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _field(text: str) -> str:
    found = moment(text)
    return f"{found.astimezone(UTC):%Y-%m-%dT%H:%M}" if found else ""


def _each(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _rules(kept: str) -> Choices:
    names = {*Pattern.objects.values_list("name", flat=True), *([kept] if kept else [])}
    return [("", "any pattern"), *((name, showing.shorten(name, 40)) for name in sorted(names))]


def _bots(request: HttpRequest) -> Choices:
    rows = within(request.user, Bot.objects.order_by("transport", "slug"))
    return [("", "all bots"), *((str(bot.pk), showing.shorten(str(bot), 40)) for bot in rows)]
