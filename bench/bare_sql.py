"""Floors of the database: committed statements one after the other on one connection, without HTTP and Django's views.

`python -m bench.bare_sql --count N --bot ID`, in the environment of a running installation. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import time

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "botplatform.settings")

import django

django.setup()

from bench.requests import UPDATES_FROM, bodies  # noqa: E402 - Django's settings first
from botplatform.pipeline import db, inbox  # noqa: E402
from botplatform.pipeline.inbox import Arrival  # noqa: E402
from transports.telegram.addressing import Me  # noqa: E402
from transports.telegram.parsing import parse_update  # noqa: E402

CHATS = 1000
UPDATES = UPDATES_FROM + 900_000_000


def _arrivals(bot: int, contents: list[bytes]) -> list[Arrival]:
    me = Me(id="1", username="nobody")
    return [Arrival(bot, "bench", parse_update(content, me), content, "bench") for content in contents]


async def measure(bot: int, count: int, first: int) -> dict[str, float]:
    """Committed statements a second: a row of one table, and the statement with which an update is received."""
    contents = bodies(count=count, chats=CHATS, first_update=first)
    connection = await db.connect()
    try:
        await connection.execute(b"CREATE TABLE IF NOT EXISTS bench_floor (id bigserial PRIMARY KEY, raw bytea)")
        began = time.perf_counter()
        for content in contents:
            await connection.execute(b"INSERT INTO bench_floor (raw) VALUES (%s)", (content,), prepare=True)
        one_row = count / (time.perf_counter() - began)
        arrivals = _arrivals(bot, contents)
        began = time.perf_counter()
        for arrival in arrivals:
            await inbox.write(connection, [arrival])
        return {"one_row": one_row, "receive": count / (time.perf_counter() - began)}
    finally:
        await connection.close()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--bot", type=int, required=True)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--first-update", type=int, default=UPDATES)
    given = parser.parse_args()
    print(json.dumps(asyncio.run(measure(given.bot, given.count, given.first_update))))


if __name__ == "__main__":
    main()
