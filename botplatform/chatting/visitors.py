"""Who is in the web chat: a signed-in person or, where that is allowed, a guest known by a cookie alone."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from channels.auth import get_user
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest

from botplatform import config

GUEST = "chat_guest"
"""Where Django's session keeps a guest's random id."""
_NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who may chat."""

    id: str
    name: str

    def talk(self, name: str) -> str:
        """The key of a conversation of theirs, which nobody else can have. Raises ValueError for an unusable name."""
        if name and not _NAME.fullmatch(name):
            raise ValueError("a conversation's name is made of letters, digits, - and _")
        return f"{self.id}:{name}" if name else self.id


def _of(user: Any, guest: str | None) -> Visitor | None:
    if user.is_authenticated:
        return Visitor(str(user.pk), user.get_full_name() or user.get_username())
    return Visitor(f"guest-{guest}", "guest") if guest and config.load().WEBCHAT_PUBLIC else None


def at_page(request: HttpRequest) -> Visitor | None:
    """Who asks for the page; a guest without an id is given one."""
    if not request.user.is_authenticated and config.load().WEBCHAT_PUBLIC and GUEST not in request.session:
        request.session[GUEST] = secrets.token_hex(16)
    return _of(request.user, request.session.get(GUEST))


async def at_socket(scope: Mapping[str, Any]) -> Visitor | None:
    """Who is behind a WebSocket now: its session is read anew, since it may have ended meanwhile."""
    session = SessionStore(scope["cookies"].get(settings.SESSION_COOKIE_NAME))
    user = await get_user({"session": session})
    return _of(user, await session.aget(GUEST))
