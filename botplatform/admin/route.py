"""Routes: which agent a batch went to, and why; and whether that was right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import Left
from django.http import HttpRequest

from botplatform.admin import columns, related, showing, targets
from botplatform.admin.base import PipelineAdmin, choices
from botplatform.admin.panels import Panel, may_view
from botplatform.admin.route_operations import RIGHT, WRONG
from botplatform.models import Batch, Message, Route, RoutingCase, RoutingVersion

SHOWN_CHARACTERS = 300


class Target(SimpleListFilter):
    """Routes by where they led."""

    title = "target"
    parameter_name = "target"

    def lookups(self, request: HttpRequest, model_admin: Any) -> targets.Choices:
        return targets.agents(kept=request.GET.get("target", ""))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Route]) -> QuerySet[Route]:
        return queryset.filter(target=self.value()) if self.value() else queryset


class Verdict(SimpleListFilter):
    """Routes by what an operator said."""

    title = "verdict"
    parameter_name = "verdict"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("none", "not judged"), ("right", "right"), ("wrong", "wrong")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Route]) -> QuerySet[Route]:
        known = {"none": "", "right": "right", "wrong": "wrong"}
        return queryset.filter(verdict=known[self.value() or ""]) if self.value() in known else queryset


@columns.column("said", "first message")
def said(route: Any) -> object:
    return showing.roomy(showing.shorten(route.said or "", 80)) or showing.NOTHING


@columns.column("verdict")
def verdict(route: Route) -> object:
    return showing.label(route.verdict) if route.verdict else showing.NOTHING


@columns.column("latency_ms", "latency")
def latency(route: Route) -> object:
    return showing.unbroken(f"{route.latency_ms} ms")


@columns.column("cost_usd", "cost")
def cost(route: Route) -> str:
    return f"${route.cost_usd:.6f}" if route.cost_usd else showing.NOTHING


@admin.register(Route)
class RouteAdmin(PipelineAdmin):
    operations = (RIGHT, WRONG)
    quick_filters = (
        ("All", ""), ("By patterns", "method=pattern"), ("By the model", "method=model"), ("Fallback", "method=fallback"),
        ("Judged wrong", "verdict=wrong"),
    )  # fmt: skip
    heavy = ("classification", "debug")
    list_display = (
        "id", said, columns.state("method"), columns.excerpt("target"), columns.excerpt("rule"), latency,
        columns.excerpt("note", length=40), verdict, columns.excerpt("correct_target"), columns.when("created_at"),
    )  # fmt: skip
    list_filter = (choices("method", Route.Method.values), Target, Verdict)
    fieldsets = (
        (None, {"fields": (
            columns.number("batch", Batch), columns.state("method"), "target", columns.whole("rule"), columns.whole("note"), latency,
            columns.number("version", RoutingVersion, "routing version"), columns.moment("created_at"),
        )}),
        ("Verdict", {"fields": (verdict, "correct_target", "judged_by", columns.moment("judged_at"))}),
        ("The router's model", {"fields": (
            columns.excerpt("model"), columns.json_of("classification"), "tokens_in", "tokens_out", cost, columns.json_of("debug"),
        )}),
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        messages = Message.objects.filter(batch_id=OuterRef("batch_id"), role=Message.Role.USER).order_by("pk")
        beginning = Left(Subquery(messages.values("text")[:1]), SHOWN_CHARACTERS)
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.annotate(said=beginning) if may_view(request, Message) else rows

    def get_list_display(self, request: HttpRequest) -> Sequence[Any]:
        return [shown for shown in self.list_display if shown is not said or may_view(request, Message)]

    def panels(self, request: HttpRequest, row: Route) -> list[Panel]:
        messages = related.tables(request, Message, batch=row.batch)
        return [*messages, *related.tables(request, RoutingCase, route=row)]
