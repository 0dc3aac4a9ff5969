"""People with roles, and what a browser sends for an account."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse

from botplatform import roles
from botplatform.models import Bot, BotAccess


def person(*names: str, username: str = "", bots: tuple[Bot, ...] = (), staff: bool = True) -> User:
    """Somebody with these roles, limited to these bots if there are any."""
    roles.seed()
    user = User.objects.create(username=username or "-".join(names).lower() or "nobody", is_staff=staff)
    user.groups.set(Group.objects.filter(name__in=names))
    BotAccess.objects.bulk_create(BotAccess(user=user, bot=bot) for bot in bots)
    return user


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def account(user: User) -> str:
    return reverse("admin:auth_user_change", args=[user.pk])


def account_fields(user: User, **changes: Any) -> dict[str, Any]:
    inline = {"bot_access-TOTAL_FORMS": "0", "bot_access-INITIAL_FORMS": "0"}
    return {"username": user.username, "is_active": "on", **inline, **changes}
