"""What a page shows below a row's fields: the rows that belong to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from botplatform.admin.showing import Column

SHOWN = 50
"""Rows in one panel at most; the list has the rest."""


@dataclass(frozen=True, slots=True)
class Panel:
    """A heading and what stands under it; empty markup says that there is nothing."""

    title: str
    markup: SafeString | str
    more: str = ""
    """Address of the list with all of them."""


def may_view(request: HttpRequest, *models: type[Model]) -> bool:
    """Whether the signed-in person may see rows of these models at all."""
    return person_may_view(request.user, *models)


def person_may_view(user: AbstractBaseUser | AnonymousUser, *models: type[Model]) -> bool:
    """The same of somebody in hand."""
    may = getattr(user, "has_perm", lambda permission: False)
    return all(
        may(f"{opts.app_label}.view_{opts.model_name}") or may(f"{opts.app_label}.change_{opts.model_name}")
        for opts in (model._meta for model in models)
    )


def address(model: type[Model], **filters: object) -> str:
    """A list's address with filters."""
    opts = model._meta
    query = "&".join(f"{name}={value}" for name, value in filters.items())
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist") + (f"?{query}" if query else "")


def table(title: str, rows: QuerySet[Any], columns: Sequence[Column], *, more: str = "") -> Panel:
    """The first SHOWN rows as a table."""
    found = list(rows[: SHOWN + 1])
    cells = [[shown(row) for shown in columns] for row in found[:SHOWN]]
    headers = [shown.short_description for shown in columns]  # type: ignore[attr-defined]  # set by admin.display
    return Panel(title, _table(headers, cells) if cells else "", more if len(found) > SHOWN else "")


def _table(headers: Sequence[str], cells: Sequence[Sequence[object]]) -> SafeString:
    context = {"table": {"headers": headers, "rows": cells}}
    return mark_safe(render_to_string("unfold/components/table.html", context))  # noqa: S308 - escaped in the template


def from_template(title: str, template: str, context: dict[str, Any], *, more: str = "") -> Panel:
    """Markup of one's own."""
    return Panel(title, mark_safe(render_to_string(template, context)), more)  # noqa: S308 - escaped in the template
