"""Replies: what left, what did not, what nobody can tell."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet

from botplatform.admin import columns, operations
from botplatform.admin.base import PipelineAdmin, choices
from botplatform.admin.keyset import by_number
from botplatform.admin.operations import Operation, Result
from botplatform.models import Batch, Reply, Run, Update
from botplatform.pipeline import operating


async def _resend(reply_id: int, by: str) -> Result:
    return operations.to_deliver(await operating.resend_reply(reply_id, by=by))


async def _arrived(reply_id: int, by: str) -> Result:
    return operations.to_deliver(await operating.mark_arrived(reply_id, by=by))


RESEND = Operation(
    "resend",
    "Send again",
    "botplatform.change_reply",
    "They are sent again as they are; no model is asked. People see a second time what had arrived.",
    _resend,
    lambda reply: reply.state in ("failed", "unknown", "sent") and reply.kind != "placeholder",
)
ARRIVED = Operation(
    "arrived",
    "Mark as arrived",
    "botplatform.change_reply",
    "Replies of unknown outcome count as sent from then on.",
    _arrived,
    lambda reply: reply.state == "unknown",
)


def _by_request(term: str) -> QuerySet[Any]:
    return Reply.objects.filter(batch__request_id=term).values_list("pk")


@admin.register(Reply)
class ReplyAdmin(PipelineAdmin):
    operations = (RESEND, ARRIVED)
    quick_filters = (
        ("All", ""), ("Unknown", "state=unknown"), ("Failed", "state=failed"), ("Pending", "state=pending"), ("Sending", "state=sending"),
    )  # fmt: skip
    heavy = ("formatting",)
    list_display = (
        "id", columns.link("session"), columns.number("batch", Batch), columns.state("kind"), "part", columns.state(),
        columns.excerpt("text"), columns.when("created_at"), columns.when("sent_at"), columns.excerpt("error"),
    )  # fmt: skip
    list_select_related = ("session",)
    list_filter = (choices("state", Reply.State.values), choices("kind", Reply.Kind.values))
    search_by = (by_number(Reply.objects.all()), _by_request)
    search_fields = ("request_id__exact", "provider_id__exact", "text")
    search_help_text = "Number, request id, provider's id, text"
    served = {"state": ("pending", "sending", "failed", "unknown"), "state__in": ("pending,sending",)}
    fieldsets = (
        (None, {"fields": (columns.state(), columns.state("kind"), "part", columns.whole("text"), columns.whole("error"))}),
        ("Belongs to", {"fields": (
            columns.link("session"), columns.number("batch", Batch), columns.number("run", Run), columns.number("update", Update),
            "request_id",
        )}),
        ("Delivery", {"fields": (
            "provider_id", "edits", "reply_to", "attempts", "claim",
            *(columns.moment(name) for name in ("created_at", "not_before", "claimed_at", "sent_at")), columns.json_of("formatting"),
        )}),
    )  # fmt: skip
