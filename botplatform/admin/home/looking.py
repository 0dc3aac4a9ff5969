"""Whose figures are looked at: a person's, of the bots they may see, perhaps of one bot alone."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, QuerySet
from django.http import HttpRequest

from botplatform.admin.panels import may_view
from botplatform.admin.scoping import PATHS, bots_of, within
from botplatform.models import Batch, Bot, Reply, Rollup, Route, Run, Step, Update

MANY = 1000
"""Nobody needs to know by how much there are more of something, and to count on takes longer and longer."""

MODELS: dict[str, type[Model]] = {
    "update": Update,
    "duplicate": Update,
    "batch": Batch,
    "answer": Reply,
    "route": Route,
    "run": Run,
    "model": Step,
    "tool": Step,
}
"""Whose sums a kind of rollup holds: who may not see the rows does not see their sums."""


@dataclass(frozen=True, slots=True)
class Look:
    """One request's view of the installation."""

    request: HttpRequest
    chosen: Bot | None

    def sees(self, *models: type[Model]) -> bool:
        return may_view(self.request, *models)

    def rows(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Those that the person may see, of the chosen bot."""
        mine = within(self.request.user, rows)
        path = PATHS.get(rows.model)
        return mine.filter(**{path: self.chosen.pk}) if self.chosen and path else mine

    def rollups(self, grain: str) -> QuerySet[Rollup]:
        """Sums of the kinds that the person may see; without the marks."""
        kinds = [kind for kind, model in MODELS.items() if self.sees(model)]
        found: QuerySet[Rollup] = self.rows(Rollup.objects.filter(grain=grain, kind__in=kinds, bot__isnull=False))
        return found

    def bots(self) -> Collection[int] | None:
        """The same for plain SQL: ids of bots; None for all."""
        return [self.chosen.pk] if self.chosen else bots_of(self.request.user)


def look(request: HttpRequest) -> Look:
    """What `?bot=` asks for, if it is a bot that the person may see; otherwise all of those."""
    asked = request.GET.get("bot", "")
    known = asked.isascii() and asked.isdigit() and len(asked) < 18 and may_view(request, Bot)
    return Look(request, within(request.user, Bot.objects.filter(pk=int(asked))).first() if known else None)


def count(rows: QuerySet[Any]) -> int:
    """How many there are, but no more than one above MANY."""
    return rows.order_by()[: MANY + 1].count()


def told(number: int) -> str:
    return f"{MANY:,}+" if number > MANY else f"{number:,}"
