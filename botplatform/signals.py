"""Where code of an installation may join in. A receiver that fails, or takes too long, is logged and harms nothing.

Each signal is sent with keyword arguments only, by `tell`. Receivers may be ordinary functions (run in a thread) or
coroutines (run in the worker's loop); the platform waits for them for at most RECEIVER_SECONDS. See docs/agents.md.
"""

from __future__ import annotations

import asyncio
from typing import Any

import structlog
from django.dispatch import Signal

log = structlog.get_logger(__name__)

RECEIVER_SECONDS = 5.0

before_route = Signal()
"""An agent is about to be chosen. `batch_id`, `session_id`, `platform`, `text`."""
after_route = Signal()
"""An agent was chosen. `batch_id`, `session_id`, `method`, `target`, `classification` (a dict, or None)."""
before_reply = Signal()
"""A stored reply is about to be sent. `reply_id`, `session_id`, `kind`, `text`."""
after_run = Signal()
"""A run has ended with an answer. `run_id`, `batch_id`, `agent`, `text`."""
run_failed = Signal()
"""A run has failed. `run_id`, `batch_id`, `agent`, `error`, `final` (whether nobody will try again)."""

NAMES = {
    id(before_route): "before_route", id(after_route): "after_route", id(before_reply): "before_reply",
    id(after_run): "after_run", id(run_failed): "run_failed",
}  # fmt: skip


async def tell(signal: Signal, **values: Any) -> None:
    """Send a signal; whatever goes wrong in a receiver stays there."""
    if not signal.has_listeners(None):
        return
    name = NAMES[id(signal)]
    try:
        async with asyncio.timeout(RECEIVER_SECONDS):
            answers = await signal.asend_robust(sender=None, **values)
    except TimeoutError:
        log.warning("signal.too_slow", signal=name)
        return
    for receiver, answer in answers:
        if isinstance(answer, Exception):
            log.error("signal.failed", signal=name, receiver=_name(receiver), exc_info=answer)


def _name(receiver: object) -> str:
    return getattr(receiver, "__qualname__", type(receiver).__name__)
