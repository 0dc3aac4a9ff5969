"""Updates: what came in, and what became of it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import URLPattern, path

from botplatform.admin import columns, related, showing
from botplatform.admin.base import PipelineAdmin, choices
from botplatform.admin.bodies import readable
from botplatform.admin.operations import Operation, Result
from botplatform.admin.panels import Panel
from botplatform.admin.story import story_link, story_view
from botplatform.models import Batch, Reply, Update
from botplatform.pipeline.replaying import replay
from transports.base import Kind


async def _replay(update_id: int, by: str) -> Result:
    replayed = await replay(update_id, dry_run=False)
    told = replayed.told.removeprefix(f"update {update_id} ")
    receipt = replayed.receipt
    if receipt is None:
        return Result(False, told)
    return Result(True, told, lambda nudges: nudges.received(receipt, wants_receipt=False))


REPLAY = Operation(
    "replay",
    "Replay",
    "botplatform.change_update",
    "Their stored bodies are read again and queued as new updates; these rows stay as they are.",
    _replay,
)


@columns.column("raw", "body as received")
def body(update: Update) -> object:
    return showing.block(readable(bytes(update.raw)))


@columns.column("story")
def story(update: Update) -> object:
    return story_link(update.pk, "Story")


@admin.register(Update)
class UpdateAdmin(PipelineAdmin):
    operations = (REPLAY,)
    quick_filters = (
        ("All", ""),
        ("Quarantined", "state=quarantined"),
        ("Failed", "state=failed"),
        ("Ignored", "state=ignored"),
    )
    heavy = ("raw", "headers")
    list_display = (
        "id", "bot", columns.state("kind"), columns.state(), columns.excerpt("reason", length=40), columns.excerpt("author_name", "author"),
        columns.excerpt("text"), columns.number("batch", Batch), columns.when("received_at", sort=True), story,
    )  # fmt: skip
    list_select_related = ("bot",)
    list_filter = (choices("state", Update.State.values), choices("kind", [kind.value for kind in Kind]), "bot")
    search_fields = ("external_id__exact", "request_id__exact", "author_id__exact", "text")
    search_help_text = "External id, request id, author id, text"
    fieldsets = (
        (None, {"fields": (
            story, columns.state(), "reason", columns.state("kind"), columns.link("bot"), columns.link("session"),
            columns.number("batch", Batch), "author_name", "author_id", columns.whole("text"),
        )}),
        ("Identity", {"fields": ("external_id", "account_id", "dedup_key", "message_id", "request_id")}),
        ("Times", {"fields": tuple(columns.moment(name) for name in ("received_at", "acknowledged_at", "handled_at"))}),
        ("Received", {"fields": (columns.json_of("headers"), body)}),
    )  # fmt: skip

    def get_urls(self) -> list[URLPattern]:
        story_url = path(
            "<int:update_id>/story/", self.admin_site.admin_view(story_view), name="botplatform_update_story"
        )
        return [story_url, *super().get_urls()]

    def panels(self, request: HttpRequest, row: Any) -> list[Panel]:
        return related.tables(request, Reply, update=row)
