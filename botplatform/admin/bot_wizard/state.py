"""How a bot is connected, as its pages show it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone

from botplatform import config
from botplatform.admin.bot_form import stored_credentials
from botplatform.admin.bot_wizard.pages import provider
from botplatform.admin.showing import shorten
from botplatform.models import Bot, Reply
from botplatform.pipeline.onboarding import rotating, secrecy
from botplatform.pipeline.onboarding.checking import SAYINGS
from botplatform.pipeline.onboarding.concerns import Concern, concerns
from botplatform.pipeline.onboarding.delivering import Way, way_of
from botplatform.pipeline.onboarding.resending import SINCE_DAYS

COLOURS = {
    "connected": "success",
    "connecting": "info",
    "problem": "danger",
    "disabled": "warning",
    "paused": "warning",
}
WORDS = {Way.WEBHOOK: "by webhook", Way.POLLING: "by polling", Way.NONE: "not through this installation"}
LIVE = frozenset({"telegram", "github"})
"""Transports with a provider behind them."""


@dataclass(frozen=True, slots=True)
class Rotation:
    """Old webhook secrets that still count."""

    teller: str
    told: bool
    """Whether the provider has the current secret."""
    ends: datetime | None


def connection(bot: Bot) -> str:
    """One word."""
    if not bot.enabled:
        return "disabled"
    if bot.problem or (bot.provider_status or {}).get("error"):
        return "problem"
    if not bot.provider_status:
        return "connecting"
    return "paused" if bot.paused else "connected"


def is_revoked(bot: Bot) -> bool:
    """Whether the provider no longer takes the credentials."""
    return bot.problem in SAYINGS


def rotation(bot: Bot) -> Rotation | None:
    """The rotation under way; None when the current secret alone counts."""
    values = stored_credentials(bot)
    ends = secrecy.ends_at(values)
    told = secrecy.open_since(values) is None
    if not values.get("previous") or (told and ends is not None and ends <= timezone.now().timestamp()):
        return None
    teller = rotating.teller_of(bot.transport, bot.delivery, is_app=bool(values.get("app_id")))
    return Rotation(teller.value, told, datetime.fromtimestamp(ends, UTC) if ends else None)


def failed_unsent(bot: Bot) -> int:
    """How many replies failed because the credentials were not taken."""
    rows = Reply.objects.filter(session__bot=bot, state="failed", error__in=SAYINGS).exclude(kind="placeholder")
    return rows.filter(replaced_at=None, created_at__gt=timezone.now() - timedelta(days=SINCE_DAYS)).count()


def context_of(bot: Bot) -> dict[str, Any]:
    """What the fragment shows. One look at the row, and one count."""
    status, word = bot.provider_status or {}, connection(bot)
    way = way_of(bot.transport, bot.delivery)
    return {
        "bot": bot,
        "word": word,
        "colour": COLOURS[word],
        "way": WORDS[way],
        "off": way is Way.NONE and bot.transport == "telegram",
        "provider": provider(bot),
        "status": status,
        "as_of": _moment(status.get("asked_at")),
        "last_error_at": _moment(status.get("last_error_at")),
        "attempts": [{**one, "event": shorten(one["event"], 60)} for one in status.get("attempts", ())][:10],
        "concerns": _concerns(bot, status),
        "rotation": rotation(bot),
        "revoked": is_revoked(bot),
        "unsent": failed_unsent(bot) if not bot.problem else 0,
        "public": config.load().PUBLIC_URL,
    }


def _concerns(bot: Bot, status: dict[str, Any]) -> list[Concern]:
    """Those beside the problem that is shown first."""
    if status.get("error") and status["error"] == bot.problem:
        return []
    return concerns(status, provider(bot))


def _moment(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if isinstance(text, str) and text else None
    except ValueError:
        return None
