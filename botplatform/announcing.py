"""announce(): nudges leave for the broker, as tasks by their names in the flow."""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache

import structlog
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from botplatform.celery import app
from botplatform.pipeline.nudging import AT_ONCE, Announcer, Nudge, Nudges

log = structlog.get_logger(__name__)

EXPIRES_SECONDS = 120
"""A nudge older than this is dropped: the sweep has seen to its work long since."""
LONGEST_COUNTDOWN = timedelta(minutes=10)
GROUP = 200
"""Sessions in one nudge at most."""


@lru_cache(maxsize=1)
def announcer() -> Announcer:
    """The process's announcer."""
    return Announcer(announce)


def announce(nudges: Nudges) -> None:
    """Send nudges. What is due at once goes out one by one, for any free worker; the rest together."""
    try:
        _send(nudges)
    except (OperationalError, RedisError, OSError) as error:
        log.warning("nudges.lost", count=len(nudges), error=type(error).__name__)


def _send(nudges: Nudges) -> None:
    for update_id, nudge in nudges.controls.items():
        _publish("control", update_id, [nudge])
    for session_id, nudge in nudges.sessions.items():
        if nudge.after <= AT_ONCE:
            _publish("answer", [session_id], [nudge])
    for group in _groups({key: nudge for key, nudge in nudges.sessions.items() if nudge.after > AT_ONCE}):
        _publish("answer", group, [nudges.sessions[session_id] for session_id in group])
    for session_id, nudge in nudges.deliveries.items():
        _publish("deliver", session_id, [nudge])
    for update_id, nudge in nudges.receipts.items():
        _publish("acknowledge", update_id, [nudge])
    for step_id, nudge in nudges.steps.items():
        _publish("work", step_id, [nudge])
    for trial_id, nudge in nudges.trials.items():
        _publish("try_out", trial_id, [nudge])


def _publish(task: str, argument: object, nudges: list[Nudge]) -> None:
    """Ids in the body, request ids in the header; the soonest of several nudges sets the time."""
    countdown = min(max(AT_ONCE, min(nudges).after), LONGEST_COUNTDOWN).total_seconds()
    requests = [nudge.request_id for nudge in nudges if nudge.request_id]
    app.send_task(
        task,
        (argument,),
        countdown=countdown or None,
        expires=EXPIRES_SECONDS + countdown,
        headers={"request_ids": requests},
    )


def _groups(later: dict[int, Nudge]) -> list[list[int]]:
    ordered = sorted(later, key=lambda session_id: later[session_id])
    return [ordered[start : start + GROUP] for start in range(0, len(ordered), GROUP)]
