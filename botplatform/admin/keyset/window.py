"""How far back a list looks for rows that no index finds: a stretch of ids, and then it says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from botplatform.admin.keyset.place import AFTER, BEFORE, LARGEST, Place


@dataclass(frozen=True, slots=True)
class Window:
    """Ids from `first` to `last`, both looked at."""

    first: int
    last: int

    def inside(self) -> Q:
        return Q(pk__gte=self.first, pk__lte=self.last)

    @property
    def more_before(self) -> bool:
        return self.first > 1


def around(place: Place, rows: QuerySet[Any], *, length: int) -> Window:
    """The `length` ids next to a place, in its direction. `rows`: all of the table, for its newest id."""
    if place.direction == AFTER:
        return Window(place.pk + 1, min(place.pk + length, LARGEST))
    last = place.pk - 1 if place.direction == BEFORE else _newest(rows)
    return Window(max(last - length + 1, 0), last)


def _newest(rows: QuerySet[Any]) -> int:
    return rows.order_by("-pk").values_list("pk", flat=True).first() or 0
