"""What Telegram says of a bot and its webhook, in our words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from transports.clean import clean_text
from transports.webhooks import WebhookState

WORDS_LIMIT = 300


def notes_on(me: Mapping[str, Any]) -> tuple[str, ...]:
    """https://core.telegram.org/bots/api#getme"""
    if me.get("can_join_groups") is False:
        return ("It cannot be added to groups; @BotFather changes that with /setjoingroups.",)
    if me.get("can_read_all_group_messages") is True:
        return ("It can be added to groups, and reads every message there: privacy mode is off.",)
    if me.get("can_join_groups") is True:
        return ("It can be added to groups. Privacy mode is on: it reads there only what is meant for it.",)
    return ()


def state_of(info: Mapping[str, Any]) -> WebhookState:
    """https://core.telegram.org/bots/api#webhookinfo"""
    return WebhookState(
        url=_text(info, "url"),
        pending=_number(info, "pending_update_count"),
        last_error=_text(info, "last_error_message"),
        last_error_at=_moment(_number(info, "last_error_date")),
        ip=_text(info, "ip_address"),
        connections=_number(info, "max_connections"),
    )


def _text(info: Mapping[str, Any], name: str) -> str:
    value = info.get(name)
    return clean_text(value)[:WORDS_LIMIT] if isinstance(value, str) else ""


def _number(info: Mapping[str, Any], name: str) -> int | None:
    value = info.get(name)
    return value if type(value) is int else None


def _moment(seconds: int | None) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat() if seconds else ""
    except (ValueError, OverflowError, OSError):
        return ""
