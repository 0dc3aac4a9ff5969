"""How long a session lasts: two weeks at most, and for staff twelve hours without a click."""

from __future__ import annotations

import time
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY, logout
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils.deprecation import MiddlewareMixin

BEGAN, SEEN = "began_at", "seen_at"
NOTED_EVERY_SECONDS = 300
"""A click within this time of the last noted one is not written down."""


@receiver(user_logged_in)
def _begin(request: HttpRequest, **_: Any) -> None:
    request.session[BEGAN] = request.session[SEEN] = int(time.time())


class SessionLimits(MiddlewareMixin):
    """Ends sessions that have lasted too long, or have been left alone."""

    def process_request(self, request: HttpRequest) -> None:
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or SESSION_KEY not in request.session:
            return
        now, session = int(time.time()), request.session
        idle = now - session.get(SEEN, now)
        is_over = now - session.get(BEGAN, now) > settings.SESSION_COOKIE_AGE
        if is_over or (idle > settings.STAFF_IDLE.total_seconds() and getattr(request.user, "is_staff", False)):
            logout(request)
        elif SEEN not in session or (idle > NOTED_EVERY_SECONDS and not _by_itself(request)):
            session[SEEN] = now
            session.setdefault(BEGAN, now)


def _by_itself(request: HttpRequest) -> bool:
    """Whether the page asked, to stay up to date, and not a person."""
    return "HX-Request" in request.headers
