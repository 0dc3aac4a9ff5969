"""How often patterns have decided lately, how often that was judged, and what they caught last."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Left
from django.http import HttpRequest
from django.utils import timezone

from botplatform.admin.scoping import bots_of, within
from botplatform.models import Message, Route, Update

MOST = 2000
"""Decisions that are counted for each pattern of a list; more are shown as `2,000+`."""
MONTH = timedelta(days=30)
SHOWN_CHARACTERS = 300

# Each pattern walks its own stretch of the index route_rules, and no further than MOST.
_FIRED = """
    SELECT asked.name, count(*) FILTER (WHERE found.created_at > now() - interval '1 day'),
        count(*) FILTER (WHERE found.created_at > now() - interval '7 days'), count(*)
    FROM unnest(%(names)s::text[]) asked(name) CROSS JOIN LATERAL (
        SELECT t.created_at FROM botplatform_route t {joined}
        WHERE t.rule = asked.name AND t.rule <> '' AND t.created_at > now() - interval '30 days' {limited}
        ORDER BY t.created_at DESC LIMIT %(most)s) found
    GROUP BY asked.name"""
_JOINED = "JOIN botplatform_batch b ON b.id = t.batch_id JOIN botplatform_session s ON s.id = b.session_id"


@dataclass(frozen=True, slots=True)
class Fired:
    """Of one pattern: decisions in the last 24 hours, 7 days, 30 days, and what was said of those of 30 days."""

    day: int = 0
    week: int = 0
    month: int = 0
    judged: int = 0
    wrong: int = 0
    most: int = MOST

    def told(self, count: int) -> str:
        return f"{count:,}+" if count >= self.most else f"{count:,}"

    @property
    def often(self) -> str:
        """All three in a line."""
        return " / ".join(self.told(count) for count in (self.day, self.week, self.month))

    @property
    def judgement(self) -> str:
        return f"{self.wrong} of {self.judged}" if self.judged else ""


def fired(user: Any, names: Collection[str], *, most: int = MOST) -> dict[str, Fired]:
    """By pattern, from the routes of bots that the person may see. Two queries, however many patterns."""
    counts, judged = _counts(user, names, most), _judged(user, names)
    return {name: Fired(*counts.get(name, (0, 0, 0)), *judged.get(name, (0, 0)), most) for name in names}


def _counts(user: Any, names: Collection[str], most: int) -> dict[str, tuple[int, int, int]]:
    bots = bots_of(user)
    sql = _FIRED.format(
        joined="" if bots is None else _JOINED, limited="" if bots is None else "AND s.bot_id = ANY(%(bots)s)"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, {"names": list(names), "most": most, "bots": list(bots or ())})
        return {name: (day, week, month) for name, day, week, month in cursor.fetchall()}


def _judged(user: Any, names: Collection[str]) -> dict[str, tuple[int, int]]:
    rows = within(user, Route.objects.exclude(verdict="").filter(created_at__gt=timezone.now() - MONTH, rule__in=names))
    wrong = Count("pk", filter=Q(verdict=Route.Verdict.WRONG))
    found = rows.values("rule").annotate(judged=Count("pk"), wrong=wrong).order_by()
    return {row["rule"]: (row["judged"], row["wrong"]) for row in found}


def caught(request: HttpRequest, name: str, *, shown: int) -> Sequence[Any]:
    """The latest routes of a pattern, each with the beginning of its first message (`said`) and its update (`update_id`)."""
    messages = Message.objects.filter(batch_id=OuterRef("batch_id"), role=Message.Role.USER).order_by("pk")
    updates = Update.objects.filter(batch_id=OuterRef("batch_id")).order_by("pk")
    rows: QuerySet[Any] = within(request.user, Route.objects.exclude(rule="").filter(rule=name))
    beginning = Left(Subquery(messages.values("text")[:1]), SHOWN_CHARACTERS)
    return list(
        rows.annotate(said=beginning, update_id=Subquery(updates.values("pk")[:1])).order_by("-created_at")[:shown]
    )
