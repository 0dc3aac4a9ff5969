"""The audit log: who did what to what, with what was there before and after. Nobody can change it, here or in SQL."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from botplatform.admin import audit_panel, columns, showing
from botplatform.admin.base import PipelineAdmin
from botplatform.admin.keyset.searching import Search, by_number
from botplatform.admin.scoping import bots_of
from botplatform.models import AuditEntry

LOOKED_THROUGH = 1000
"""The latest entries, whose values are offered as filters."""


def _recent(name: str, title: str) -> type[SimpleListFilter]:
    """A filter by an exact value; offered are those of the latest entries."""

    class Recent(SimpleListFilter):
        def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
            latest = AuditEntry.objects.order_by("-id").values_list(name, flat=True)[:LOOKED_THROUGH]
            known = sorted({*latest, *([self.value()] if self.value() else [])} - {""})
            return [(value, showing.shorten(value, 60)) for value in known]

        def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
            return queryset.filter(**{name: self.value()}) if self.value() else queryset

    Recent.title, Recent.parameter_name = title, name
    return Recent


class Exactly(SimpleListFilter):
    """The entries about one object, as its page links to them; nothing is offered."""

    title, parameter_name = "object", "object_id"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(self.value() or "", showing.shorten(self.value() or "", 60))] if self.value() else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(object_id=self.value()) if self.value() else queryset


def _by(**fixed: Callable[[], Any]) -> Callable[[str], Search]:
    def of(name: str) -> Search:
        def search(term: str) -> QuerySet[Any]:
            known = {key: value() for key, value in fixed.items()}
            return AuditEntry.objects.filter(**known, **{name: term}).values_list("pk")

        return search

    return of


_of_object = _by(object_type__in=lambda: [model._meta.label_lower for model in apps.get_models()])("object_id")
_of_person = _by()("who")


@columns.column("object")
def _object(row: Any) -> object:
    return audit_panel.thing(row)


@columns.column("took_effect", "took effect")
def _took_effect(row: Any) -> object:
    return showing.label("done", "yes") if row.took_effect else showing.label("failed", "no")


@admin.register(AuditEntry)
class AuditEntryAdmin(PipelineAdmin):
    list_display = (
        "id",
        columns.when("at"),
        columns.excerpt("who"),
        columns.excerpt("action"),
        _object,
        columns.excerpt("told", "what became of it"),
        columns.excerpt("why", "reason"),
        _took_effect,
    )
    list_filter = (
        _recent("who", "who"),
        _recent("action", "action"),
        _recent("object_type", "kind of object"),
        Exactly,
    )
    fields = readonly_fields = (
        columns.moment("at"), columns.excerpt("who", length=150), columns.excerpt("action"), _object,
        columns.excerpt("object_name", "its name", length=200), audit_panel.changes, columns.excerpt("why", "reason", length=500),
        columns.excerpt("told", "what became of it", length=500), _took_effect, columns.excerpt("address"),
        columns.excerpt("request_id", "request"),
    )  # fmt: skip
    heavy = ("before", "after")
    search_by = (by_number(AuditEntry.objects.all()), _of_object, _of_person)
    search_fields = ("=object_id", "=who")
    search_help_text = "An object's id, or a user name"

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """The log speaks of all bots, so it is not for people who are limited to some."""
        return bool(super().has_view_permission(request, obj)) and bots_of(request.user) is None
