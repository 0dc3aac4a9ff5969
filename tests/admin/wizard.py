"""What the tests of the bot wizard share: the providers, an environment, a look at everything that was written down."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.serializers import serialize
from django.test import Client
from django.urls import reverse

from botplatform import config, sealing
from botplatform.models import AuditEntry, Bot
from tests.admin.rows import TOKEN
from tests.fakes.github import FakeGitHub
from tests.fakes.telegram import FakeTelegram

PUBLIC_URL = "https://bots.example.org"
OLD, NEW = TOKEN, "123456:AAHnew_token-that-was-just-made-00"
GITHUB_TOKEN = "github_pat_11AAAAAAA0abcdefghij"


@pytest.fixture
def telegram() -> Iterator[FakeTelegram]:
    with FakeTelegram() as fake:
        yield fake


@pytest.fixture
def github() -> Iterator[FakeGitHub]:
    with FakeGitHub() as fake:
        yield fake


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, telegram: FakeTelegram, github: FakeGitHub) -> Callable[..., None]:
    """Settings as if the platform had been started with them; the providers are the fakes."""
    before = config.load()

    def choose(**values: Any) -> None:
        given = {"TELEGRAM_API_URL": telegram.url, "GITHUB_API_URL": github.url, "PUBLIC_URL": "", **values}
        monkeypatch.setattr(config, "load", lambda: before.model_copy(update=given))

    choose()
    return choose


def to(name: str, *args: Any) -> str:
    return reverse(f"admin:botplatform_bot_{name}", args=args)


def stored(bot: Bot) -> dict[str, Any]:
    return sealing.unseal(Bot.objects.get(pk=bot.pk).credentials)


def a_bot(transport: str = "telegram", *, api_url: str = "", **fields: Any) -> Bot:
    """One that is connected, with a token and a secret."""
    token = OLD if transport == "telegram" else GITHUB_TOKEN
    values = {"token": token, "secret": "the-first-webhook-secret", **fields.pop("more", {})}
    given = {"account_id": "123456", "username": "helpful_bot", "slug": "helper", **fields}
    return Bot.objects.create(transport=transport, api_url=api_url, credentials=sealing.seal(values), **given)


def written(client: Client) -> str:
    """Everything that was written down in clear: the audit log, bots, and the browser's session."""
    return serialize("jsonl", [*AuditEntry.objects.all(), *Bot.objects.all()]) + str(dict(client.session.items()))
