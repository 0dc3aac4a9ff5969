"""Pages that a story leads to, because what mends it, or tries it, is asked there."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse

from botplatform.admin import showing
from botplatform.admin.panels import may_view
from botplatform.admin.playground import links as playground
from botplatform.admin.story.cause import Told
from botplatform.models import Bot, Session, Update

HOLD = "botplatform.hold_session"


def leads(request: HttpRequest, row: Update, told: Told) -> list[tuple[str, str]]:
    """Titles and addresses, for whoever may."""
    found: list[tuple[str, str]] = []
    session = row.session
    if session and session.mode == Session.Mode.HELD and request.user.has_perm(HOLD):
        release = reverse("admin:botplatform_session_release", args=[session.pk])
        found.append(("Release the conversation …", release))
    if row.bot.problem and may_view(request, Bot):
        found.append(("See what is wrong with the bot", showing.page_of(row.bot)))
    if trial := playground.for_update(request, told["runs"][-1]["agent"] if told["runs"] else "", row.pk):
        found.append(("Try it in the playground", trial))
    return found
