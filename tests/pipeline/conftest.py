"""The pipeline's stages, driven one by one on real servers; the platform behind them is the in-memory transport.

Its bot chats directly: what is routed is tested where routing is.
"""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import psycopg
import pytest
from asgiref.sync import sync_to_async
from django.conf import settings as configured
from pytest_django import DjangoDbBlocker, Settings

from agents.base import Agent
from agents.registry import AGENTS
from botplatform import sealing, setup
from botplatform.models import Bot
from botplatform.pipeline import batching, bots, configs, db, governor, inbox, intake, leases, replying
from botplatform.pipeline.inbox import Receipt
from tests.agents.scripted import Said, ScriptedProvider
from tests.pipeline.builders import WatchedTransport
from transports import registry
from transports.base import Features
from transports.fake import FakeTransport

Say = Callable[..., Any]
SetFeatures = Callable[..., None]
SetAgent = Callable[[Agent], Any]
SetModel = Callable[..., ScriptedProvider]

KEPT = ("django_migrations", "django_content_type", "auth_permission")


@pytest.fixture(scope="session")
def emptying(django_db_setup: None) -> Iterator[Callable[[], None]]:
    """Empties every table in one round trip; a flush of the few rows of a test takes a hundred times as long."""
    with psycopg.connect(configured.DATABASE_URL, autocommit=True) as connection:
        found = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        tables = [name for (name,) in found if name not in KEPT]
        connection.execute("SET session_replication_role = replica")  # in any order, without the foreign keys' checks
        statements = ";".join(f'DELETE FROM "{name}"' for name in tables).encode()

        def empty_all() -> None:
            connection.execute(statements)

        yield empty_all


@pytest.fixture
def empty(emptying: Callable[[], None], django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """An empty database that commits for real."""
    emptying()
    with django_db_blocker.unblock():
        yield
    emptying()


@pytest.fixture
def features(monkeypatch: pytest.MonkeyPatch) -> SetFeatures:
    """What the in-memory platform can do; unpaced unless a test says otherwise."""

    def choose(**chosen: Any) -> None:
        monkeypatch.setattr(FakeTransport, "features", Features(**{"per_second": 0, **chosen}))

    choose()
    return choose


@pytest.fixture
async def platform(
    empty: None, features: SetFeatures, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[None]:
    """A seeded installation with a bot on the in-memory transport."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # the first admin's, a second faster
    monkeypatch.setitem(registry.TRANSPORTS, "fake", WatchedTransport)
    await sync_to_async(setup.prepare)()
    credentials = sealing.seal({"secret": "s" * 16})
    await Bot.objects.acreate(transport="fake", slug="default", credentials=credentials, routing=False)
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
    return await bots.by_id(found.id)  # the transport through which replies leave


@pytest.fixture
def fake(bot: bots.BotRow) -> WatchedTransport:
    """The platform behind the bot."""
    assert isinstance(bot.transport, WatchedTransport)
    return bot.transport


@pytest.fixture
def say(bot: bots.BotRow) -> Say:
    """Commit one message; returns its receipt."""
    ids = itertools.count(1)

    async def _say(text: str, chat: str = "c1", external_id: str | None = None, **more: Any) -> Receipt:
        body = {"id": external_id or f"u{next(ids)}", "chat": chat, "user": "u", "text": text, **more}
        return await inbox.receive(intake.arrival(await bots.by_id(bot.id), {}, json.dumps(body).encode()))

    return _say


@pytest.fixture
def agent(platform: None, monkeypatch: pytest.MonkeyPatch) -> SetAgent:
    """Let another behaviour answer."""

    def choose(behaviour: Agent) -> Agent:
        monkeypatch.setitem(AGENTS, "simple-agent", behaviour)
        return behaviour

    return choose


@pytest.fixture
def model(platform: None, monkeypatch: pytest.MonkeyPatch) -> SetModel:
    """Let a model with these replies stand behind the agent."""

    def choose(*replies: Said) -> ScriptedProvider:
        provider = ScriptedProvider(*replies)
        monkeypatch.setattr(configs, "provider", lambda name: (provider, name))
        return provider

    return choose


class Clock:
    """The clock of leases: real time plus what a test adds. `rushing` is added at every look."""

    def __init__(self) -> None:
        self.ahead = self.rushing = 0.0

    def __call__(self) -> float:
        self.ahead += self.rushing
        return time.monotonic() + self.ahead


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    for module in (leases, batching, replying):
        monkeypatch.setattr(module, "now", clock)
    return clock
