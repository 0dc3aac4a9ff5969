"""Where in a list a page begins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import DateTimeField, Model, Q

BEFORE, AFTER = "before", "after"
VARIABLES = (BEFORE, AFTER)
"""In the query string: the row that the page begins beyond."""
LARGEST = 2**63 - 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Order:
    """The newest first: by id, or by a column of moments and then by id."""

    column: str = ""

    @classmethod
    def of(cls, model: type[Model], ordering: Sequence[str]) -> Order:
        """From what an admin states: ("-some_at",) for a column of moments; anything else is by id."""
        first = ordering[0].removeprefix("-") if ordering else ""
        moments = {field.name for field in model._meta.concrete_fields if isinstance(field, DateTimeField)}
        return cls(first if first in moments else "")

    def fields(self, *, backwards: bool = False) -> tuple[str, ...]:
        """For order_by."""
        names = (self.column, "pk") if self.column else ("pk",)
        return names if backwards else tuple(f"-{name}" for name in names)

    def token(self, row: Model) -> str:
        """The row's place as the query string names it."""
        if not self.column:
            return str(row.pk)
        return f"{(getattr(row, self.column) - _EPOCH) // _MICROSECOND}-{row.pk}"


@dataclass(frozen=True, slots=True)
class Place:
    """Beyond which row the page lies, and on which side; without one it is the first page."""

    order: Order
    direction: str = ""
    pk: int = 0
    moment: datetime | None = None

    @classmethod
    def read(cls, order: Order, query: Mapping[str, Any]) -> Place:
        """From a query string. What makes no sense there is the first page."""
        for direction in VARIABLES:
            moment, _, pk = str(query.get(direction, "")).rpartition("-")
            if _is_number(pk) and bool(moment) == bool(order.column):
                try:
                    return cls(order, direction, int(pk), _moment(moment))
                except (ValueError, OverflowError):
                    continue
        return cls(order)

    def beyond(self) -> Q:
        """The rows of this page and of those behind it."""
        if not self.direction:
            return Q()
        sign = "lt" if self.direction == BEFORE else "gt"
        further = Q(**{f"pk__{sign}": self.pk})
        if self.moment is None:
            return further
        column = self.order.column
        return Q(**{f"{column}__{sign}e": self.moment}) & (Q(**{f"{column}__{sign}": self.moment}) | further)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= LARGEST


def _moment(text: str) -> datetime | None:
    if text and not _is_number(text):
        raise ValueError(text)
    return _EPOCH + int(text) * _MICROSECOND if text else None
