"""What is amiss with a bot's deliveries, in words, each with its mend; read from what the provider last said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from botplatform.pipeline.onboarding.delivering import NO_ADDRESS, Way

RECENT = timedelta(minutes=30)
"""An error that old at the time of asking may still go on."""
MANY = 20
"""Updates waiting at the provider."""


@dataclass(frozen=True, slots=True)
class Concern:
    """One thing that is not as it should be."""

    told: str
    mend: str
    """What to do, in words."""
    register: bool = False
    """Whether registering the webhook again mends it."""


def concerns(status: Mapping[str, Any] | None, provider: str) -> list[Concern]:
    """All of them, the gravest first; none while nothing has been asked."""
    if not status:
        return []
    if status.get("error"):
        return [Concern(f"{provider} could not be asked: {status['error']}", "Check again in a moment.")]
    if status.get("url") is None:  # nothing is told of webhooks
        return []
    return [*_elsewhere(status, provider), *_errors(status, provider), *_waiting(status, provider), *_failed(status)]


def _elsewhere(status: Mapping[str, Any], provider: str) -> list[Concern]:
    url, expected, way = status["url"], status.get("expected", ""), status.get("way")
    if way == Way.POLLING and url:
        told = f"{provider} delivers to {url}, so nothing can be polled here."
        return [Concern(told, "Register the bot again: the webhook is removed before polling.", register=True)]
    if way != Way.WEBHOOK or url == expected:
        return []
    if not expected:
        return [Concern(f"{NO_ADDRESS}.", "Set PUBLIC_URL and restart, or let the bot poll.")]
    told = f"{provider} delivers to {url}, not to {expected}." if url else f"{provider} delivers nowhere."
    return [Concern(told, "Register the webhook again.", register=True)]


def _errors(status: Mapping[str, Any], provider: str) -> list[Concern]:
    at, asked = _moment(status.get("last_error_at")), _moment(status.get("asked_at"))
    if not status.get("last_error") or at is None or asked is None or asked - at > RECENT:
        return []
    told = f"{provider} reported at {at:%H:%M} UTC: {status['last_error']}"
    return [Concern(told, "See that PUBLIC_URL reaches this installation over HTTPS; deliveries are repeated.")]


def _waiting(status: Mapping[str, Any], provider: str) -> list[Concern]:
    pending, before = status.get("pending") or 0, status.get("pending_before") or 0
    if pending < MANY or pending < before:
        return []
    return [Concern(f"{pending} updates wait at {provider}.", "See that web and the database keep up.")]


def _failed(status: Mapping[str, Any]) -> list[Concern]:
    """Events none of whose attempts arrived."""
    attempts: Sequence[Mapping[str, Any]] = status.get("attempts") or ()
    arrived = {one["id"] for one in attempts if 200 <= one["status"] < 300}
    lost = {one["id"]: one for one in attempts if one["id"] not in arrived}
    if not lost:
        return []
    answers = ", ".join(sorted({str(one["status"] or one["said"] or "no answer") for one in lost.values()}))
    told = f"{len(lost)} of the latest deliveries failed ({answers}), and GitHub does not repeat them by itself."
    return [Concern(told, "Send them again in the App's settings at GitHub, under Advanced, Recent deliveries.")]


def _moment(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if isinstance(text, str) and text else None
    except ValueError:
        return None
