"""Tables of rows that belong to the row of a page; each for those who may see such rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Model
from django.http import HttpRequest

from botplatform.admin import columns, showing
from botplatform.admin.panels import Panel, address, may_view, table
from botplatform.admin.showing import Column
from botplatform.models import Approval, Batch, Message, Plan, Reminder, Reply, Route, RoutingCase, Run, Update


@columns.column("id")
def itself(row: Any) -> object:
    return showing.anchor(row, str(row.pk))


_TABLES: dict[type[Model], Sequence[Column]] = {
    Batch: (
        itself, columns.state(), columns.plain("size"), columns.plain("attempts"), columns.when("opened_at"),
        columns.when("finished_at"), columns.excerpt("error"),
    ),
    Message: (
        itself, columns.state("role"), columns.excerpt("author_name", "author"), columns.excerpt("text", length=120),
        columns.when("created_at"),
    ),
    RoutingCase: (
        itself, columns.excerpt("target"), columns.excerpt("text", length=120), columns.excerpt("created_by", "by"),
        columns.when("created_at"),
    ),
    Route: (itself, columns.state("method"), columns.excerpt("target"), columns.excerpt("rule"), columns.excerpt("note")),
    Run: (
        itself, columns.state(), columns.excerpt("agent"), columns.excerpt("worker"), columns.when("started_at"),
        columns.excerpt("error"),
    ),
    Plan: (
        itself, columns.plain("number"), columns.state(), columns.excerpt("summary", length=120), columns.when("created_at"),
        columns.when("finished_at"),
    ),
    Reminder: (
        itself, columns.plain("number"), columns.state(), columns.excerpt("text", length=120), columns.when("due_at"),
    ),
    Approval: (
        itself, columns.plain("number"), columns.excerpt("tool"), columns.excerpt("summary"), columns.state("risk"),
        columns.state(), columns.excerpt("decided_by"), columns.when("created_at", "asked"),
    ),
    Reply: (
        itself, columns.state("kind"), columns.plain("part"), columns.state(), columns.excerpt("text", length=90),
        columns.when("sent_at"), columns.excerpt("error"),
    ),
    Update: (
        itself, columns.excerpt("external_id"), columns.state("kind"), columns.state(), columns.excerpt("text", length=90),
        columns.when("received_at"),
    ),
}  # fmt: skip
_HEAVY: dict[type[Model], Sequence[str]] = {Update: ("raw", "headers"), Approval: ("arguments", "proposed", "said")}


def tables(request: HttpRequest, *models: type[Model], newest_first: bool = False, **owner: Model) -> list[Panel]:
    """One table a model: its rows that belong to `owner`, such as `batch=…`, in order of their ids."""
    [(name, row)] = owner.items()
    panels = []
    for model in models:
        if may_view(request, model):
            rows = model._default_manager.filter(**owner).order_by("-pk" if newest_first else "pk")
            more = address(model, **{f"{name}__id__exact": row.pk})
            title = str(model._meta.verbose_name_plural).capitalize()
            panels.append(table(title, rows.defer(*_HEAVY.get(model, ())), _TABLES[model], more=more))
    return panels
