"""Who may set up bots, and which."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest

from botplatform.admin.scoping import bots_of, within
from botplatform.models import Bot

ADD, CHANGE, VIEW = "botplatform.add_bot", "botplatform.change_bot", "botplatform.view_bot"


def may_add(request: HttpRequest) -> bool:
    """Whether the person may set up new bots; who is limited to some bots may not."""
    return request.user.has_perm(ADD) and bots_of(request.user) is None


def check_add(request: HttpRequest) -> None:
    """Raise PermissionDenied for anybody else."""
    if not may_add(request):
        raise PermissionDenied


def bot_for(request: HttpRequest, bot_id: int, *permissions: str) -> Bot:
    """The bot, for one of these permissions. Raises PermissionDenied, or Http404 where the person may not know of it."""
    if not any(request.user.has_perm(permission) for permission in permissions):
        raise PermissionDenied
    bot = within(request.user, Bot.objects.filter(pk=bot_id)).first()
    if bot is None:
        raise Http404
    return bot
