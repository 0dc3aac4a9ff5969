"""The web chat's page, and the link that signs somebody in."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_safe

from botplatform import signin
from botplatform.chatting import visitors
from botplatform.models import Bot
from botplatform.people import arriving, entrances, locking
from botplatform.pipeline import configs
from transports.live import TEXT_LIMIT

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Everything from this host, nothing inline."""
BY_LINK = "(sign-in link)"
"""Under which name links that do not work are counted."""
EXAMPLES = ("What can you do?", "What is 1200 / 16 + 7?", "What time is it in Tokyo?")


@never_cache
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The chat, for people who are signed in; for everybody with WEBCHAT_PUBLIC."""
    visitor = visitors.at_page(request)
    if visitor is None:
        return redirect_to_login(request.get_full_path())
    conversation = request.GET.get("conversation", "")
    try:
        key = visitor.talk(conversation)
    except ValueError:
        return HttpResponseRedirect(reverse("chat"))
    known = Bot.objects.filter(transport="webchat", slug="default").values_list("username", flat=True).first()
    facts = {
        "bot": known or "botplatform",
        "visitor": visitor,
        "key": key,
        "conversation": conversation,
        "examples": EXAMPLES,
        "limit": TEXT_LIMIT,
        "offline": not configs.connected(),
        "login": resolve_url(settings.LOGIN_URL),
    }
    return _plainly(render(request, "chat/page.html", facts))


@never_cache
@require_GET
def sign_in(request: HttpRequest, token: str) -> HttpResponse:
    """Use a one-time link. `next` may name a path of ours."""
    if not locking.may_try(request, BY_LINK):
        return _plainly(locking.refuse(request))
    user = signin.redeem(token)
    if user is None:
        locking.failed(request, BY_LINK)
        return _plainly(render(request, "chat/link_used.html", {"login": resolve_url(settings.LOGIN_URL)}, status=403))
    wanted = request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None, require_https=False) and wanted.startswith(
        "/"
    )
    return arriving.arrive(request, user, wanted=wanted if is_ours else reverse("chat"))


class SignIn(entrances.Entrance):
    """The form for people of the chat; the console has its own, for staff alone."""

    template_name = "chat/login.html"
    redirect_authenticated_user = True

    def render_to_response(self, context: dict[str, Any], **options: Any) -> HttpResponse:
        return _plainly(super().render_to_response(context, **options))


def _plainly(response: HttpResponse) -> HttpResponse:
    response["Content-Security-Policy"] = POLICY
    return response
