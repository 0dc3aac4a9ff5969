"""The links between a list's pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from botplatform.admin.keyset.place import AFTER, BEFORE, Place
from botplatform.admin.keyset.window import Window

Link = Callable[[dict[str, str]], str]
"""Variables in, the query string of the same list with them out."""


@dataclass(frozen=True, slots=True)
class Pages:
    """Takes the paginator's place on a list. Links that lead nowhere are empty."""

    per_page: int
    newest: str = ""
    newer: str = ""
    older: str = ""
    further_back: str = ""
    """Instead of `older`, where the page ends because of how far it looked."""
    looked_at: str = ""

    template_name: ClassVar[str] = "admin/keyset_pages.html"


@dataclass(frozen=True, slots=True)
class Found:
    """A page's rows in the order of the list, and whether there are more beyond them."""

    rows: Sequence[Any]
    more: bool


def found_at(place: Place, fetched: list[Any], *, per_page: int) -> Found:
    """From one row more than a page has, read in the direction of the place."""
    page = fetched[:per_page]
    return Found(page[::-1] if place.direction == AFTER else page, len(fetched) > per_page)


def pages(place: Place, found: Found, window: Window | None, link: Link, *, per_page: int) -> Pages:
    """Links beyond the page's rows; where it has none, beyond the place itself, or beyond what was looked at."""
    upwards = place.direction == AFTER
    more_newer = found.more if upwards else place.direction == BEFORE
    older = _beyond(place, found, link, BEFORE) if upwards or found.more else ""
    newer = _beyond(place, found, link, AFTER) if more_newer else ""
    stopped = window is not None and not found.more
    further = back = ""
    if window and stopped and not upwards and window.more_before:
        further = link({BEFORE: str(window.first)})
    if window and stopped and upwards:
        newer = link({AFTER: str(window.last)})
    if window:
        back = f"ids {window.first:,} to {window.last:,}" if window.last else ""
    return Pages(per_page, link({}) if place.direction else "", newer, older, further, back)


def _beyond(place: Place, found: Found, link: Link, direction: str) -> str:
    if found.rows:
        return link({direction: place.order.token(found.rows[-1 if direction == BEFORE else 0])})
    if place.moment is None:  # an empty page: on from where it began
        return link({direction: str(place.pk + (1 if direction == BEFORE else -1))})
    return ""
