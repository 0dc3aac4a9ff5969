"""Batches: their list, their page."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from botplatform.admin import columns, related, showing
from botplatform.admin.attention import NeedsAttention, is_stuck
from botplatform.admin.base import PipelineAdmin, choices
from botplatform.admin.batch_operations import CANCEL, RESEND, RETRY
from botplatform.admin.panels import Panel
from botplatform.models import Approval, Batch, Message, Reply, Route, Run, Session, Update

FOUND = 500
"""Sessions and updates that one search looks at."""


@columns.column("state")
def state(batch: Batch) -> object:
    return showing.label("stuck" if is_stuck(batch) else batch.state)


@columns.column("duration", "age / duration")
def duration(batch: Batch) -> object:
    span = showing.distance((batch.finished_at or timezone.now()) - batch.opened_at)
    return showing.unbroken(span if batch.finished_at else f"open for {span}")


@columns.column("error")
def trouble(batch: Batch) -> object:
    text = showing.shorten(batch.error or batch.reason, 60)
    return showing.roomy(text) if text else showing.NOTHING


@admin.register(Batch)
class BatchAdmin(PipelineAdmin):
    operations = (RETRY, CANCEL, RESEND)
    quick_filters = (
        ("All", ""),
        ("Stuck", "attention=stuck"),
        ("Failed", "attention=failed"),
        ("Waiting", "attention=waiting"),
        ("At work", "state=processing"),
    )
    list_display = (
        "id", columns.link("session"), state, "size", "attempts", duration, columns.excerpt("worker", length=40),
        columns.when("progress_at", "last progress"), trouble,
    )  # fmt: skip
    list_select_related = ("session",)
    list_filter = (NeedsAttention, choices("state", Batch.State.values))
    search_fields = ("session__key",)
    search_help_text = "Session key or title, request id, update's external id"
    fieldsets = (
        (None, {"fields": (columns.link("session"), state, "size", "request_id", duration, "reason", columns.whole("error"))}),
        ("Times", {"fields": tuple(
            columns.moment(name) for name in ("opened_at", "due_at", "claimed_at", "finished_at", "retry_at", "wake_at")
        )}),
        ("Lease", {"fields": (
            "epoch", "worker", "attempts", "lost_leases",
            *(columns.moment(name) for name in ("lease_until", "heartbeat_at", "progress_at", "progress_until")),
        )}),
    )  # fmt: skip

    def get_search_results(
        self, request: HttpRequest, rows: QuerySet[Batch], term: str
    ) -> tuple[QuerySet[Batch], bool]:
        """Each place is asked by itself, so that each can use its index."""
        if not (term := term.strip()):
            return rows, False
        sessions = Session.objects.filter(Q(key__icontains=term) | Q(title__icontains=term)).order_by("-pk")
        updates = Update.objects.filter(Q(external_id=term) | Q(request_id=term)).order_by("-pk")
        found = Q(request_id=term) | Q(session_id__in=sessions.values("pk")[:FOUND])
        return rows.filter(found | Q(pk__in=updates.values("batch_id")[:FOUND])), False

    def panels(self, request: HttpRequest, row: Batch) -> list[Panel]:
        return related.tables(request, Message, Route, Run, Approval, Reply, Update, batch=row)
