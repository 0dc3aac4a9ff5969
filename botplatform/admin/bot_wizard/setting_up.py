"""The page that follows: is it connected, who is paired, does a test message arrive."""

from __future__ import annotations

from typing import Any

from asgiref.sync import async_to_sync
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from botplatform.admin import pairing, showing
from botplatform.admin.auditing import audit
from botplatform.admin.bot_form import stored_credentials
from botplatform.admin.bot_wizard import state
from botplatform.admin.bot_wizard.access import CHANGE, VIEW, bot_for
from botplatform.admin.bot_wizard.pages import api_url, page
from botplatform.models import Bot, PairingLink
from botplatform.pipeline.onboarding import greeting
from transports.errors import TransportError
from transports.github.manifest import web_url
from transports.github.mentions import SUFFIX

SHOWN = 5
"""People to whom a test message is offered."""


def setup_view(console: Any, request: HttpRequest, bot_id: int) -> HttpResponse:
    """The steps that are left."""
    bot = bot_for(request, bot_id, VIEW, CHANGE)
    is_app = bool(stored_credentials(bot).get("app_id"))
    return page(
        console, request, "setup", f"{bot}: set up", **_people(request, bot), **state.context_of(bot),
        install=f"{web_url(bot.api_url or api_url('github'))}/apps/{bot.username.removesuffix(SUFFIX)}/installations/new" if is_app else "",
        pair=reverse("admin:botplatform_bot_pair", args=[bot.pk]) if pairing.may_issue(request, bot) else "",
        fragment=reverse("admin:botplatform_bot_state", args=[bot.pk]),
        people_fragment=reverse("admin:botplatform_bot_people", args=[bot.pk]), back=showing.page_of(bot),
    )  # fmt: skip


def state_view(console: Any, request: HttpRequest, bot_id: int) -> HttpResponse:
    """The fragment that says how the bot is connected; asked for again and again."""
    bot = bot_for(request, bot_id, VIEW, CHANGE)
    return TemplateResponse(request, "admin/bots/state.html", state.context_of(bot))


def people_view(console: Any, request: HttpRequest, bot_id: int) -> HttpResponse:
    """The fragment with those who can be written to."""
    bot = bot_for(request, bot_id, VIEW, CHANGE)
    return TemplateResponse(request, "admin/bots/people.html", {"bot": bot, **_people(request, bot)})


def greet_view(console: Any, request: HttpRequest, bot_id: int) -> HttpResponse:
    """Send a test message to one of the bot's own people."""
    bot = bot_for(request, bot_id, CHANGE)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    person = request.POST.get("person", "")
    if person not in {one["id"] for one in _known(bot)}:
        raise PermissionDenied
    try:
        sent = async_to_sync(greeting.greet)(bot.pk, person)
    except (TransportError, LookupError) as error:
        told = f"was not sent: {error}"
        messages.error(request, f"The test message {told}.")
    else:
        told = f"was sent ({sent})"
        messages.success(request, f"The test message {told}. Look into the chat.")
    audit(request, bot, "bot.test-message", told=f"to {person}: {told}", took_effect="was sent" in told)
    return HttpResponseRedirect(reverse("admin:botplatform_bot_setup", args=[bot.pk]))


def _people(request: HttpRequest, bot: Bot) -> dict[str, Any]:
    return {
        "people": _known(bot),
        "may_greet": request.user.has_perm(CHANGE),
        "greet": reverse("admin:botplatform_bot_greet", args=[bot.pk]),
        "pairs": bot.transport in pairing.PAIRS,
    }


def _known(bot: Bot) -> list[dict[str, str]]:
    """Admins and approvers, with the names under which they came."""
    if bot.transport not in pairing.PAIRS:
        return []
    ids = list(dict.fromkeys([*bot.admin_ids, *bot.approver_ids]))[:SHOWN]
    names = dict(
        PairingLink.objects.filter(bot=bot, used_by_id__in=ids).order_by("pk").values_list("used_by_id", "used_by_name")
    )
    return [{"id": one, "name": showing.shorten(names.get(one, ""), 40)} for one in map(str, ids)]
