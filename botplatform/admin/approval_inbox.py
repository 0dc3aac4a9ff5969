"""What waits for a decision now: the live part of the inbox, of an approval's page, and of the sidebar."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from botplatform.admin import showing
from botplatform.admin.approval_operations import PERMISSION, is_open, read_from
from botplatform.admin.attention import undecided
from botplatform.admin.conversation import verdicts
from botplatform.admin.panels import may_view
from botplatform.admin.scoping import within
from botplatform.admin.story.links import story_url
from botplatform.models import Approval, Decider, Session, Update

SHOWN = 25
"""Cards at once; the list below has all of them."""
COUNTED = 99
"""The sidebar counts no further."""
DECIDERS: Mapping[str, str] = {Decider.REQUESTER: "whoever asked, or an approver", Decider.APPROVER: "an approver"}


def waiting(request: HttpRequest) -> QuerySet[Approval]:
    """Open approvals that the signed-in person may see; the next to expire first."""
    return within(request.user, Approval.objects.filter(undecided())).order_by("expires_at", "pk")


def badge(request: HttpRequest) -> int | str:
    """How many there are, for those who may see them."""
    if not may_view(request, Approval):
        return 0
    number = waiting(request).order_by()[: COUNTED + 1].count()
    return f"{COUNTED}+" if number > COUNTED else number


def inbox(request: HttpRequest) -> dict[str, Any]:
    """The cards, and how many more there are than fit."""
    rows = list(waiting(request).select_related("session__bot").defer("proposed")[: SHOWN + 1])
    stories = _stories(rows) if may_view(request, Update) else {}
    verb = "Decide" if request.user.has_perm(PERMISSION) else "Look"
    return {
        "cards": [
            _card(row, stories.get(row.batch_id, ""), sees_session=may_view(request, Session)) for row in rows[:SHOWN]
        ],
        "more": len(rows) > SHOWN,
        "url": reverse("admin:botplatform_approval_inbox"),
        "verb": verb,
    }


def inbox_view(console: Any, request: HttpRequest) -> HttpResponse:
    """The cards alone."""
    if not console.has_view_permission(request):
        raise PermissionDenied
    return TemplateResponse(request, "admin/approval_cards.html", {"inbox": inbox(request)})


def status(approval: Approval) -> dict[str, Any]:
    """How one stands: what changes while its page is open."""
    opened = is_open(approval)
    late = approval.state == Approval.State.PENDING and not opened
    return {
        "url": reverse("admin:botplatform_approval_status", args=[approval.pk]),
        "label": showing.label("expired" if late else approval.state),
        "until": approval.expires_at if opened else None,
        "told": "" if opened else verdicts.told(approval),
        "executed": showing.full_moment(approval.executed_at) if approval.executed_at else "",
    }


def status_view(console: Any, request: HttpRequest, approval_id: int) -> HttpResponse:
    """The same as a part of the page."""
    approval = console.get_queryset(request).filter(pk=approval_id).first()
    if approval is None or not console.has_view_permission(request, approval):
        raise Http404("There is no such approval.")
    return TemplateResponse(request, "admin/approval_status.html", {"status": status(approval)})


def _card(approval: Approval, story: str, *, sees_session: bool) -> dict[str, object]:
    session = approval.session
    return {
        "url": showing.page_of(approval),
        "name": f"{'Question' if approval.asks else 'Approval'} {approval.pk}",
        "asks": approval.asks,
        "options": [showing.shorten(str(option), 80) for option in approval.options],
        "risk": showing.label(approval.risk, f"{approval.risk} risk"),
        "tool": showing.shorten(approval.tool, 80),
        "until": approval.expires_at,
        "asked": showing.relative(approval.created_at),
        "summary": showing.bounded(approval.summary),
        "said": showing.bounded(approval.said),
        "warning": read_from(approval) if approval.untrusted else "",
        "arguments": showing.block(showing.pretty(approval.arguments))
        if approval.arguments and not approval.asks
        else "",
        "reason": showing.visible(approval.reason),
        "decider": DECIDERS.get(approval.decider, approval.decider),
        "conversation": showing.page_of(session) if sees_session else "",
        "where": f"{showing.shorten(str(session), 60)}, {showing.shorten(str(session.bot), 40)}",
        "story": story,
    }


def _stories(rows: list[Approval]) -> dict[int, str]:
    """Batch → the story of its latest update."""
    updates = Update.objects.filter(batch__in={row.batch_id for row in rows}).order_by("batch_id", "-pk")
    found = updates.distinct("batch_id").values_list("batch_id", "pk") if rows else ()
    return {batch_id: story_url(pk) for batch_id, pk in found if batch_id is not None}
