"""A GitHub App in three clicks: a form that GitHub fills its own page from, and the way back with a code."""

from __future__ import annotations

import json
import secrets
from typing import Any

from asgiref.sync import async_to_sync
from csp.decorators import csp_update
from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.crypto import constant_time_compare

from botplatform import config
from botplatform.admin.auditing import audit
from botplatform.admin.bot_wizard.access import check_add
from botplatform.admin.bot_wizard.forms import AppForm
from botplatform.admin.bot_wizard.pages import api_url, page
from botplatform.models import Bot
from botplatform.pipeline.onboarding import joining, secrecy
from botplatform.pipeline.onboarding.delivering import address_of
from botplatform.pipeline.onboarding.joining import Credentials, NewBot
from transports.base import Identity
from transports.errors import TransportError
from transports.github.manifest import NewApp, form_address, manifest, web_url

KEY, SALT = "bot_app", "botplatform.github-app"
VALID_SECONDS = 3600
"""As long as GitHub's code."""


def app_view(console: Any, request: HttpRequest) -> HttpResponse:
    """Name the App, then go to GitHub with its manifest."""
    check_add(request)
    public = config.load().PUBLIC_URL
    initial = {"slug": joining.free_slug("github", "app"), "name": "botplatform"}
    form = AppForm(request.POST if request.method == "POST" else None, initial=initial)
    context = {"form": form, "public": public, "back": reverse("admin:botplatform_bot_new")}
    if not public or not form.is_valid():
        return page(console, request, "app", "Set up a GitHub App", **context)
    given = form.cleaned_data
    nonce = secrets.token_urlsafe(16)
    request.session[KEY] = {"nonce": nonce, "slug": given["slug"]}
    back = request.build_absolute_uri(reverse("admin:botplatform_bot_new_app_done"))
    asked = manifest(given["name"], home=public, webhook=address_of("github", given["slug"]), back=back)
    state = signing.dumps(nonce, salt=SALT)
    address = f"{form_address(api_url('github'), given['organisation'])}?state={state}"
    answer = page(
        console, request, "app_send", f"Make {given['name']} at GitHub", **context, address=address,
        manifest=json.dumps(asked), asked=asked, host=web_url(api_url("github")),
    )  # fmt: skip
    allowed = csp_update({"form-action": [web_url(api_url("github"))]})
    return allowed(lambda request: answer)(request)  # type: ignore[return-value]


def done_view(console: Any, request: HttpRequest) -> HttpResponse:
    """GitHub sends the browser here with a code, once; the state says that this session asked for it."""
    check_add(request)
    asked = request.session.pop(KEY, None)
    try:
        nonce = signing.loads(request.GET.get("state", ""), salt=SALT, max_age=VALID_SECONDS)
    except signing.BadSignature:
        nonce = ""
    if not asked or not constant_time_compare(str(nonce), asked["nonce"]):
        messages.error(request, "This did not begin here, or it was used before. Nothing was made; begin again.")
        return HttpResponseRedirect(reverse("admin:botplatform_bot_new_app"))
    try:
        app = async_to_sync(joining.redeem)(request.GET.get("code", ""), api_url("github"))
    except TransportError as error:
        messages.error(request, f"GitHub did not hand the App over ({error}). Delete it there, and begin again.")
        return HttpResponseRedirect(reverse("admin:botplatform_bot_new_app"))
    bot = _join(app, asked["slug"])
    audit(
        request,
        bot,
        "bot.add",
        after={"transport": "github", "slug": bot.slug, "app_id": app.id},
        told="set up as an App",
    )
    return HttpResponseRedirect(reverse("admin:botplatform_bot_setup", args=[bot.pk]))


def _join(app: NewApp, slug: str) -> Bot:
    """The bot; a slug that was taken meanwhile gets a number, and then GitHub is told the address anew."""
    credentials = Credentials("github", api_url("github"), app_id=app.id, private_key=app.private_key)
    who = Identity("", app.slug)
    given = app.webhook_secret
    while True:
        free = joining.free_slug("github", slug)
        new = NewBot(credentials, free, who, given or secrecy.fresh(), told=bool(given) and free == slug)
        if (bot := joining.join(new)) is not None:
            return bot
