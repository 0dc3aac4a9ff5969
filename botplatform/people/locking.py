"""Brakes on guessing: after five failures a name at an address is refused for a quarter of an hour, in every form alike."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

from axes.attempts import get_cool_off_threshold
from axes.handlers.database import AxesDatabaseHandler
from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt
from django.contrib.auth.signals import user_login_failed
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

ADDRESS_LIMIT = 50
"""Failures of one address, whatever the names, within the same quarter of an hour."""


class Handler(AxesDatabaseHandler):
    """The library's handler, which also stops an address that tries many names."""

    def is_locked(self, request: Any, credentials: dict[str, Any] | None = None) -> bool:
        return bool(super().is_locked(request, credentials)) or _failures_from(request) >= ADDRESS_LIMIT


def _failures_from(request: Any) -> int:
    recent = AccessAttempt.objects.filter(
        ip_address=request.axes_ip_address, attempt_time__gte=get_cool_off_threshold(request)
    )
    return recent.aggregate(total=Sum("failures_since_start"))["total"] or 0


def address(request: HttpRequest) -> str | None:
    """Where a request comes from, as the server below saw it; None on a socket without addresses."""
    given = request.META.get("REMOTE_ADDR", "")
    try:
        return str(ip_address(given))
    except ValueError:
        return None


def may_try(request: HttpRequest, name: str) -> bool:
    """Whether somebody at this address may try to sign in as `name`."""
    return bool(AxesProxyHandler.is_allowed(request, {"username": name}))


def failed(request: HttpRequest, name: str) -> None:
    """Count a failure outside the forms, such as a wrong code."""
    user_login_failed.send(sender=__name__, credentials={"username": name}, request=request)


def refuse(request: HttpRequest, response: object = None, credentials: object = None) -> HttpResponse:
    """What a locked person reads; the same whether the name exists or not."""
    return render(request, "people/locked.html", status=429)
