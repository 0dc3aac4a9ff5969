"""roll_up(): sums what is new, then fills in hours that are missing, the newest first.

Where it left off is kept among the sums themselves, as marks: one on the minute of the last roll-up, one on every hour that is complete.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from botplatform.pipeline import db
from botplatform.pipeline.rollups.summing import HOUR, MINUTE, mark, sum_rows, sum_up

ROLLUP_LOCK = 0x726F6C6C7570
"""The advisory lock of whoever rolls up."""
LATE = timedelta(minutes=2)
"""A row may be committed so long after the moment it bears; minutes younger than that are summed again."""
AT_ONCE = timedelta(hours=1)
"""After a longer pause only this much is summed by minute; the hours before are filled in."""
FILLED = timedelta(days=30)
"""How far back hours are filled in where they are missing."""
FILL_SECONDS = 3.0
"""No further hour is begun after so long in one roll-up."""

_NOW = b"SELECT now(), date_trunc('minute', now(), 'UTC') AS minute, date_trunc('hour', now(), 'UTC') AS hour"
_LAST = b"SELECT max(at) AS at FROM botplatform_rollup WHERE grain = 'minute' AND kind = 'update' AND bot_id IS NULL"
_FORGET_LAST = b"DELETE FROM botplatform_rollup WHERE grain = 'minute' AND kind = 'update' AND bot_id IS NULL"
_MISSING = b"""
    SELECT hour FROM (
        SELECT date_trunc('hour', least(min(received_at), (SELECT min(finished_at) FROM botplatform_batch)), 'UTC') AS first
        FROM botplatform_update) rows,
        generate_series(%(newest)s::timestamptz, greatest(first, %(oldest)s), '-1 hour') hour
    WHERE first IS NOT NULL AND NOT EXISTS (SELECT FROM botplatform_rollup r
        WHERE r.grain = 'hour' AND r.kind = 'update' AND r.at = hour AND r.bot_id IS NULL AND r.name = '' AND r.detail = '')
    ORDER BY hour DESC LIMIT 1"""


@dataclass(frozen=True, slots=True)
class RolledUp:
    """What one roll-up did; nothing while another process is at it."""

    since: datetime | None = None
    """From which minute on it summed."""
    filled: int = 0
    """Hours that were missing."""


async def roll_up() -> RolledUp:
    """Sum the minutes since the last time, their hours and days; fill in missing hours for a few seconds. Safe to repeat."""
    began = time.monotonic()
    if (since := await _sum_recent()) is None:
        return RolledUp()
    filled = 0
    while await _fill_one():
        filled += 1
        if time.monotonic() - began > FILL_SECONDS:
            break
    return RolledUp(since, filled)


async def _won(connection: db.Connection) -> bool:
    await connection.execute(b"SET LOCAL jit = off")  # compiling takes longer than the statements do
    row = await (await connection.execute(b"SELECT pg_try_advisory_xact_lock(%s) AS won", (ROLLUP_LOCK,))).fetchone()
    return bool(row and row["won"])


async def _moment(connection: db.Connection) -> db.Row:
    return await (await connection.execute(_NOW)).fetchone() or {}


async def _sum_recent() -> datetime | None:
    """The first minute summed; None when another process rolls up."""
    async with db.transaction() as connection:
        if not await _won(connection):
            return None
        now = await _moment(connection)
        last = (await (await connection.execute(_LAST)).fetchone() or {})["at"]
        since = _since(last, now["minute"])
        await sum_rows(connection, "minute", since, now["minute"] + MINUTE)
        await connection.execute(_FORGET_LAST)
        await mark(connection, "minute", now["minute"])
        hour = since.replace(minute=0)
        while hour <= now["minute"]:
            await sum_up(connection, "minute", hour)
            if hour + HOUR + LATE <= now["now"]:
                await mark(connection, "hour", hour)
            hour += HOUR
        for day in {since.replace(hour=0, minute=0), now["minute"].replace(hour=0, minute=0)}:
            await sum_up(connection, "hour", day)
        return since


def _since(last: datetime | None, minute: datetime) -> datetime:
    """Always such that every minute of its hour is summed: go on from the last time, or begin with a whole hour."""
    if last is None or minute - last > AT_ONCE:
        return (minute - AT_ONCE).replace(minute=0)
    return last - LATE


async def _fill_one() -> bool:
    """Sum the newest missing hour from its rows; whether there was one."""
    async with db.transaction() as connection:
        if not await _won(connection):
            return False
        now = await _moment(connection)
        newest = (now["now"] - LATE).replace(minute=0, second=0, microsecond=0) - HOUR
        span = {"newest": newest, "oldest": now["hour"] - FILLED}
        row = await (await connection.execute(_MISSING, span)).fetchone()
        if row is None:
            return False
        await sum_rows(connection, "hour", row["hour"], row["hour"] + HOUR)
        await mark(connection, "hour", row["hour"])
        await sum_up(connection, "hour", row["hour"].replace(hour=0))
        return True
