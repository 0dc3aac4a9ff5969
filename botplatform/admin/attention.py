"""What needs a person: the same questions for the home page, the filters and the labels."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.admin import SimpleListFilter
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest
from django.utils import timezone

from botplatform.health import SILENT_AFTER
from botplatform.models import Approval, Batch, PlanStep, Process, Reply

LATEST = 1000
"""Replies in trouble that are looked at."""


def stuck() -> Q:
    """Batches whose lease ran out or whose work does not move; one that pauses before its next try is not stuck."""
    pausing = Q(worker="", retry_at__gt=Now())
    return Q(state=Batch.State.PROCESSING) & (Q(lease_until__lt=Now()) | Q(progress_until__lt=Now())) & ~pausing


def is_stuck(batch: Batch, now: datetime | None = None) -> bool:
    """The same of a row in hand."""
    now = now or timezone.now()
    lapsed = (batch.lease_until and batch.lease_until < now) or (batch.progress_until and batch.progress_until < now)
    pausing = batch.worker == "" and batch.retry_at is not None and batch.retry_at > now
    return batch.state == Batch.State.PROCESSING and bool(lapsed) and not pausing


def stuck_steps() -> Q:
    """Steps of plans whose lease ran out or whose work does not move."""
    return Q(state=PlanStep.State.RUNNING) & (Q(lease_until__lt=Now()) | Q(progress_until__lt=Now()))


def is_stuck_step(step: PlanStep, now: datetime | None = None) -> bool:
    """The same of a row in hand."""
    now = now or timezone.now()
    lapsed = any(moment is not None and moment < now for moment in (step.lease_until, step.progress_until))
    return step.state == PlanStep.State.RUNNING and lapsed


def half_answered() -> list[int]:
    """Batches of which some parts of the answer were sent and others are refused or in doubt; by the latest of those."""
    parts = Reply.objects.filter(kind=Reply.Kind.ANSWER, replaced_at=None)
    missing = parts.filter(state__in=[Reply.State.FAILED, Reply.State.UNKNOWN]).order_by("-pk")
    batches = {pk for pk in missing.values_list("batch_id", flat=True)[:LATEST] if pk is not None}
    return list(
        parts.filter(batch_id__in=batches, state=Reply.State.SENT).values_list("batch_id", flat=True).distinct()
    )


def alive() -> QuerySet[Process]:
    """Processes that said so lately."""
    return Process.objects.filter(seen_at__gt=Now() - settings.HEARTBEAT * SILENT_AFTER)


def undecided() -> Q:
    """Approvals that can still be decided."""
    return Q(state=Approval.State.PENDING, expires_at__gt=Now())


class Waiting(SimpleListFilter):
    """Approvals that somebody should decide now."""

    title = "needs attention"
    parameter_name = "attention"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("waiting", "waiting for a decision")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Approval]) -> QuerySet[Approval]:
        return queryset.filter(undecided()) if self.value() == "waiting" else queryset


class StuckSteps(SimpleListFilter):
    """Steps of plans that nobody carries on."""

    title = "needs attention"
    parameter_name = "attention"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("stuck", "stuck")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[PlanStep]) -> QuerySet[PlanStep]:
        return queryset.filter(stuck_steps()) if self.value() == "stuck" else queryset


class NeedsAttention(SimpleListFilter):
    """Batches by what an operator may have to do about them."""

    title = "needs attention"
    parameter_name = "attention"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("stuck", "stuck"), ("failed", "failed"), ("waiting", "waiting"), ("half", "half an answer")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Batch]) -> QuerySet[Batch]:
        if self.value() == "stuck":
            return queryset.filter(stuck())
        if self.value() == "half":
            return queryset.filter(pk__in=half_answered())
        return queryset.filter(state=self.value()) if self.value() in ("failed", "waiting") else queryset
