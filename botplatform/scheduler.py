"""Celery beat, reading its schedule from the database and saying that it lives."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import psycopg
import structlog
from django.conf import settings
from django.db import DatabaseError
from django_celery_beat.schedulers import DatabaseScheduler

from botplatform import schedules
from botplatform.pipeline import presence

log = structlog.get_logger(__name__)


class Scheduler(DatabaseScheduler):
    """django-celery-beat's scheduler with a heartbeat; a database that is away for a while does not end it."""

    _seen_at = float("-inf")
    _tick_seconds = 1.0

    def enabled_models(self) -> list[Any]:
        """The rows that may run; others, which somebody wrote past the console, are named in the log and left alone."""
        allowed = []
        for row in super().enabled_models():
            if reason := schedules.refusal(row.task, row.args, row.kwargs):
                log.warning("beat.row_refused", row_id=row.pk, name=row.name, reason=reason)
            else:
                allowed.append(row)
        return allowed

    def install_default_entries(self, data: Any) -> None:
        """None: Celery's own task cleans up results, which are not kept."""

    def tick(self, *args: Any, **options: Any) -> float:
        """One round of the schedule; seconds until the next."""
        try:
            self._say_alive()
            return min(self._tick_seconds * 5, float(super().tick(*args, **options)))
        except (DatabaseError, psycopg.Error, OSError) as error:
            log.warning("beat.database_away", error=type(error).__name__)
            return self._tick_seconds

    def _say_alive(self) -> None:
        if time.monotonic() - self._seen_at >= settings.HEARTBEAT.total_seconds():
            asyncio.run(presence.seen("beat"))
            self._seen_at = time.monotonic()
