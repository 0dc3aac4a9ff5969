"""Sums of rows, and of sums. Buckets are written anew as a whole, so that to sum them again does no harm."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings

from botplatform.models import Rollup
from botplatform.pipeline import db
from botplatform.pipeline.rollups.histogram import class_of
from botplatform.pipeline.rollups.sources import SOURCES

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

_COLUMNS = """grain, kind, at, bot_id, name, detail, count, errors, amount, share, milliseconds, tokens_in, tokens_out, cost_usd,
        last_at, histogram"""
# A histogram is an array from class 0 to the longest that occurs.
_FROM_ROWS = f"""
    INSERT INTO botplatform_rollup ({_COLUMNS})
    SELECT %(grain)s, %(kind)s, at, bot_id, name, detail, sum(count), sum(errors), sum(amount), sum(share), sum(ms), sum(tokens_in),
        sum(tokens_out), sum(cost_usd), max(last_at),
        coalesce((SELECT array_agg(coalesce(known.times, 0) ORDER BY number)
                  FROM generate_series(0, max(class)) number
                  LEFT JOIN unnest(array_agg(class), array_agg(times)) AS known(class, times) ON known.class = number), '{{}}')
    FROM (
        SELECT date_trunc(%(grain)s, moment, 'UTC') AS at, bot_id, left(name, 200) AS name, left(detail, 200) AS detail,
            {class_of("timed")} AS class, count(timed)::int AS times, count(*) AS count, count(*) FILTER (WHERE failed) AS errors,
            sum(amount) AS amount, sum(share) AS share, sum(round(coalesce(ms, 0))) AS ms, sum(tokens_in) AS tokens_in,
            sum(tokens_out) AS tokens_out, sum(cost_usd) AS cost_usd, max(moment) AS last_at
        FROM (%(source)s) rows GROUP BY 1, 2, 3, 4, 5) classed
    GROUP BY at, bot_id, name, detail"""
_FROM_SUMS = f"""
    INSERT INTO botplatform_rollup ({_COLUMNS})
    WITH parts AS (
        SELECT * FROM botplatform_rollup
        WHERE grain = %(parts)s AND kind = ANY(%(kinds)s) AND at >= %(since)s AND at < %(until)s AND bot_id IS NOT NULL
    ), classes AS (
        SELECT kind, bot_id, name, detail, number, sum(times)::int AS times FROM parts, unnest(histogram) WITH ORDINALITY h(times, number)
        GROUP BY 1, 2, 3, 4, 5
    ), histograms AS (
        SELECT kind, bot_id, name, detail, array_agg(times ORDER BY number) AS histogram FROM classes GROUP BY 1, 2, 3, 4
    ), sums AS (
        SELECT kind, bot_id, name, detail, sum(count) AS count, sum(errors) AS errors, sum(amount) AS amount, sum(share) AS share,
            sum(milliseconds) AS milliseconds, sum(tokens_in) AS tokens_in, sum(tokens_out) AS tokens_out, sum(cost_usd) AS cost_usd,
            max(last_at) AS last_at
        FROM parts GROUP BY 1, 2, 3, 4
    )
    SELECT %(grain)s, kind, %(since)s, bot_id, name, detail, count, errors, amount, share, milliseconds, tokens_in, tokens_out, cost_usd,
        last_at, coalesce(histogram, '{{}}')
    FROM sums LEFT JOIN histograms USING (kind, bot_id, name, detail)"""
_CLEAR = """
    DELETE FROM botplatform_rollup
    WHERE grain = %(grain)s AND kind = ANY(%(kinds)s) AND at >= %(since)s AND at < %(until)s"""
_MARK = """
    INSERT INTO botplatform_rollup (grain, kind, at, last_at) VALUES (%(grain)s, 'update', %(at)s, now())
    ON CONFLICT ON CONSTRAINT rollup_once DO UPDATE SET last_at = excluded.last_at"""


async def sum_rows(connection: db.Connection, grain: str, since: datetime, until: datetime) -> None:
    """Sum the rows of whole buckets, from `since` to before `until`, into buckets of that grain."""
    window = settings.BATCH_MAX_WINDOW.total_seconds()
    span = {"grain": grain, "since": since, "until": until, "window": window, "kinds": list(SOURCES)}
    await connection.execute(_CLEAR.encode(), span)
    for kind, source in SOURCES.items():
        await connection.execute(_FROM_ROWS.replace("%(source)s", source).encode(), {**span, "kind": kind})


async def sum_up(connection: db.Connection, parts: str, start: datetime) -> None:
    """Sum the minutes of the hour that begins at `start`, or the hours of the day."""
    grain, length = (Rollup.Grain.HOUR, HOUR) if parts == Rollup.Grain.MINUTE else (Rollup.Grain.DAY, DAY)
    span = {"grain": grain, "parts": parts, "since": start, "until": start + length, "kinds": list(SOURCES)}
    await connection.execute(_CLEAR.encode(), span)
    await connection.execute(_FROM_SUMS.encode(), span)


async def mark(connection: db.Connection, grain: str, at: datetime) -> None:
    """Note that a bucket was summed, whether or not anything happened in it: a row without a bot that counts nothing."""
    await connection.execute(_MARK.encode(), {"grain": grain, "at": at})
