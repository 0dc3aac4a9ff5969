"""Updates: what came in, and what became of it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern

from botplatform.admin import columns, related, showing
from botplatform.admin.base import PipelineAdmin, choices
from botplatform.admin.bodies import readable
from botplatform.admin.keyset import by_number
from botplatform.admin.operations import Operation, Result
from botplatform.admin.panels import Panel
from botplatform.admin.story import page
from botplatform.admin.story.links import story_link
from botplatform.models import Batch, Bot, Reply, Update
from botplatform.pipeline.replaying import replay
from transports.base import Kind


async def _replay(update_id: int, by: str) -> Result:
    replayed = await replay(update_id, dry_run=False)
    told = replayed.told.removeprefix(f"update {update_id} ")
    receipt = replayed.receipt
    if receipt is None:
        return Result(False, told)
    return Result(True, told, lambda nudges: nudges.received(receipt, wants_receipt=False))


async def _parse(update_id: int, by: str) -> Result:
    """Quarantined ones alone: whatever else is ticked was read when it came."""
    quarantined = Update.objects.filter(pk=update_id, state=Update.State.QUARANTINED)
    if not await quarantined.aexists():
        return Result(False, "is not quarantined: it was read when it came; Replay repeats it")
    return await _replay(update_id, by)


PARSE = Operation(
    "parse",
    "Parse again and queue",
    "botplatform.change_update",
    "What was unreadable is read again, with the code of today, and queued as a new update; these rows stay as they are.",
    _parse,
    lambda update: update.state == Update.State.QUARANTINED,
)
REPLAY = Operation(
    "replay",
    "Replay",
    "botplatform.change_update",
    "Their stored bodies are read again and queued as new updates; these rows stay as they are.",
    _replay,
    lambda update: update.state != Update.State.QUARANTINED,
)


@columns.column("raw", "body as received")
def body(update: Update) -> object:
    return showing.block(readable(bytes(update.raw)))


@columns.column("story")
def story(update: Update) -> object:
    return story_link(update.pk, "Story")


def _by_external_id(term: str) -> QuerySet[Any]:
    """The index begins with the bot."""
    return Update.objects.filter(bot_id__in=Bot.objects.values("pk"), external_id=term).values_list("pk")


def _by_request(term: str) -> QuerySet[Any]:
    """What was answered together with the update of that request."""
    return Update.objects.filter(batch__request_id=term).values_list("pk")


@admin.register(Update)
class UpdateAdmin(PipelineAdmin):
    operations = (PARSE, REPLAY)
    quick_filters = (
        ("All", ""),
        ("Quarantined", "state=quarantined"),
        ("Failed", "state=failed"),
        ("Ignored", "state=ignored"),
    )
    heavy = ("raw", "headers")
    list_display = (
        "id", "bot", columns.state("kind"), columns.state(), columns.excerpt("reason", length=40), columns.excerpt("author_name", "author"),
        columns.excerpt("text"), columns.number("batch", Batch), columns.when("received_at"), story,
    )  # fmt: skip
    list_select_related = ("bot",)
    list_filter = (choices("state", Update.State.values), choices("kind", [kind.value for kind in Kind]), "bot")
    search_by = (by_number(Update.objects.all()), _by_external_id, _by_request)
    search_fields = ("author_id__exact", "request_id__exact", "text")
    search_help_text = "Number, external id, request id, author id, text"
    served = {"state": ("quarantined",)}
    looks_at = 100_000
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
        return [*page.urls(), *super().get_urls()]

    def panels(self, request: HttpRequest, row: Any) -> list[Panel]:
        return related.tables(request, Reply, update=row)
