"""Processes: who is alive."""

from __future__ import annotations

from django.contrib import admin

from botplatform.admin import columns, showing
from botplatform.admin.base import PipelineAdmin, choices
from botplatform.admin.workers.alive import is_silent
from botplatform.models import Process


@columns.column("state")
def state(process: Process) -> object:
    return showing.label("silent" if is_silent(process.seen_at) else "alive")


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
