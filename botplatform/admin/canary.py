"""Canaries: what ran, what was seen of it, and how it ended."""

from __future__ import annotations

from typing import Any

from asgiref.sync import sync_to_async
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from botplatform.admin import columns
from botplatform.admin.base import PipelineAdmin, choices
from botplatform.admin.canary_evidence import evidence
from botplatform.admin.canary_pages import itself
from botplatform.admin.operations import Operation, Result
from botplatform.admin.panels import Panel
from botplatform.models import Canary
from botplatform.pipeline.canaries import changing
from botplatform.pipeline.publishing import Refused

ENDED = "has ended already"


async def _stop(pk: int, by: str, **more: Any) -> Result:
    ended = await sync_to_async(changing.stop)(pk, by=by)
    return Result(ended, "was stopped: the published version answers everything again" if ended else ENDED)


async def _promote(pk: int, by: str, **more: Any) -> Result:
    try:
        published = await sync_to_async(changing.promote)(pk, by=by)
    except Refused as refused:
        return Result(False, f"was not promoted: {refused}")
    return Result(published, "was promoted: its version is published" if published else ENDED)


def _runs(row: Canary) -> bool:
    return bool(row.state == Canary.State.RUNNING)


STOP = Operation(
    "stop", "Stop", "botplatform.change_canary",
    "The published version answers everything again within five seconds. Runs at work end with the version they began with.",
    _stop, offered=_runs,
)  # fmt: skip
PROMOTE = Operation(
    "promote", "Promote", "botplatform.change_agentconfig",
    "The canary's version is published: all runs that begin from now on use it, within five seconds everywhere.",
    _promote, offered=_runs,
)  # fmt: skip


@admin.register(Canary)
class CanaryAdmin(PipelineAdmin):
    """Started on an agent's page, ended here or by itself, never edited."""

    operations = (PROMOTE, STOP)
    heavy = ("evidence",)
    list_display = (
        itself, columns.link("config", "agent"), columns.state(), columns.excerpt("reason", length=120), columns.when("started_at"),
        columns.excerpt("started_by", "by"), columns.when("ended_at"), columns.excerpt("ended_by", "ended by"),
    )  # fmt: skip
    list_select_related = ("config", "version__config", "beside__config")
    list_filter = (choices("state", Canary.State.values),)
    fields = (
        columns.link("config", "agent"), columns.state(), columns.link("version"), columns.link("beside"), columns.plain("share_percent"),
        columns.moment("started_at"), columns.excerpt("started_by"), columns.moment("ended_at"), columns.excerpt("ended_by"),
        columns.plain("looks"), columns.moment("looked_at"),
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = (
            super().get_queryset(request).select_related("config", "version__config", "beside__config")
        )
        return rows

    def panels(self, request: HttpRequest, row: Canary) -> list[Panel]:
        return [Panel("Evidence", evidence(row))]
