"""Patterns: the rules that routing tries before it asks a model, as they are being edited."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path

from botplatform.admin import columns, routing_changes, showing
from botplatform.admin.base import ConsoleAdmin, choices
from botplatform.admin.pattern_form import PatternForm
from botplatform.admin.routing_publishing import PERMISSION, publish_view
from botplatform.models import Pattern
from botplatform.pipeline import creating
from transports.registry import TRANSPORTS

EXPLANATION = (
    "Patterns are tried in the order of their positions, and the first that matches decides. "
    "What is saved here is a draft: it takes hold when the patterns are published."
)


@columns.column("expression")
def expression(pattern: Pattern) -> object:
    return showing.code(showing.shorten(pattern.expression, 90))


@columns.column("tests")
def tests(pattern: Pattern) -> int:
    return len(pattern.tests)


@columns.column("standing", "published")
def standing(pattern: Any) -> object:
    """How it differs from the version in force; set by the list."""
    return showing.label(pattern.standing) if pattern.standing else showing.NOTHING


@admin.register(Pattern)
class PatternAdmin(ConsoleAdmin):
    form = PatternForm
    list_before_template = "admin/pattern_banner.html"
    ordering = ("position", "id")
    list_display = (
        "position", "name", expression, columns.excerpt("target"), columns.excerpt("platform"), "enabled", standing, tests,
        columns.excerpt("note", length=40),
    )  # fmt: skip
    list_display_links = ("name",)
    list_filter = ("enabled", choices("platform", sorted(TRANSPORTS)))
    search_fields = ("name", "expression", "target", "note")
    search_help_text = "Name, expression, target, note"
    fieldsets = (
        (None, {"fields": ("name", "expression", "target", "platform", "tests", "anyway"), "description": EXPLANATION}),
        ("Order", {"fields": ("position", "enabled", "note")}),
    )

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"position": creating.next_position(), **super().get_changeform_initial_data(request)}

    def get_urls(self) -> list[URLPattern]:
        publish = self.admin_site.admin_view(partial(publish_view, self))
        return [path("publish/", publish, name="botplatform_pattern_publish"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        more = {"unpublished": len(routing_changes.unpublished()), "may_publish": request.user.has_perm(PERMISSION)}
        answer: HttpResponse = super().changelist_view(request, {**(extra_context or {}), **more})
        return answer

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """The list, each of its rows with its standing."""
        listed = super().get_changelist_instance(request)
        changed = {change.name: change.kind for change in routing_changes.unpublished()}
        for row in listed.result_list:
            row.standing = changed.get(row.name, "published" if row.enabled else "")
        return listed
