"""Plain SQL on asynchronous connections. The ORM would cost these paths ten times as much.

A process with a long-lived event loop opens a pool for it; anybody else (a command, an admin action) gets a connection for the one call.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from django.conf import settings
from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool

Row = dict[str, Any]
Params = Mapping[str, Any] | Sequence[Any]
Connection = AsyncConnection[DictRow]

# A server that vanished without a word is noticed within some ten seconds.
_KEEPALIVE = {"keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3, "tcp_user_timeout": 10_000}
_OPTIONS: dict[str, Any] = {
    "autocommit": True, "row_factory": dict_row, "prepare_threshold": 2, "connect_timeout": 5, **_KEEPALIVE
}  # fmt: skip
_pools: dict[asyncio.AbstractEventLoop, AsyncConnectionPool[Connection]] = {}


async def _set_up(connection: Connection) -> None:
    """Go by indexes, whatever the statistics say: a plan made while a table was empty is kept while it fills.

    And let no process that was suspended within a transaction keep its rows locked for longer than its lease.
    """
    milliseconds = round(settings.LEASE.total_seconds() * 1000)
    await connection.execute(
        f"SET enable_seqscan = off; SET idle_in_transaction_session_timeout = {milliseconds}".encode()
    )


async def connect(*, statement_seconds: int = 0) -> Connection:
    """A connection of one's own, in autocommit mode; its statements end after `statement_seconds` (0: no limit)."""
    connection: Connection = await AsyncConnection.connect(settings.DATABASE_URL, **_OPTIONS)
    await _set_up(connection)
    if statement_seconds:
        await connection.execute(f"SET statement_timeout = '{statement_seconds}s'".encode())
    return connection


async def open_pool(size: int) -> None:
    """Give the running loop a pool of at most `size` connections."""
    pool: AsyncConnectionPool[Connection] = AsyncConnectionPool(
        settings.DATABASE_URL,
        kwargs=_OPTIONS,
        configure=_set_up,
        min_size=1,
        max_size=size,
        timeout=10,
        max_idle=60,
        open=False,
    )
    await pool.open()
    _pools[asyncio.get_running_loop()] = pool


async def close_pool() -> None:
    """Close the running loop's pool, if it has one."""
    if pool := _pools.pop(asyncio.get_running_loop(), None):
        await pool.close()


def has_pool() -> bool:
    """Whether the running loop is a process's long-lived one."""
    return asyncio.get_running_loop() in _pools


@asynccontextmanager
async def connection() -> AsyncIterator[Connection]:
    """A connection for a moment. Never held while a provider, a model or a tool is called."""
    if pool := _pools.get(asyncio.get_running_loop()):
        async with pool.connection() as pooled:
            yield pooled
        return
    async with await connect() as single:
        yield single


@asynccontextmanager
async def transaction() -> AsyncIterator[Connection]:
    """A connection with an open transaction: committed at the end, rolled back on an exception."""
    async with connection() as one, one.transaction():
        yield one


async def rows(sql: str, params: Params = ()) -> list[Row]:
    """Run one statement in its own transaction and return its rows."""
    async with connection() as one:
        return await (await one.execute(sql.encode(), params)).fetchall()


async def row(sql: str, params: Params = ()) -> Row | None:
    """The first row, or None."""
    found = await rows(sql, params)
    return found[0] if found else None


async def change(sql: str, params: Params = ()) -> int:
    """Run one statement that returns nothing; how many rows it changed."""
    async with connection() as one:
        return (await one.execute(sql.encode(), params)).rowcount
