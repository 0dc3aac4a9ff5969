"""How long to wait before a model is asked again."""

from __future__ import annotations

import random

from agents.providers.base import ModelError

BACKOFF_SECONDS = 1.0
BACKOFF_CAP_SECONDS = 20.0
RETRY_AFTER_CAP_SECONDS = 60.0
"""A provider that wants us to wait longer counts as failed."""


def delay_seconds(attempt: int, error: ModelError) -> float | None:
    """Seconds after failed attempt number `attempt`: full jitter, or what the provider asked for.

    None: longer than we wait.
    """
    jitter = random.uniform(0, min(BACKOFF_CAP_SECONDS, BACKOFF_SECONDS * 2 ** (attempt - 1)))  # noqa: S311
    wanted = error.retry_after or 0.0
    return None if wanted > RETRY_AFTER_CAP_SECONDS else max(jitter, wanted)
