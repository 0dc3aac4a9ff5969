"""What operators have said of routes, summed: who went where, and how often that was right."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from botplatform.admin.scoping import within
from botplatform.models import Rollup, Route

BY_DAY = 31
"""Days of a range up to which its accuracy is shown by day; beyond, by week."""


@dataclass(frozen=True, slots=True)
class Judged:
    """Some routes of one day of which the same was said."""

    day: date
    method: str
    went: str
    should: str
    count: int

    @property
    def right(self) -> int:
        return self.count if self.went == self.should else 0


@dataclass(frozen=True, slots=True)
class Share:
    """How many there were, how many of them were judged, and how many of these were right."""

    name: str
    routes: int
    judged: int
    right: int

    summed: int = 0
    """As many as the hourly sums know of; fewer than were judged while these are being filled in."""

    @property
    def accuracy(self) -> float | None:
        return self.right / self.judged if self.judged else None


def begins(days: int) -> datetime:
    """The full hour at which a range of so many days begins: sums are kept by the hour."""
    return (timezone.now() - timedelta(days=days)).replace(minute=0, second=0, microsecond=0)


def judged(user: Any, since: datetime, bot: int | None) -> list[Judged]:
    """Of the bots that the person may see."""
    rows = within(user, Route.objects.exclude(verdict="").filter(created_at__gte=since))
    if bot is not None:
        rows = rows.filter(batch__session__bot=bot)
    names = ("day", "method", "target", "correct_target", "verdict")
    found = rows.annotate(day=TruncDate("created_at")).values(*names).annotate(count=Count("pk")).order_by()
    return [Judged(row["day"], row["method"], row["target"], _should(row), row["count"]) for row in found]


def _should(row: Mapping[str, Any]) -> str:
    right = row["verdict"] == Route.Verdict.RIGHT
    return str(row["target"] if right else row["correct_target"])


def decided(user: Any, since: datetime, bot: int | None) -> Counter[str]:
    """All routes by method, from the hourly sums, which follow within a minute or so."""
    rows = within(user, Rollup.objects.filter(grain="hour", kind="route", at__gte=since))
    if bot is not None:
        rows = rows.filter(bot=bot)
    return Counter({row["name"]: row["routes"] for row in rows.values("name").annotate(routes=Sum("count")).order_by()})


def confusion(found: Iterable[Judged]) -> dict[str, dict[str, int]]:
    """Right agent → where they went → how many."""
    matrix: dict[str, dict[str, int]] = defaultdict(dict)
    for one in found:
        matrix[one.should][one.went] = matrix[one.should].get(one.went, 0) + one.count
    return dict(matrix)


def by_method(found: Sequence[Judged], routes: Mapping[str, int]) -> list[Share]:
    """In the order of how often they decided."""
    names = sorted({*routes, *(one.method for one in found)}, key=lambda name: (-routes.get(name, 0), name))
    return [_share(name, routes.get(name, 0), [one for one in found if one.method == name]) for name in names]


def _share(name: str, routes: int, found: Sequence[Judged]) -> Share:
    count = sum(one.count for one in found)
    return Share(name, max(routes, count), count, sum(one.right for one in found), routes)


def over_time(found: Iterable[Judged], days: int) -> list[Share]:
    """By day or by week, those with a verdict alone."""
    parts: dict[date, list[Judged]] = defaultdict(list)
    for one in found:
        weekday = 0 if days <= BY_DAY else one.day.weekday()
        parts[one.day - timedelta(days=weekday)].append(one)
    return [_share(f"{begin:%Y-%m-%d}", 0, part) for begin, part in sorted(parts.items())]
