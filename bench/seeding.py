"""Rows as thirty days of work leave them: a million updates and what became of each, in one statement a table: `seeding.sql`."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import psycopg

STATEMENTS = Path(__file__).with_name("seeding.sql")
WHOLE, QUICK = 1_000_000, 1000
"""Updates of a measurement, and of a check that it runs."""
UNFINISHED = 400
"""Batches at the end that are still under way, at most a tenth of all; half of them wait for an approval."""


@dataclass(frozen=True, slots=True)
class Seeded:
    """How many rows there are, and how long it took."""

    updates: int
    rows: dict[str, int]
    seconds: float


COUNTED = ("session", "batch", "update", "message", "route", "run", "step", "reply", "approval", "auditentry")


def seed(database_url: str, *, updates: int = WHOLE) -> Seeded:
    """Fill an installation's tables beside what they hold; every index stays, and the statistics are taken at the end."""
    began = time.monotonic()
    batches = updates * 4 // 5
    sizes = {"updates": updates, "batches": batches, "sessions": max(updates // 20, 100),
             "unfinished": min(UNFINISHED, updates // 20)}  # fmt: skip
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")  # keys are right by construction
        for statement in filter(str.strip, STATEMENTS.read_text().split(";\n")):
            connection.execute(statement.encode(), sizes)
        for name in COUNTED:
            sequence = f"pg_get_serial_sequence('botplatform_{name}', 'id')"
            connection.execute(
                f"SELECT setval({sequence}, max(id)) FROM botplatform_{name} HAVING max(id) > 0".encode()
            )
        connection.execute("VACUUM ANALYZE")
        rows = {name: _count(connection, f"botplatform_{name}") for name in COUNTED}
    return Seeded(updates, rows, time.monotonic() - began)


def _count(connection: psycopg.Connection, table: str) -> int:
    found = connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()
    return int(found[0]) if found else 0
