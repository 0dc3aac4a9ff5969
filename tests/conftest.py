"""Every test process has a PostgreSQL and a Redis of its own, started from the wheels and stopped at the end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.environment import DATA_DIR


@pytest.fixture(scope="session")
def servers() -> Iterator[None]:
    from botplatform.embedded import Servers

    with Servers(DATA_DIR):
        yield


@pytest.fixture(scope="session")
def django_db_setup(servers: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[None]:
    """The embedded database itself is the test database: plain SQL and the ORM see the same rows."""
    from django.core.management import call_command
    from django.db import connections

    with django_db_blocker.unblock():
        call_command("migrate", interactive=False, verbosity=0)
    yield
    with django_db_blocker.unblock():
        for connection in connections.all():
            connection.close()
            connection.close_pool()
