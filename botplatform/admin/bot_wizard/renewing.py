"""Other credentials for a bot: after a token was revoked, or to rotate it."""

from __future__ import annotations

from typing import Any

from asgiref.sync import async_to_sync
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from botplatform.admin import showing
from botplatform.admin.auditing import audit
from botplatform.admin.bot_form import stored_credentials
from botplatform.admin.bot_wizard import drafts
from botplatform.admin.bot_wizard.access import CHANGE, bot_for
from botplatform.admin.bot_wizard.forms import KeyForm, TokenForm
from botplatform.admin.bot_wizard.pages import PROVIDERS, api_url, page, provider, why_refused
from botplatform.models import Bot
from botplatform.pipeline.onboarding import joining
from botplatform.pipeline.onboarding.joining import Credentials
from transports.base import Identity
from transports.errors import TransportError


def renew_view(console: Any, request: HttpRequest, bot_id: int) -> HttpResponse:
    """Paste; the same account is taken over at once, another one after a question."""
    bot = bot_for(request, bot_id, CHANGE)
    if bot.transport not in PROVIDERS:
        raise Http404
    draft = drafts.held(request, bot.pk)
    if request.method == "POST" and "confirm" in request.POST and draft:
        return _replace(request, bot, draft.credentials, draft.who)
    form, credentials = _asked(request, bot)
    if credentials is not None:
        try:
            who = async_to_sync(joining.meet)(credentials)
        except TransportError as error:
            form.add_error(None, why_refused(error, bot.transport))
        else:
            if bot.account_id in ("", who.account_id):
                return _replace(request, bot, credentials, who)
            drafts.keep(request, drafts.Draft(credentials, who, bot.pk))
            return page(
                console, request, "other_account", "Another account", bot=bot, who=who, provider=provider(bot),
                known=joining.known_as(bot.transport, who.account_id), back=showing.page_of(bot),
            )  # fmt: skip
    if isinstance(form, KeyForm):
        form.forget()
    return page(
        console, request, "renew", f"New credentials for {bot}", bot=bot, form=form, provider=provider(bot),
        is_app=isinstance(form, KeyForm), back=showing.page_of(bot),
    )  # fmt: skip


def _asked(request: HttpRequest, bot: Bot) -> tuple[TokenForm | KeyForm, Credentials | None]:
    """The form, and what it holds when that can be tried."""
    data = request.POST if request.method == "POST" and "confirm" not in request.POST else None
    stored, url = stored_credentials(bot), bot.api_url or api_url(bot.transport)
    form: TokenForm | KeyForm
    if stored.get("app_id"):
        form = KeyForm(data)
        made = (
            {"app_id": str(stored["app_id"]), "private_key": form.cleaned_data["private_key"]}
            if form.is_valid()
            else None
        )
    else:
        form = TokenForm(data, transport=bot.transport)
        made = {"token": form.cleaned_data["token"]} if form.is_valid() else None
    return form, Credentials(bot.transport, url, **made) if made else None


def _replace(request: HttpRequest, bot: Bot, credentials: Credentials, who: Identity) -> HttpResponse:
    done = async_to_sync(joining.replace)(bot.pk, credentials, who, by=request.user.get_username())
    drafts.drop(request)
    told = f"has new credentials, which belong to {who.username}" if done else "was changed by somebody else: try again"
    (messages.success if done else messages.error)(request, f"{bot} {told}.")
    audit(
        request, bot, "bot.replace-token", before={"account_id": bot.account_id}, after={"account_id": who.account_id},
        told=told, took_effect=done,
    )  # fmt: skip
    return HttpResponseRedirect(reverse("admin:botplatform_bot_setup", args=[bot.pk]))
