"""Batches: their list, their page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html

from botplatform.admin import columns, related, showing
from botplatform.admin.attention import NeedsAttention
from botplatform.admin.base import PipelineAdmin, choices
from botplatform.admin.batch_live import list_view, page_view
from botplatform.admin.batch_operations import OPERATIONS
from botplatform.admin.keyset import by_number
from botplatform.admin.panels import Panel
from botplatform.admin.standing import facts
from botplatform.admin.standing.showing import said, state_labels
from botplatform.admin.standing.words import standing
from botplatform.models import Approval, Batch, Bot, Message, Plan, Reply, Route, Run, Session, Update

FOUND = 500
"""Sessions that one search looks at."""


@columns.column("state")
def state(batch: Batch) -> object:
    return format_html('<span id="batch-{}-state">{}</span>', batch.pk, state_labels(batch))


@columns.column("standing", "where it stands")
def where(batch: Batch) -> object:
    return format_html('<span id="batch-{}-said" class="console-roomy">{}</span>', batch.pk, said(batch))


@columns.column("duration", "age / duration")
def duration(batch: Batch) -> object:
    span = showing.distance((batch.finished_at or timezone.now()) - batch.opened_at)
    return showing.unbroken(span if batch.finished_at else f"open for {span}")


def _by_request(term: str) -> QuerySet[Any]:
    return Batch.objects.filter(request_id=term).values_list("pk")


def _by_update(term: str) -> QuerySet[Any]:
    """The index begins with the bot."""
    return Update.objects.filter(bot_id__in=Bot.objects.values("pk"), external_id=term).values_list("batch_id")


@admin.register(Batch)
class BatchAdmin(PipelineAdmin):
    operations = OPERATIONS
    quick_filters = (
        ("All", ""),
        ("Stuck", "attention=stuck"),
        ("Failed", "attention=failed"),
        ("Waiting", "attention=waiting"),
        ("Half an answer", "attention=half"),
        ("At work", "state=processing"),
        ("Collecting", "state=collecting"),
    )
    list_before_template = "admin/batch_list.html"
    change_form_outer_before_template = "admin/batch_page.html"
    list_display = ("id", columns.link("session"), state, where, "size", "attempts", duration)
    list_select_related = ("session__bot",)
    list_filter = (NeedsAttention, choices("state", Batch.State.values))
    search_by = (by_number(Batch.objects.all()), _by_request, _by_update)
    search_fields = ("session__key",)
    search_help_text = "Number, session key or title, request id, update's external id"
    search_is_served = True
    served = {
        "state": ("collecting", "processing", "waiting", "failed"),
        "attention": ("stuck", "failed", "waiting", "half"),
    }
    fieldsets = (
        (None, {"fields": (
            columns.link("session"), state, "size", "request_id", duration, columns.excerpt("waits_for"),
            "reason", "sent_to", columns.whole("error"),
        )}),
        ("Times", {"fields": tuple(
            columns.moment(name) for name in ("opened_at", "due_at", "claimed_at", "finished_at", "retry_at", "wake_at")
        )}),
        ("Lease", {"fields": (
            "epoch", "worker", "attempts", "lost_leases",
            *(columns.moment(name) for name in ("lease_until", "heartbeat_at", "progress_at", "progress_until")),
        )}),
    )  # fmt: skip

    def get_urls(self) -> list[URLPattern]:
        live = path("live/", self.admin_site.admin_view(list_view), name="botplatform_batch_live")
        page = path("<int:batch_id>/live/", self.admin_site.admin_view(page_view), name="botplatform_batch_page_live")
        return [live, page, *super().get_urls()]

    def get_search_results(
        self, request: HttpRequest, rows: QuerySet[Batch], term: str
    ) -> tuple[QuerySet[Batch], bool]:
        """Conversations first, which are far fewer; their batches by index."""
        if not (term := term.strip()):
            return rows, False
        sessions = Session.objects.filter(Q(key__icontains=term) | Q(title__icontains=term)).order_by("-pk")
        return rows.filter(session_id__in=list(sessions.values_list("pk", flat=True)[:FOUND])), False

    def complete(self, request: HttpRequest, rows: Sequence[Batch]) -> None:
        found = facts.of(rows)
        for row in rows:
            row.facts = found[row.pk]  # type: ignore[attr-defined]  # where `facts.of_one` looks first

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        row = kwargs.get("obj")
        if row is not None:
            context["standing"] = standing(row)
        answer: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return answer

    def panels(self, request: HttpRequest, row: Batch) -> list[Panel]:
        return related.tables(request, Message, Route, Run, Plan, Approval, Reply, Update, batch=row)
