"""The pages on which people sign in: chat, console, and the second step of both."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods
from unfold.forms import AuthenticationForm as ConsoleForm

from botplatform.people import arriving, codes, locking


class Entrance(LoginView):
    """A form for name and password."""

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        return arriving.arrive(self.request, form.get_user(), wanted=self.get_success_url())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), "offers_oidc": bool(settings.ENV.OIDC_ISSUER)}


class ConsoleEntrance(Entrance):
    """For the console: staff alone."""

    template_name = "people/console_login.html"
    authentication_form = ConsoleForm

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method == "GET" and admin.site.has_permission(request):
            return HttpResponseRedirect(reverse("admin:index"))
        return super().dispatch(request, *args, **kwargs)

    def get_default_redirect_url(self) -> str:
        return reverse("admin:index")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        shown = {"title": "Log in", "subtitle": None, "app_path": self.request.get_full_path()}
        return {**admin.site.each_context(self.request), **super().get_context_data(**kwargs), **shown}


@sensitive_post_parameters("code")
@csrf_protect
@never_cache
@require_http_methods(["GET", "POST"])
def second_step(request: HttpRequest) -> HttpResponse:
    """Ask who has given his password for a code of his app, or one of his backup codes."""
    owed = arriving.waiting(request.session)
    if owed is None:
        return HttpResponseRedirect(reverse("login"))
    user, wanted = owed
    if not locking.may_try(request, user.get_username()):
        return locking.refuse(request)
    if request.method == "POST":
        if codes.proves(user, request.POST.get("code", "")):
            arriving.let_in(request, user)
            return HttpResponseRedirect(wanted)
        locking.failed(request, user.get_username())
    return render(request, "people/second_step.html", {"wrong": request.method == "POST"})
