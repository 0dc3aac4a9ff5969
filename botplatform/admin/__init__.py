"""The operator console: the Django admin under django-unfold, one file a subject."""

from __future__ import annotations

from botplatform.admin import agent, batch, beat, bot, price, process, reply, route, run, session, update, users

__all__ = ["agent", "batch", "beat", "bot", "price", "process", "reply", "route", "run", "session", "update", "users"]
