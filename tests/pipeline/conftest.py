"""The pipeline's stages, driven one by one on real servers; the platform behind them is the in-memory transport."""

from __future__ import annotations

import itertools
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from botplatform import sealing, setup
from botplatform.models import Bot
from botplatform.pipeline import bots, configs, db, governor, inbox, intake
from botplatform.pipeline.inbox import Receipt
from transports import registry
from transports.testing import FakeTransport

Say = Callable[..., Any]


@pytest.fixture
async def platform(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """A seeded installation with a bot on the in-memory transport."""
    monkeypatch.setitem(registry.TRANSPORTS, "fake", FakeTransport)
    await sync_to_async(setup.prepare)()
    await Bot.objects.acreate(transport="fake", slug="default", credentials=sealing.seal({"secret": "s" * 16}))
    configs.forget()
    await db.open_pool(8)
    yield
    for close in (bots.close, configs.close, governor.close, db.close_pool):
        await close()
    configs.forget()


@pytest.fixture
async def bot(platform: None) -> bots.BotRow:
    found = await bots.by_slug("fake", "default")
    assert found
    return found


@pytest.fixture
def say(bot: bots.BotRow) -> Say:
    """Commit one message; returns its receipt."""
    ids = itertools.count(1)

    async def _say(text: str, chat: str = "c1", external_id: str | None = None, **more: Any) -> Receipt:
        body = {"id": external_id or f"u{next(ids)}", "chat": chat, "user": "u", "text": text, **more}
        return await inbox.receive(intake.arrival(bot, {}, json.dumps(body).encode()))

    return _say
