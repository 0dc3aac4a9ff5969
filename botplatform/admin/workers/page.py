"""The page "Workers", and the part of it that is fetched anew whenever something changes."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from botplatform.admin.panels import may_view
from botplatform.admin.workers import alive, queues
from botplatform.admin.workers.paused import paused_things
from botplatform.models import Batch, Bot, Plan, PlanStep, Process, Reply, Session, Update


def address() -> str:
    return reverse("console-workers")


def page_view(request: HttpRequest) -> HttpResponse:
    """For those who may see processes; what else it shows follows what they may see."""
    context = {
        **admin.site.each_context(request),
        "title": "Workers",
        "now_url": reverse("console-workers-now"),
        **_now(request),
    }
    return TemplateResponse(request, "admin/workers/page.html", context)


def now_view(request: HttpRequest) -> HttpResponse:
    """The same, without what stands around it."""
    return TemplateResponse(request, "admin/workers/now.html", _now(request))


def _now(request: HttpRequest) -> dict[str, Any]:
    if not may_view(request, Process):
        raise PermissionDenied
    sees_work = may_view(request, Batch, Session)
    sees_queues = sees_work and may_view(request, Reply, Update)
    return {
        "crew": alive.crew(request.user, sees_work=sees_work, sees_plans=may_view(request, PlanStep, Plan)),
        "broker": queues.broker(),
        "queues": queues.waiting(request.user) if sees_queues else [],
        "backlogs": queues.backlogs(request.user) if sees_work and may_view(request, Bot) else [],
        "paused": paused_things(request.user),
        "page": address(),
    }


urls: list[URLPattern] = [
    path("admin/workers/", admin.site.admin_view(page_view), name="console-workers"),
    path("admin/workers/now/", admin.site.admin_view(now_view), name="console-workers-now"),
]
