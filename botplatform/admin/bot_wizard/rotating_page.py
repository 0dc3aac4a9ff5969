"""Another webhook secret, from the console."""

from __future__ import annotations

from typing import Any

from asgiref.sync import async_to_sync
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect

from botplatform.admin import showing
from botplatform.admin.auditing import audit
from botplatform.admin.bot_form import stored_credentials
from botplatform.admin.bot_wizard.access import CHANGE, bot_for
from botplatform.admin.bot_wizard.begin import secret_page
from botplatform.admin.bot_wizard.pages import PROVIDERS, page, provider
from botplatform.admin.operations import WhyForm
from botplatform.pipeline.onboarding import rotating, secrecy
from botplatform.pipeline.onboarding.rotating import Teller

TOLD = {
    Teller.WE: "has a new webhook secret; the provider is told within half a minute, and both count until then",
    Teller.PERSON: "has a new webhook secret; the old one counts for 24 hours, or until you say that the provider has the new one",
    Teller.NOBODY: "has a new webhook secret; its updates are polled, so nobody needs to be told",
}


def rotate_view(console: Any, request: HttpRequest, bot_id: int) -> HttpResponse:
    """Say what will happen, then do it. A secret that somebody types in at GitHub is shown, this once."""
    bot = bot_for(request, bot_id, CHANGE)
    if bot.transport not in PROVIDERS:
        raise Http404
    teller = rotating.teller_of(bot.transport, bot.delivery, is_app=bool(stored_credentials(bot).get("app_id")))
    why = WhyForm(request.POST if request.method == "POST" else None)
    if not why.is_valid():
        return page(
            console, request, "rotate", f"Rotate the webhook secret of {bot}?", bot=bot, teller=teller.value, why=why,
            provider=provider(bot), grace=secrecy.GRACE, back=showing.page_of(bot),
        )  # fmt: skip
    try:
        begun = async_to_sync(rotating.begin)(bot.pk, by=request.user.get_username())
    except LookupError as error:
        messages.error(request, f"{bot} was not changed: {error}.")
        return HttpResponseRedirect(showing.page_of(bot))
    audit(request, bot, "bot.rotate-secret", why=why.cleaned_data["why"], told=TOLD[begun.teller])
    if begun.teller is Teller.PERSON and bot.transport == "github":
        return secret_page(console, request, bot, begun.secret)
    messages.success(request, f"{bot} {TOLD[begun.teller]}.")
    return HttpResponseRedirect(showing.page_of(bot))
