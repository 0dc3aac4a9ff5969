"""Patterns: the rules that routing tries before it asks a model, as they are being edited."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.html import format_html

from botplatform.admin import columns, showing
from botplatform.admin.base import ConsoleAdmin, choices
from botplatform.admin.panels import Panel, may_view
from botplatform.admin.routing import changes, firing
from botplatform.admin.routing.catches import catches
from botplatform.admin.routing.pattern_form import PatternForm
from botplatform.admin.routing.publishing import PERMISSION, publish_view
from botplatform.admin.routing.trying import try_url, try_view
from botplatform.models import Pattern, Route
from botplatform.pipeline import creating
from transports.registry import TRANSPORTS

EXPLANATION = (
    "Patterns are tried in the order of their positions, and the first that matches decides. "
    "What is saved here is a draft: it takes hold when the patterns are published."
)


@columns.column("expression")
def expression(pattern: Pattern) -> object:
    return format_html('<code class="routing-expression">{}</code>', showing.shorten(pattern.expression, 70))


@columns.column("fired", "fired 24 h / 7 d / 30 d")
def fired(pattern: Any) -> object:
    """How often it decided; set by the list."""
    return showing.unbroken(pattern.fired.often)


@columns.column("wrong", "wrong of judged, 30 d")
def wrong(pattern: Any) -> object:
    return showing.unbroken(pattern.fired.judgement) if pattern.fired.judged else showing.NOTHING


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
    list_before_template = "admin/routing/banner.html"
    change_form_after_template = "admin/routing/try_panel.html"
    ordering = ("position", "id")
    list_display = (
        "position", "name", expression, columns.excerpt("target"), "enabled", standing, fired, wrong,
        columns.excerpt("platform"), tests, columns.excerpt("note", length=40),
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
        publish, tried = (self.admin_site.admin_view(partial(view, self)) for view in (publish_view, try_view))
        return [
            path("publish/", publish, name="botplatform_pattern_publish"),
            path("try/", tried, name="botplatform_pattern_try"),
            path("<int:pk>/try/", tried, name="botplatform_pattern_try"),
            *super().get_urls(),
        ]

    def get_list_display(self, request: HttpRequest) -> Sequence[Any]:
        return [shown for shown in self.list_display if shown not in (fired, wrong) or may_view(request, Route)]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        row = kwargs.get("obj")
        may_edit = self.has_change_permission(request, row) if row else self.has_add_permission(request)
        context["try_url"] = try_url(request, row.pk if row else None) if may_edit else ""
        answer: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return answer

    def panels(self, request: HttpRequest, row: Pattern) -> list[Panel]:
        return catches(request, row) if may_view(request, Route) else []

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        more = {"unpublished": len(changes.unpublished()), "may_publish": request.user.has_perm(PERMISSION)}
        answer: HttpResponse = super().changelist_view(request, {**(extra_context or {}), **more})
        return answer

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """The list, each of its rows with its standing and how often it fired."""
        listed = super().get_changelist_instance(request)
        changed = {change.name: change.kind for change in changes.unpublished()}
        names = [row.name for row in listed.result_list]
        often = firing.fired(request.user, names) if may_view(request, Route) else {}
        for row in listed.result_list:
            row.fired = often.get(row.name, firing.Fired())
            row.standing = changed.get(row.name, "published" if row.enabled else "")
        return listed
