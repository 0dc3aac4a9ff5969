"""Changing one's own password: the console's page for it, with a line in the audit log."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from botplatform.admin.auditing import audit


def own_password(request: HttpRequest) -> HttpResponse:
    """In the place of the console's own view, which it calls."""
    answer = admin.site.password_change(request)
    if request.method == "POST" and isinstance(answer, HttpResponseRedirect) and isinstance(request.user, User):
        audit(request, request.user, "user.password", told="changed by himself")
    return answer
