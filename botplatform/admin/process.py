"""Processes: who is alive."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin
from django.utils import timezone

from botplatform.admin import columns, showing
from botplatform.admin.base import PipelineAdmin, choices
from botplatform.health import SILENT_AFTER
from botplatform.models import Process


@columns.column("state")
def state(process: Process) -> object:
    silent = timezone.now() - process.seen_at > settings.HEARTBEAT * SILENT_AFTER
    return showing.label("silent" if silent else "alive")


@admin.register(Process)
class ProcessAdmin(PipelineAdmin):
    ordering = ("role", "-seen_at")
    list_display = (
        "name", columns.state("role"), state, columns.when("seen_at", "seen"), columns.when("started_at", "started"),
    )  # fmt: skip
    list_filter = (choices("role", Process.Role.values),)
    fields = (
        "name", columns.state("role"), state, columns.moment("started_at"), columns.moment("seen_at"), columns.json_of("detail"),
    )  # fmt: skip
