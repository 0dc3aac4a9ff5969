"""Webhook secrets as a bot's credentials hold them: a new one takes effect beside the old ones, which end later.

`secret` is the current one, `previous` those before it with the moment until which each counts (seconds since the epoch; null:
open), `unconfirmed_since` when the current one was stored, as long as nobody said that the provider has it.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

GRACE = timedelta(minutes=15)
"""For deliveries that were signed before the provider had the new secret."""
BY_HAND = timedelta(hours=24)
"""How long a person has for telling the provider."""
MOST = 8
"""Old secrets that are kept; more mean that somebody rotates without ever telling the provider."""

Values = Mapping[str, Any]


def fresh() -> str:
    """A secret of 43 characters that every provider takes: letters, digits, `_` and `-`."""
    return secrets.token_urlsafe(32)


def with_secret(values: Values, new: str, *, now: float, by_hand: bool = False) -> dict[str, Any]:
    """The credentials with another webhook secret; the one before goes on counting."""
    old = values.get("secret", "")
    if not old or old == new:
        return {**values, "secret": new}
    until = now + BY_HAND.total_seconds() if by_hand else None
    kept = [one for one in _counting(values, now) if one["secret"] not in (old, new)]
    previous = [*kept, {"secret": old, "until": until}][-MOST:]
    return {**values, "secret": new, "previous": previous, "unconfirmed_since": now}


def confirmed(values: Values, told: str, now: float) -> dict[str, Any] | None:
    """The credentials once the provider has the secret `told`; None when there is nothing to change."""
    if values.get("secret") != told or "unconfirmed_since" not in values:
        return None
    ends = now + GRACE.total_seconds()
    previous = [{**one, "until": min(ends, one["until"] or ends)} for one in _counting(values, now)]
    rest = {name: value for name, value in values.items() if name != "unconfirmed_since"}
    return {**rest, "previous": previous}


def without_ended(values: Values, now: float) -> dict[str, Any] | None:
    """The credentials without secrets whose time is over; None when there are none."""
    kept = _counting(values, now)
    if len(kept) == len(values.get("previous", ())):
        return None
    return {**values, "previous": kept}


def open_since(values: Values) -> float | None:
    """Since when the provider may not know the current secret; None when it does."""
    since = values.get("unconfirmed_since")
    return float(since) if since is not None else None


def ends_at(values: Values) -> float | None:
    """When the last of the old secrets ends; None when that is open, or there is none."""
    ends = [one["until"] for one in values.get("previous", ())]
    return max(ends) if ends and None not in ends else None


def _counting(values: Values, now: float) -> list[dict[str, Any]]:
    return [one for one in values.get("previous", ()) if one["until"] is None or now < one["until"]]
