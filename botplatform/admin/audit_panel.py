"""On a row's page: what people did to it, for those who may read the audit log."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from botplatform.admin import columns, showing
from botplatform.admin.panels import Panel, address, may_view, table
from botplatform.models import AuditEntry

TITLE = "What was done to it"


@columns.column("action")
def action(row: Any) -> object:
    """What was done, struck out if nothing came of it."""
    return showing.anchor(row, row.action)


@columns.column("changes")
def changes(row: Any) -> object:
    """Before and after, field by field."""
    return changed(row.before, row.after) or showing.NOTHING


COLUMNS = (
    columns.when("at"),
    columns.excerpt("who"),
    action,
    columns.excerpt("told", "what became of it", length=120),
    columns.excerpt("why", "reason", length=120),
)


def of(request: HttpRequest, row: Model) -> list[Panel]:
    """The latest entries about a row; no panel where there are none."""
    if isinstance(row, AuditEntry) or not may_view(request, AuditEntry):
        return []
    kind = row._meta.label_lower
    entries = AuditEntry.objects.filter(object_type=kind, object_id=str(row.pk)).order_by("-id")
    panel = table(TITLE, entries, COLUMNS, more=address(AuditEntry, object_type=kind, object_id=row.pk))
    return [panel] if panel.markup else []


def changed(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> SafeString | str:
    """Each field that is not the same, before and after."""
    was, now = before or {}, after or {}
    names = [name for name in {**was, **now} if was.get(name) != now.get(name)]
    fields = [(showing.visible(name).replace("_", " "), _said(was, name), _said(now, name)) for name in names]
    if not fields:
        return ""
    return mark_safe(render_to_string("admin/difference.html", {"fields": fields}))  # noqa: S308 - escaped in the template


def _said(values: Mapping[str, Any], name: str) -> str:
    if name not in values or values[name] in (None, ""):
        return showing.NOTHING
    value = values[name]
    return showing.bounded(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def thing(entry: Any) -> object:
    """The row that an entry is about: a link while it exists as a kind of row that has a page."""
    name = showing.shorten(f"{entry.object_type.rpartition('.')[2]} {entry.object_id}".strip(), 40)
    try:
        model = apps.get_model(entry.object_type)
    except (LookupError, ValueError):
        return name or showing.NOTHING
    if model not in admin.site._registry or not entry.object_id.isdecimal():
        return name or showing.NOTHING
    return showing.anchor(model(pk=int(entry.object_id)), name)
