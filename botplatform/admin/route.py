"""Routes: which agent a batch went to, and why."""

from __future__ import annotations

from django.contrib import admin

from botplatform.admin import columns
from botplatform.admin.base import PipelineAdmin, choices
from botplatform.models import Batch, Route


@admin.register(Route)
class RouteAdmin(PipelineAdmin):
    list_display = (
        "id", columns.number("batch", Batch), columns.state("method"), "target", columns.excerpt("rule"), "latency_ms",
        columns.when("created_at"),
    )  # fmt: skip
    list_filter = (choices("method", Route.Method.values),)
    fields = (
        columns.number("batch", Batch), columns.state("method"), "target", columns.whole("rule"),
        columns.json_of("classification"), "latency_ms", columns.moment("created_at"),
    )  # fmt: skip
