"""The conversation's page, and the two parts of it that are fetched anew whenever something changes."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from botplatform.admin import showing
from botplatform.admin.conversation import facts, lines, people, streams, unread
from botplatform.admin.conversation.links import Links
from botplatform.admin.conversation.streams import Cursor
from botplatform.admin.panels import may_view
from botplatform.models import Message, Reply, Session

AT_ONCE = 50
"""Lines that the page begins with, and that each look back adds."""
MOST = 400
"""Lines that a page which stays open grows to."""
HOLD = "botplatform.hold_session"
CHANGE = "botplatform.change_session"


def address(session: Session, name: str) -> str:
    """One of the conversation's own addresses."""
    return reverse(f"admin:botplatform_session_{name}", args=[session.pk])


def context(request: HttpRequest, session: Session) -> dict[str, Any]:
    """What the page shows, as the signed-in person may see it."""
    cursor = Cursor.read(request.GET.get("before", ""))
    mine = session.mode == Session.Mode.HELD and session.held_by == request.user.get_username()
    may_hold = request.user.has_perm(HOLD)
    shown = _lines(request, session, before=cursor)
    return {
        **shown,
        **_state(request, session),
        "live": f"{address(session, 'lines')}?since={shown['first']}",
        "looking_back": cursor is not None,
        "facts": facts.of(request, session),
        "facts_url": address(session, "facts"),
        "mine": mine and may_hold,
        "held": session.mode == Session.Mode.HELD,
        "holder": showing.shorten(session.held_by, 80),
        "write_url": address(session, "write"),
        "release_url": address(session, "release") if session.mode == Session.Mode.HELD and may_hold else "",
        "unsent": request.session.pop(f"unsent-{session.pk}", "") if mine else "",
        "people": people.of(session) if may_view(request, Message) else [],
        "people_url": address(session, "person") if request.user.has_perm(CHANGE) else "",
    }


def lines_view(console: Any, request: HttpRequest, session_id: int) -> HttpResponse:
    """Lines since a cursor, which is what changes; or those before one, which are put above them."""
    session = the(console, request, session_id)
    before, since = (Cursor.read(request.GET.get(name, "")) for name in ("before", "since"))
    if before is None and since is None:
        raise Http404("Name a cursor: since or before.")
    shown = _lines(request, session, before=before, since=None if before else since)
    shown |= {} if before else _state(request, session)
    template = "admin/conversation/earlier.html" if before else "admin/conversation/lines.html"
    return TemplateResponse(request, template, {"conversation": shown, "original": session})


def facts_view(console: Any, request: HttpRequest, session_id: int) -> HttpResponse:
    """What stands beside the transcript."""
    found = facts.of(request, the(console, request, session_id))
    return TemplateResponse(request, "admin/conversation/facts.html", {"conversation": {"facts": found}})


def the(console: Any, request: HttpRequest, session_id: int) -> Session:
    """The session, for those who may see it. Raises Http404, which does not tell whether it exists."""
    session: Session | None = console.get_queryset(request).select_related("bot").filter(pk=session_id).first()
    if session is None or not console.has_view_permission(request, session):
        raise Http404("There is no such conversation.")
    return session


def _lines(
    request: HttpRequest, session: Session, *, before: Cursor | None = None, since: Cursor | None = None
) -> dict[str, Any]:
    sees = {"messages": may_view(request, Message), "replies": may_view(request, Reply)}
    stretch = streams.read(session, MOST if since else AT_ONCE, before=before, since=since, **sees)
    links = Links.of(request)
    earlier = f"before={stretch.first}"
    return {
        "lines": [lines.of(row, session, links) for row in stretch.rows]
        + ([] if before else unread.of(request, session)),
        "first": stretch.first,
        "sees": any(sees.values()),
        "earlier": f"{showing.page_of(session)}?{earlier}" if stretch.more else "",
        "earlier_lines": f"{address(session, 'lines')}?{earlier}",
        "resend_url": reverse("admin:botplatform_reply_changelist") if links.resend else "",
        "page": showing.page_of(session),
    }


def _state(request: HttpRequest, session: Session) -> dict[str, Any]:
    """What the transcript ends with: who answers, and what is being done."""
    usual = session.mode == Session.Mode.NORMAL
    label = "" if usual else showing.label(session.mode, facts.said(session))
    by = showing.shorten(session.held_by, 80) if session.mode == Session.Mode.HELD else ""
    return {"mode": label, "by": by, "since": session.held_at if by else None, "working": facts.working(session)}
