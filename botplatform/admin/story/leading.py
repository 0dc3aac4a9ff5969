"""Pages that a story leads to, because what mends it, or tries it, is asked there."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse

from botplatform.admin import showing
from botplatform.admin.panels import may_view
from botplatform.admin.playground import links as playground
from botplatform.admin.story.cause import Told, own_runs
from botplatform.models import Bot, Session, Update

HOLD = "botplatform.hold_session"


def leads(request: HttpRequest, row: Update, told: Told) -> list[tuple[str, str]]:
    """Titles and addresses, for whoever may."""
    found: list[tuple[str, str]] = []
    session = row.session
    if session and session.mode == Session.Mode.HELD and request.user.has_perm(HOLD):
        release = reverse("admin:botplatform_session_release", args=[session.pk])
        found.append(("Release the conversation …", release))
    if may_view(request, Bot):
        found += [(title, showing.page_of(row.bot)) for title in _of_bot(row)]
    runs = own_runs(told)
    if trial := playground.for_update(request, runs[-1]["agent"] if runs else "", row.pk):
        found.append(("Try it in the playground", trial))
    return found


def _of_bot(row: Update) -> list[str]:
    """What its page has to be opened for."""
    bot, who = row.bot, row.author_id
    refused = row.state == Update.State.IGNORED and bot.allowed_ids and who not in bot.allowed_ids
    titles = ["See what is wrong with the bot"] if bot.problem else []
    return [*titles, f"Let {showing.shorten(who, 40)} talk to the bot …"] if refused and who else titles
