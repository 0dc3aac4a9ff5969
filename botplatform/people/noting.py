"""What the audit log says about signing in: who came and went, and who was refused from where."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest

from botplatform.pipeline.auditing import Entry, record


def note(request: HttpRequest | None, user: AbstractUser, action: str, **more: Any) -> None:
    """An entry about somebody's account, by himself unless `who` says otherwise."""
    who, address = more.pop("who", user.get_username()), request.META.get("REMOTE_ADDR", "") if request else ""
    entry = Entry(
        who=who, action=action, object_type="auth.user", object_id=str(user.pk), object_name=user.get_username(),
        address=address, **more,
    )  # fmt: skip
    record(entry)


@receiver(user_logged_in)
def _came(request: HttpRequest, user: AbstractUser, **_: Any) -> None:
    note(request, user, "user.sign_in")


@receiver(user_logged_out)
def _went(request: HttpRequest, user: AbstractUser | None, **_: Any) -> None:
    if user is not None:
        note(request, user, "user.sign_out")


@receiver(user_login_failed)
def _was_refused(credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any) -> None:
    """Runs behind the receiver that counts; who is locked already is not written down, so that nobody can fill the log."""
    count = getattr(request, "axes_failures_since_start", None)
    if request is None or count is None:
        return
    name, address = str(credentials.get("username") or ""), request.META.get("REMOTE_ADDR", "")
    record(
        Entry(
            who=name,
            action="user.sign_in_failed",
            object_type="auth.user",
            object_name=name,
            took_effect=False,
            address=address,
        )
    )
    if count >= settings.AXES_FAILURE_LIMIT:
        told = f"refused for {settings.AXES_COOLOFF_TIME.total_seconds() / 60:.0f} minutes"
        record(
            Entry(who=name, action="user.locked", object_type="auth.user", object_name=name, told=told, address=address)
        )
