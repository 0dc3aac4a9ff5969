"""What stays fresh on the pages of batches: fragments that htmx fetches when something has changed."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from botplatform.admin.attention import stuck
from botplatform.admin.batch_operations import OPERATIONS
from botplatform.admin.panels import may_view
from botplatform.admin.scoping import within
from botplatform.admin.standing import facts
from botplatform.admin.standing.showing import said, state_labels
from botplatform.admin.standing.words import standing
from botplatform.models import Batch

ROWS = 100
_COUNTS = (("stuck", "attention=stuck"), ("failed", "attention=failed"), ("waiting", "attention=waiting"),
           ("processing", "state=processing"), ("collecting", "state=collecting"))  # fmt: skip


def list_view(request: HttpRequest) -> HttpResponse:
    """How many batches are in which trouble, and the cells of the rows `ids` anew."""
    if not may_view(request, Batch):
        raise PermissionDenied
    asked = [int(one) for one in request.GET.get("ids", "").split(",")[:ROWS] if one.isdecimal() and len(one) < 19]
    mine = within(request.user, Batch.objects.all())
    rows = list(mine.filter(pk__in=asked).select_related("session__bot"))
    found = facts.of(rows)
    for row in rows:
        row.facts = found[row.pk]  # type: ignore[attr-defined]  # where `facts.of_one` looks first
    conditions = {"stuck": mine.filter(stuck())}
    counts = [(name, query, conditions.get(name, mine.filter(state=name)).count()) for name, query in _COUNTS]
    cells = [(row.pk, state_labels(row), said(row)) for row in rows]
    return TemplateResponse(request, "admin/batch_list_live.html", {"counts": counts, "cells": cells})


def page_view(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Where one batch stands, and what can be done about it now."""
    if not may_view(request, Batch):
        raise PermissionDenied
    rows = within(request.user, Batch.objects.filter(pk=batch_id))
    batch = rows.select_related("session__bot").first()
    if batch is None:
        raise Http404(f"There is no batch {batch_id}.")
    usable = [one for one in OPERATIONS if one.allowed(request) and one.offered(batch)]
    shown = {"standing": standing(batch), "state": state_labels(batch), "operations": usable}
    context = {**shown, "original": batch, "opts": Batch._meta}
    return TemplateResponse(request, "admin/batch_page_live.html", context)
