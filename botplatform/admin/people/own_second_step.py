"""The page on which somebody sets his own second step up, renews his backup codes, or ends it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.views.decorators.debug import sensitive_post_parameters

from botplatform.admin.auditing import audit
from botplatform.people import codes, locking


@sensitive_post_parameters("code")
def own_second_step(request: HttpRequest) -> HttpResponse:
    """Show where things stand; a POST needs a code of the app."""
    user = request.user
    if not isinstance(user, User):
        return HttpResponseRedirect(request.path)
    if request.method != "POST":
        return _page(request, user)
    if not locking.may_try(request, user.get_username()):
        return locking.refuse(request)
    wanted, code = request.POST.get("do", ""), request.POST.get("code", "")
    if codes.is_set_up(user):
        return _change(request, user, wanted, code)
    drawn = codes.confirm(user, code)
    if drawn is None:
        return _wrong(request, user)
    audit(request, user, "user.second_step", told="was set up")
    return _page(request, user, drawn=drawn)


def _change(request: HttpRequest, user: User, wanted: str, code: str) -> HttpResponse:
    if not codes.proves(user, code):
        return _wrong(request, user)
    if wanted == "renew":
        audit(request, user, "user.second_step", told="backup codes were renewed")
        return _page(request, user, drawn=codes.renew(user))
    codes.drop(user)
    audit(request, user, "user.second_step", told="was ended")
    messages.success(request, "You sign in with your password alone from now on.")
    return HttpResponseRedirect(request.path)


def _wrong(request: HttpRequest, user: User) -> HttpResponse:
    locking.failed(request, user.get_username())
    messages.error(request, "That code was not right, or came too soon after a wrong one.")
    return _page(request, user)


def _page(request: HttpRequest, user: User, *, drawn: list[str] | None = None) -> HttpResponse:
    context: dict[str, Any] = {
        **admin.site.each_context(request), "title": "Second step", "is_set_up": codes.is_set_up(user), "drawn": drawn,
    }  # fmt: skip
    if not context["is_set_up"]:
        device = codes.begin(user)
        context |= {"drawing": codes.drawing(device), "secret": codes.secret(device)}
    answer = TemplateResponse(request, "people/own_second_step.html", context)
    answer["Cache-Control"] = "no-store"
    return answer
