"""Routes: which agent a batch went to, and why; and whether that was right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import Left
from django.http import HttpRequest
from django.urls import URLPattern, path

from botplatform.admin import columns, related, showing
from botplatform.admin.base import PipelineAdmin, choices
from botplatform.admin.panels import Panel, may_view
from botplatform.admin.routing.filters import Anything, Details, Target, Verdict
from botplatform.admin.routing.judging import judge_view, verdict_column
from botplatform.admin.routing.route_operations import RIGHT, WRONG
from botplatform.models import Batch, Message, Route, RoutingCase, RoutingVersion, Update

SHOWN_CHARACTERS = 300
ERASED, PRUNED = "(erased)", "(no longer kept)"
"""In the place of a message that its writer had deleted, and of one that has served its time."""


@columns.column("said", "first message")
def said(route: Any) -> object:
    return showing.roomy(showing.shorten(route.said, 80)) if route.said else _silence(route)


def _silence(route: Any) -> str:
    """Why there is nothing to read."""
    if route.said is not None:
        return "(no text)"
    return ERASED if route.was_erased else PRUNED


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
    served = {"verdict": ("right", "wrong"), "rule": Anything()}
    harmless = ("bot", "since", "until")
    list_display = (
        "id", said, columns.state("method"), columns.excerpt("target"), columns.excerpt("rule", "pattern"), verdict, latency,
        columns.when("created_at"), columns.excerpt("note", length=40),
    )  # fmt: skip
    list_filter = (choices("method", Route.Method.values), Target, Verdict, Details)
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
        wiped = Update.objects.filter(batch_id=OuterRef("batch_id"), text="", raw=b"")
        rows: QuerySet[Any] = super().get_queryset(request)
        return (
            rows.annotate(said=beginning, was_erased=Subquery(wiped.values("pk")[:1]))
            if may_view(request, Message)
            else rows
        )

    def get_list_display(self, request: HttpRequest) -> Sequence[Any]:
        judged = verdict_column(request)
        shown = [judged if column is verdict else column for column in self.list_display]
        return [column for column in shown if column is not said or may_view(request, Message)]

    def get_urls(self) -> list[URLPattern]:
        judge = self.admin_site.admin_view(partial(judge_view, self))
        return [path("<int:pk>/judge/", judge, name="botplatform_route_judge"), *super().get_urls()]

    def panels(self, request: HttpRequest, row: Any) -> list[Panel]:
        messages = related.tables(request, Message, batch=row.batch)
        told = [panel if panel.markup else replace(panel, markup=_silence(row)) for panel in messages]
        return [*told, *related.tables(request, RoutingCase, route=row)]
