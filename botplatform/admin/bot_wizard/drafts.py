"""Credentials between two pages: sealed in the person's session, for some minutes, never in a page."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, field
from typing import Any

from django.http import HttpRequest

from botplatform import sealing
from botplatform.pipeline.onboarding.joining import Credentials
from transports.base import Identity

KEY = "bot_draft"
VALID_SECONDS = 900


@dataclass(frozen=True, slots=True)
class Draft:
    """Credentials that were found to be somebody's."""

    credentials: Credentials
    who: Identity
    bot_id: int | None = None
    """The bot that they are for; None: a new one."""
    note: dict[str, Any] = field(default_factory=dict)


def keep(request: HttpRequest, draft: Draft) -> None:
    """Hold it for the next page."""
    request.session[KEY] = {"sealed": sealing.seal(asdict(draft)), "until": time.time() + VALID_SECONDS}


def held(request: HttpRequest, bot_id: int | None = None) -> Draft | None:
    """What is held for this bot, or for a new one."""
    kept = request.session.get(KEY)
    if not kept or time.time() > kept["until"]:
        drop(request)
        return None
    try:
        values = sealing.unseal(kept["sealed"])
    except sealing.CannotUnseal:
        return None
    if values["bot_id"] != bot_id:
        return None
    return Draft(Credentials(**values["credentials"]), Identity(**values["who"]), bot_id, values["note"])


def drop(request: HttpRequest) -> None:
    """Forget it."""
    request.session.pop(KEY, None)
