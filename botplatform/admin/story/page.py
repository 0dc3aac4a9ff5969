"""The page and its live part."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from asgiref.sync import async_to_sync
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from botplatform.admin.panels import may_view
from botplatform.admin.scoping import within
from botplatform.admin.story import timing
from botplatform.admin.story.cause import Cause, Told, answers
from botplatform.admin.story.chapters import chapters
from botplatform.admin.story.leading import leads
from botplatform.admin.story.links import QUOTED
from botplatform.admin.story.mending import offers
from botplatform.admin.story.summary import summary
from botplatform.admin.story.why import causes, is_answered
from botplatform.models import Update
from botplatform.pipeline import explaining


def urls() -> list[URLPattern]:
    """Below the updates' own addresses."""
    view = admin.site.admin_view
    return [
        path("<int:update_id>/story/", view(story_view), name="botplatform_update_story"),
        path("<int:update_id>/story/live/", view(live_view), name="botplatform_update_story_live"),
    ]


def story_view(request: HttpRequest, update_id: int) -> HttpResponse:
    """The whole page."""
    context = _context(request, update_id)
    title = f"Story of update {update_id}"
    return TemplateResponse(
        request, "admin/story/page.html", {**admin.site.each_context(request), "title": title, **context}
    )


def live_view(request: HttpRequest, update_id: int) -> HttpResponse:
    """What changes."""
    return TemplateResponse(request, "admin/story/live.html", _context(request, update_id))


def _context(request: HttpRequest, update_id: int) -> dict[str, Any]:
    if not may_view(request, *QUOTED):
        raise PermissionDenied
    rows = Update.objects.select_related("bot", "session", "batch").defer("raw", "headers")
    row = within(request.user, rows).filter(pk=update_id).first()
    told = async_to_sync(_told)(update_id) if row else None
    if row is None or told is None:
        raise Http404(f"There is no update {update_id}.")
    why = causes(told)
    return {
        "update_id": update_id,
        "headline": _headline(told, why),
        "summary": summary(told),
        "causes": why,
        "offers": offers(request, row, told, why),
        "stretches": timing.stretches(told),
        "chapters": chapters(told, told["bodies"]),
        "here": reverse("admin:botplatform_update_story", args=[update_id]),
        "leads": leads(request, row, told),
    }


async def _told(update_id: int) -> Told | None:
    told = await explaining.explain(update_id)
    if told is None:
        return None
    steps = [step["id"] for run in told["runs"] for step in run["steps"]]
    return {**told, "bodies": await explaining.bodies(steps)}


def _headline(told: Told, why: Sequence[Cause]) -> tuple[str, str]:
    """In three words, and how it looks."""
    grave = [cause for cause in why if cause.grave]
    arrived = any(one["kind"] == "answer" and one["state"] == "sent" for one in answers(told))
    if is_answered(told) and not why:
        return "Answered", "success"
    if not why:
        return "Carried out", "success"
    if arrived and grave and all(cause.replies for cause in grave):
        return "Half an answer", "danger"
    open_ = told["batch"] and told["batch"]["state"] in ("collecting", "processing", "waiting")
    if open_ or (told["update"]["state"] == "queued" and not grave):
        return "No answer yet", "danger" if grave else "info"
    return "No answer", "danger" if grave else "warning"
