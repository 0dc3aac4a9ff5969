"""One platform for each module, fresh fakes for each test.

A module that needs other settings says so: `SETTINGS = {"STUCK_AFTER_SECONDS": "8"}`, `ARGUMENTS = ("--workers", "2")`.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.system.fakes import Fakes
from tests.system.platform import Platform

_HERE = Path(__file__).parent
_chats = count(1000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if _HERE in item.path.parents:
            item.add_marker(pytest.mark.system)


@pytest.fixture(scope="module")
def outside() -> Iterator[Fakes]:
    """Telegram, GitHub and the model, for as long as the platform runs."""
    with Fakes() as fakes:
        yield fakes


@pytest.fixture(scope="module")
def platform(
    request: pytest.FixtureRequest, outside: Fakes, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Platform]:
    settings = getattr(request.module, "SETTINGS", {})
    platform = Platform(outside, tmp_path_factory.mktemp("platform"), **settings)
    try:
        platform.start(*getattr(request.module, "ARGUMENTS", ()))
        yield platform
    finally:
        platform.close()


@pytest.fixture
def fakes(outside: Fakes) -> Iterator[Fakes]:
    """The same three with empty logs and no rules; what a test holds is released at its end."""
    outside.reset()
    yield outside
    outside.reset()


@pytest.fixture
def chat() -> int:
    """A private chat that no other test has used."""
    return next(_chats)


@pytest.fixture
def group() -> int:
    return -next(_chats) - 1_000_000_000_000
