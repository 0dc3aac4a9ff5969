"""arrive(): the end of every way to sign in. Who has an authenticator app gives a code before there is a session."""

from __future__ import annotations

import time

from django.contrib.auth import login
from django.contrib.auth.models import User
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django_otp import devices_for_user

BACKEND = "django.contrib.auth.backends.ModelBackend"
"""Reads the person of a session, however he signed in: it lets go of those who were deactivated."""
WAITING = "people_arriving"
WAIT_SECONDS = 600


def arrive(request: HttpRequest, user: User, *, wanted: str) -> HttpResponse:
    """Sign `user` in, or ask for a code first; leads to `wanted`, an address that was checked."""
    if has_second_step(user):
        request.session[WAITING] = [user.pk, user.get_session_auth_hash(), wanted, time.time()]
        return HttpResponseRedirect(reverse("second-step"))
    login(request, user, backend=BACKEND)
    return HttpResponseRedirect(wanted)


def has_second_step(user: User) -> bool:
    """Whether a code is asked of this person."""
    return next(devices_for_user(user, confirmed=True), None) is not None


def waiting(session: SessionBase) -> tuple[User, str] | None:
    """Who has given a password a moment ago and owes a code, and where he wants to go."""
    pk, mark, wanted, since = session.get(WAITING) or (None, "", "", 0.0)
    if pk is None or time.time() - since > WAIT_SECONDS:
        return None
    user = User.objects.filter(pk=pk, is_active=True).first()
    if user is None or not constant_time_compare(mark, user.get_session_auth_hash()):
        return None
    return user, wanted


def let_in(request: HttpRequest, user: User) -> None:
    """The code was right."""
    request.session.pop(WAITING, None)
    login(request, user, backend=BACKEND)
