"""One chapter of the story, and what its facts are made of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Model
from django.utils.html import format_html
from django.utils.safestring import SafeString

from botplatform.admin import showing
from botplatform.admin.story import bodies


@dataclass(frozen=True, slots=True)
class Chapter:
    """One row of the story."""

    anchor: str
    icon: str
    title: str
    url: str
    state: SafeString | str
    facts: list[tuple[str, object]]
    text: str = ""
    folds: list[bodies.Fold] = field(default_factory=list)
    steps: list[dict[str, Any]] = field(default_factory=list)
    more: str = ""
    plan: list[dict[str, Any]] = field(default_factory=list)
    """Steps of a plan; each has its runs, which are chapters themselves."""


def link(model: type[Model], pk: int | None, text: str = "") -> object:
    """To a row's page, if there is one."""
    return showing.anchor(model(pk=pk), text or str(pk)) if pk is not None else ""


def page(model: type[Model], pk: int) -> str:
    """The address of a row's page."""
    return showing.page_of(model(pk=pk))


def kept(facts: Iterable[tuple[str, object]]) -> list[tuple[str, object]]:
    """Without the empty ones, and with nothing invisible in them."""
    told = ((name, value) for name, value in facts if value not in (None, "", [], showing.NOTHING))
    return [(name, value if isinstance(value, SafeString) else showing.visible(str(value))) for name, value in told]


def at(moment: datetime | None, base: datetime) -> object:
    """A moment by the clock and by its distance from the arrival; the whole of it on hovering."""
    if moment is None:
        return ""
    later = (moment - base).total_seconds()
    shown = f"{moment:%H:%M:%S}" if moment.date() == base.date() else f"{moment:%Y-%m-%d %H:%M:%S}"
    sign = "+" if later >= 0 else "-"
    apart = f"{sign}{showing.distance(moment - base)}" if abs(later) >= 0.05 else ""
    return format_html('<time title="{}">{} <small>{}</small></time>', showing.full_moment(moment), shown, apart)


def money(amount: Any) -> str:
    """Dollars, to a millionth."""
    return f"${amount:.6f}"
