"""Refused duplicates, counted in memory and written down every few seconds: they change no row that could be counted.

A process that is killed loses the counts of the last seconds.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime

import psycopg
import structlog

from botplatform.pipeline import db

FLUSH_SECONDS = 5.0

log = structlog.get_logger(__name__)

_refused: Counter[tuple[int, datetime]] = Counter()
"""By bot and minute."""

_ADD = """
    INSERT INTO botplatform_rollup (grain, kind, at, bot_id, count, last_at)
    SELECT grain, 'duplicate', date_trunc(grain, minute, 'UTC'), bot_id, sum(times), now()
    FROM unnest(%(bots)s::bigint[], %(minutes)s::timestamptz[], %(times)s::int[]) AS refused(bot_id, minute, times)
        JOIN botplatform_bot b ON b.id = bot_id, unnest(ARRAY['minute', 'hour', 'day']) grain
    GROUP BY grain, date_trunc(grain, minute, 'UTC'), bot_id
    ON CONFLICT ON CONSTRAINT rollup_once DO UPDATE
        SET count = botplatform_rollup.count + excluded.count, last_at = excluded.last_at"""


def refused(bot_id: int) -> None:
    """Count one duplicate of now."""
    _refused[bot_id, datetime.now(UTC).replace(second=0, microsecond=0)] += 1


async def flush() -> None:
    """Add what was counted to the sums of its minute, hour and day. What the database does not take is kept for the next time."""
    counted = list(_refused.items())
    _refused.clear()
    if not counted:
        return
    values = {
        "bots": [bot_id for (bot_id, _), _ in counted],
        "minutes": [minute for (_, minute), _ in counted],
        "times": [times for _, times in counted],
    }
    try:
        await db.change(_ADD, values)
    except (psycopg.Error, TimeoutError, OSError) as error:
        _refused.update(dict(counted))
        log.warning("duplicates.not_counted", error=type(error).__name__)


async def keep_flushing() -> None:
    """Ends by being cancelled."""
    while True:
        await asyncio.sleep(FLUSH_SECONDS)
        await flush()
