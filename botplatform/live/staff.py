"""Who is behind a console page's WebSocket now, and what they may follow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from asgiref.sync import sync_to_async
from channels.auth import get_user
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore

from botplatform.admin.scoping import User
from botplatform.live import topics
from botplatform.live.topics import Topic


async def at_socket(scope: Mapping[str, Any]) -> User | None:
    """An active member of staff, or None; the session and the account are read anew, for either may have ended."""
    session = SessionStore(scope["cookies"].get(settings.SESSION_COOKIE_NAME))
    user: User = await get_user({"session": session})
    return user if user.is_active and getattr(user, "is_staff", False) else None


async def allowed(user: User, chosen: Iterable[Topic]) -> list[Topic]:
    """Those of the topics that the person may follow."""
    return await sync_to_async(lambda: [topic for topic in chosen if topics.may_follow(user, topic)])()
