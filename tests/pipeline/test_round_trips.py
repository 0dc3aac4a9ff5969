"""How often the way in talks to the database."""

from __future__ import annotations

import asyncio
import itertools
import json
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import AsyncRequestFactory
from pytest_django import Settings

from botplatform import reception, tasks, views
from botplatform.embedded.sockets import socket_dir
from botplatform.pipeline.nudging import Nudges
from tests.environment import DATA_DIR
from tests.pipeline.wire import Wire

Post = Callable[..., Awaitable[dict[str, Any]]]


class Announcer:
    """Takes nudges and leaves it at that."""

    def add(self, note: Callable[[Nudges], None]) -> None:
        note(Nudges())


@pytest.fixture
async def wire(servers: None, settings: Settings) -> AsyncIterator[Wire]:
    """Everything that asks for the database's address from now on goes through it."""
    with tempfile.TemporaryDirectory(prefix="bp-", dir="/tmp") as directory:
        wire = Wire(socket_dir(DATA_DIR, "postgres") / ".s.PGSQL.5432", Path(directory))
        await wire.open()
        settings.DATABASE_URL = wire.url
        yield wire
        await wire.close()


@pytest.fixture
async def post(wire: Wire, platform: None, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Post]:
    """Deliver to the webhook as web serves it, with caches warm and the statement prepared."""
    monkeypatch.setattr(tasks, "announcer", Announcer)
    reception.open_desk()
    ids = itertools.count(1)

    async def deliver(text: str = "hello", external_id: str = "", **more: Any) -> dict[str, Any]:
        body = {"id": external_id or f"u{next(ids)}", "chat": "c1", "user": "u", "text": text, **more}
        request = AsyncRequestFactory().post(
            "/webhooks/fake/default/", body, content_type="application/json", headers={"x-fake-secret": "s" * 16}
        )
        response = await views.webhook(request, "fake", "default")
        assert response.status_code == 200
        return dict(json.loads(response.content))

    await deliver()
    yield deliver
    await reception._committers.pop(asyncio.get_running_loop()).stop()


@pytest.mark.parametrize("text", ["opens a batch", "/status"])
async def test_a_queued_update_costs_at_most_two(wire: Wire, post: Post, text: str) -> None:
    before = wire.round_trips
    assert (await post(text, chat="another"))["outcome"] == "queued"
    assert 1 <= wire.round_trips - before <= 2


async def test_a_duplicate_costs_one(wire: Wire, post: Post) -> None:
    await post(external_id="x")
    before = wire.round_trips
    assert (await post(external_id="x"))["outcome"] == "duplicate"
    assert wire.round_trips - before == 1


async def test_updates_that_wait_together_share_theirs(wire: Wire, post: Post) -> None:
    before = wire.round_trips
    await asyncio.gather(*(post(chat=f"c{number}") for number in range(100)))
    assert wire.round_trips - before <= 4
