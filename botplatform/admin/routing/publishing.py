"""Pages on which patterns are published: what changes, what cases and messages say to it, and why not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from asgiref.sync import async_to_sync
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse

from agents.routing.patterns import Pattern as Rule
from botplatform.admin import showing
from botplatform.admin.auditing import audit
from botplatform.admin.panels import address, may_view
from botplatform.admin.routing import changes, trying
from botplatform.admin.routing.figures import beside
from botplatform.models import Message, Pattern, RoutingVersion
from botplatform.pipeline import rulebook
from botplatform.pipeline.rulebook import Published

PERMISSION = "botplatform.add_routingversion"
NOTE_CHARS = 500
AFTER = "Messages are routed by it from then on, within five seconds everywhere."


@dataclass(frozen=True, slots=True)
class Offer:
    """What would be published, and how."""

    title: str
    explanation: str
    action: str
    """For the audit log."""
    patterns: list[changes.Kept]
    preview: Callable[[], Awaitable[Published]]
    publish: Callable[..., Awaitable[Published]]
    back: str


def publish_view(console: Any, request: HttpRequest) -> HttpResponse:
    """The enabled drafts. Ask on GET, publish on POST what was seen; what is refused is asked again, with the reason."""
    _check(console, request)
    offer = Offer(
        "Publish the patterns?",
        f"The enabled patterns become a version that never changes. {AFTER}",
        "routingversion.publish",
        changes.drafted(),
        rulebook.preview,
        rulebook.publish,
        address(Pattern),
    )
    return _decide(console, request, offer)


def publish_again_view(console: Any, request: HttpRequest, number: int) -> HttpResponse:
    """The patterns of an earlier version."""
    _check(console, request)
    version = RoutingVersion.objects.filter(number=number).first()
    if version is None:
        raise Http404

    async def preview() -> Published:
        return await rulebook.preview_again(number)

    async def publish(**given: Any) -> Published:
        return await rulebook.publish_again(number, **given)

    offer = Offer(
        f"Publish version {number} again?",
        f"Its patterns become the newest version. {AFTER} Your drafts stay as they are: they differ from what is in force then, "
        "and publishing them undoes this.",
        "routingversion.publish-again",
        version.patterns,
        preview,
        publish,
        showing.page_of(version),
    )
    return _decide(console, request, offer)


def _check(console: Any, request: HttpRequest) -> None:
    if not (console.has_view_permission(request) and request.user.has_perm(PERMISSION)):
        raise PermissionDenied


def _decide(console: Any, request: HttpRequest, offer: Offer) -> HttpResponse:
    number, in_force = changes.in_force()
    outcome = None
    if request.method == "POST":
        try:
            outcome = _publish(request, offer)
        except rulebook.Outdated:
            messages.warning(request, "Somebody has changed the patterns meanwhile. Nothing was published: look again.")
        if outcome and not outcome.refused:
            return _published(request, outcome)
    outcome = outcome or async_to_sync(offer.preview)()
    found = changes.changes(in_force, offer.patterns)
    context = {
        **console.admin_site.each_context(request),
        "title": offer.title,
        "opts": console.opts,
        "offer": offer,
        "changes": changes.listed(found),
        "count": len(found),
        "outcome": outcome,
        "reasons": [showing.visible(line) for line in _reasons(outcome)],
        "figures": beside(("Now", outcome.before), ("Afterwards", outcome.after)),
        "tried": _tried(request, offer) if found and outcome.after else "",
        "seen": rulebook.seen(number, offer.patterns),
        "note": request.POST.get("note", ""),
    }
    return TemplateResponse(request, "admin/routing/publish.html", context)


def _tried(request: HttpRequest, offer: Offer) -> str:
    """On the last messages, for those who may see them."""
    rules = tuple(Rule(one["name"], one["expression"], one["target"], one["platform"]) for one in offer.patterns)
    return trying.tried(request, rules) if may_view(request, Message) else ""


def _reasons(outcome: Published) -> list[str]:
    """Why it is refused, a line for each finding of the linter."""
    if not outcome.refused:
        return []
    found = [f"{name}: {line}" for name, lines in outcome.findings.items() for line in lines]
    rest = outcome.refused.partition(found[0])[0].strip() if found else outcome.refused
    return [*([rest] if rest else []), *found]


def _publish(request: HttpRequest, offer: Offer) -> Published:
    """Raises Outdated for whatever is not what was seen."""
    note = " ".join(request.POST.get("note", "").replace("\x00", "").split())[:NOTE_CHARS]
    as_seen = request.POST.get("seen", "") or "nothing"
    given = {"by": request.user.get_username(), "note": note, "force": "force" in request.POST, "as_seen": as_seen}
    outcome = async_to_sync(offer.publish)(**given)
    version = None if outcome.refused else RoutingVersion.objects.get(number=outcome.number)
    told = outcome.refused or f"Published{' although it is worse' if version and version.forced else ''}"
    _write_down(request, version, offer, note, told)
    return outcome


def _write_down(request: HttpRequest, version: Model | None, offer: Offer, note: str, told: str) -> None:
    after = {"patterns": [one["name"] for one in offer.patterns]}
    audit(request, version, offer.action, after=after, why=note, told=told[:1000], took_effect=version is not None)


def _published(request: HttpRequest, outcome: Published) -> HttpResponse:
    version = RoutingVersion.objects.get(number=outcome.number)
    messages.success(
        request, f"Routing version {outcome.number} is published. It takes hold everywhere within five seconds."
    )
    return HttpResponseRedirect(showing.page_of(version))
