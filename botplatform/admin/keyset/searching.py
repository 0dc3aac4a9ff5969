"""What a list's search box finds by indexes alone: a row's own number, and the names that providers give it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import QuerySet

from botplatform.admin.keyset.place import LARGEST

FOUND = 500
"""Rows that one way of looking finds at most."""
Search = Callable[[str], QuerySet[Any]]
"""A term in, ids out, by one index."""


def by_number(rows: QuerySet[Any]) -> Search:
    """The row whose id is the term."""

    def search(term: str) -> QuerySet[Any]:
        known = term.isascii() and term.isdigit() and len(term) < 20 and int(term) <= LARGEST
        return rows.filter(pk=int(term) if known else 0).values_list("pk")

    return search


def find(ways: Sequence[Search], term: str) -> list[int]:
    """Ids of what any of the ways finds, in one query."""
    if not ways or not (term := term.strip()):
        return []
    first, *others = (way(term).order_by()[:FOUND] for way in ways)
    found = first.union(*others, all=True) if others else first
    return sorted({pk for (pk,) in found if pk is not None})
