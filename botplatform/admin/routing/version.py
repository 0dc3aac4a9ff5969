"""Routing versions: what messages were routed by, and what the labelled cases said of it."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import admin
from django.db.models import Exists, F, Func, IntegerField, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse

from botplatform.admin import columns, panels, showing
from botplatform.admin.base import PipelineAdmin
from botplatform.admin.panels import Panel
from botplatform.admin.routing import changes
from botplatform.admin.routing.figures import beside
from botplatform.admin.routing.publishing import PERMISSION, publish_again_view
from botplatform.models import RoutingVersion


@columns.column("in_force", "in force")
def in_force(version: Any) -> object:
    return showing.NOTHING if version.is_followed else showing.label("in force")


@columns.column("size", "patterns")
def size(version: Any) -> int:
    found: int = version.size
    return found


@columns.column("precision")
def precision(version: Any) -> str:
    return showing.NOTHING if version.precision is None else f"{version.precision:.1%}"


@columns.column("share", "settled by patterns")
def share(version: Any) -> str:
    return showing.NOTHING if version.share is None else f"{version.share:.1%}"


@columns.column("forced")
def forced(version: RoutingVersion) -> object:
    return showing.label("forced") if version.forced else showing.NOTHING


@admin.register(RoutingVersion)
class RoutingVersionAdmin(PipelineAdmin):
    """Made by publishing, never changed."""

    ordering = ("-number",)
    change_form_outer_before_template = "admin/routing/version_links.html"
    heavy = ("patterns", "before", "after")
    list_display = (
        "number", in_force, size, share, precision, forced, columns.excerpt("note"), columns.excerpt("created_by", "by"),
        columns.when("created_at"),
    )  # fmt: skip
    fields = (
        "number", in_force, size, forced, columns.whole("note"), columns.excerpt("created_by", "by"), columns.moment("created_at"),
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        shown: QuerySet[Any] = rows.annotate(
            is_followed=Exists(RoutingVersion.objects.filter(number__gt=OuterRef("number"))),
            size=Func(F("patterns"), function="jsonb_array_length", output_field=IntegerField()),
            precision=F("after__methods__pattern__precision"),
            share=F("after__methods__pattern__share"),
        )
        return shown

    def get_urls(self) -> list[URLPattern]:
        again = self.admin_site.admin_view(partial(publish_again_view, self))
        return [path("<int:number>/again/", again, name="botplatform_routingversion_again"), *super().get_urls()]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        row: Any = kwargs.get("obj")
        offered = row and row.is_followed and request.user.has_perm(PERMISSION)
        context["again_url"] = reverse("admin:botplatform_routingversion_again", args=[row.number]) if offered else ""
        answer: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return answer

    def panels(self, request: HttpRequest, row: RoutingVersion) -> list[Panel]:
        earlier = RoutingVersion.objects.filter(number__lt=row.number).order_by("-number").first()
        found = [Panel("What the labelled cases said", beside(("Before", row.before), ("Afterwards", row.after)))]
        if earlier:
            changed = changes.changes(earlier.patterns, row.patterns)
            found.insert(0, Panel(f"Changes since version {earlier.number}", changes.listed(changed)))
        return [*found, _patterns(row)]


def _patterns(version: RoutingVersion) -> Panel:
    kept = [{name: showing.visible(str(value)) for name, value in one.items()} for one in version.patterns]
    return panels.from_template("Patterns, in order", "admin/routing/patterns.html", {"patterns": kept})
