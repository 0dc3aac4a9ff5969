"""Queries of a list go by indexes, and end after some seconds, whatever was asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction
from psycopg.errors import QueryCanceled

SECONDS = 5
# A page has few rows. What the planner thinks worth while for many (reading all, compiling, more processes) costs more than it brings.
_SET_UP = """
    SELECT set_config('statement_timeout', %s, true), set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true),
           set_config('max_parallel_workers_per_gather', '0', true)"""


class TooSlow(Exception):
    """PostgreSQL was told to stop. The person should ask for less."""


@contextmanager
def bounded(seconds: float = SECONDS) -> Iterator[None]:
    """Each statement inside ends after `seconds`; raises TooSlow."""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(_SET_UP, [str(round(seconds * 1000))])
            yield
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise TooSlow from error
        raise
