"""The verdict on a route, right in its row: one click says that it was right, one choice where it should have gone."""

from __future__ import annotations

from typing import Any

from asgiref.sync import async_to_sync
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.safestring import SafeString, mark_safe

from botplatform.admin import columns, showing, targets
from botplatform.admin.auditing import audit
from botplatform.admin.panels import may_view
from botplatform.admin.routing.route_operations import PERMISSION
from botplatform.admin.scoping import within
from botplatform.admin.showing import Column
from botplatform.models import Batch, Route
from botplatform.pipeline import judging
from botplatform.pipeline.operating import Outcome


def verdict_column(request: HttpRequest) -> Column:
    """The column of a list, as the signed-in person may use it. The agents are looked up once."""
    known: Any = SimpleLazyObject(targets.agents)

    @columns.column("verdict")
    def verdict(route: Route) -> object:
        return cell(request, route, known)

    return verdict


def cell(request: HttpRequest, route: Route, known: targets.Choices, *, told: str = "") -> SafeString:
    """What was said, and what may be said. `told`: what became of the last click."""
    may_judge = request.user.has_perm(PERMISSION)
    wrong = route.verdict == Route.Verdict.WRONG
    context = {
        "pk": route.pk,
        "label": showing.label(route.verdict) if route.verdict else "",
        "correct": showing.shorten(route.correct_target, 40) if wrong else "",
        "by": showing.shorten(route.judged_by, 40) if route.verdict else "",
        "may_judge": may_judge,
        "offers_right": route.verdict != Route.Verdict.RIGHT,
        "agents": [one for one in known if one[0] not in (route.target, route.correct_target)] if may_judge else [],
        "address": reverse("admin:botplatform_route_judge", args=[route.pk]),
        "told": told,
        "batch": showing.page_of(Batch(pk=route.batch_id)) if wrong and may_view(request, Batch) else "",
    }
    return mark_safe(render_to_string("admin/routing/verdict.html", context))  # noqa: S308 - escaped in the template


def judge_view(console: Any, request: HttpRequest, pk: int) -> HttpResponse:
    """POST alone: `verdict=right`, or `to_<pk>=<agent>`. Answers with the cell as it is then."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if not (console.has_view_permission(request) and request.user.has_perm(PERMISSION)):
        raise PermissionDenied
    route = within(request.user, Route.objects.all()).filter(pk=pk).first()
    if route is None:
        raise Http404
    known, target = targets.agents(), request.POST.get(f"to_{pk}", "")
    outcome = _judge(request, route, target, known)
    before = _said(route)
    route.refresh_from_db()
    name = "route.right" if request.POST.get("verdict") == "right" else "route.wrong"
    audit(request, route, name, before=before, after=_said(route), told=outcome.told, took_effect=outcome.done)
    return HttpResponse(cell(request, route, known, told=showing.visible(outcome.told)))


def _judge(request: HttpRequest, route: Route, target: str, known: targets.Choices) -> Outcome:
    by = request.user.get_username()
    if request.POST.get("verdict") == "right":
        return async_to_sync(judging.call_right)(route.pk, by=by)
    if target not in dict(known):
        return Outcome(False, "was not judged: there is no such agent")
    return async_to_sync(judging.call_wrong)(route.pk, target, by=by)


def _said(route: Route) -> dict[str, str]:
    return {"verdict": route.verdict, "correct_target": route.correct_target}
