"""The page on which patterns are published: what changes, what the cases say before and after, and why not."""

from __future__ import annotations

from typing import Any

from asgiref.sync import async_to_sync
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse

from botplatform.admin import routing_changes, showing
from botplatform.admin.panels import address
from botplatform.admin.routing_figures import beside
from botplatform.models import Pattern, RoutingVersion
from botplatform.pipeline import rulebook
from botplatform.pipeline.rulebook import Published

PERMISSION = "botplatform.add_routingversion"
NOTE_CHARS = 500


def publish_view(console: Any, request: HttpRequest) -> HttpResponse:
    """Ask on GET, publish on POST what was seen; what is refused is asked again, with the reason."""
    if not (console.has_view_permission(request) and request.user.has_perm(PERMISSION)):
        raise PermissionDenied
    number, in_force = routing_changes.in_force()
    drafted = routing_changes.drafted()
    seen = routing_changes.seen(number, drafted)
    if request.method == "POST" and request.POST.get("seen") == seen:
        outcome = _publish(request)
        if not outcome.refused:
            return _published(console, request, outcome)
    else:
        outcome = async_to_sync(rulebook.preview)()
        if request.method == "POST":
            messages.warning(request, "Somebody has changed the patterns meanwhile. Nothing was published: look again.")
    found = routing_changes.changes(in_force, drafted)
    context = {
        **console.admin_site.each_context(request),
        "title": "Publish the patterns?",
        "opts": console.opts,
        "changes": routing_changes.listed(found),
        "count": len(found),
        "outcome": outcome,
        "reasons": [showing.visible(line) for line in _reasons(outcome)],
        "figures": beside(("Now", outcome.before), ("Afterwards", outcome.after)),
        "seen": seen,
        "note": request.POST.get("note", ""),
        "back": address(Pattern),
    }
    return TemplateResponse(request, "admin/routing_publish.html", context)


def _reasons(outcome: Published) -> list[str]:
    """Why it is refused, a line for each finding of the linter."""
    if not outcome.refused:
        return []
    found = [f"{name}: {line}" for name, lines in outcome.findings.items() for line in lines]
    rest = outcome.refused.partition(found[0])[0].strip() if found else outcome.refused
    return [*([rest] if rest else []), *found]


def _publish(request: HttpRequest) -> Published:
    note = " ".join(request.POST.get("note", "").replace("\x00", "").split())[:NOTE_CHARS]
    by, force = request.user.get_username(), "force" in request.POST
    return async_to_sync(rulebook.publish)(by=by, note=note, force=force)


def _published(console: Any, request: HttpRequest, outcome: Published) -> HttpResponse:
    version = RoutingVersion.objects.get(number=outcome.number)
    console.log_addition(request, version, f"Published{' although it is worse' if version.forced else ''}")
    messages.success(
        request, f"Routing version {outcome.number} is published. It takes hold everywhere within five seconds."
    )
    return HttpResponseRedirect(showing.page_of(version))
