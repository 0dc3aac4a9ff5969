"""Another webhook secret while deliveries go on: none is refused that the provider had signed in good faith."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.test import AsyncClient

from botplatform import config, polling, sealing
from botplatform.models import Bot, Update
from botplatform.pipeline import bots, db
from botplatform.pipeline.onboarding import delivering, rotating, secrecy, vault
from botplatform.pipeline.onboarding.rotating import Teller
from tests.fakes.github import FakeGitHub
from tests.fakes.github_apps import pem
from tests.fakes.github_events import delivery_headers, issue_comment_event
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_updates import text_update
from transports.base import Account

PUBLIC_URL = "https://bots.example.org"
OLD, TOKEN = "the-first-webhook-secret", "123456:AAEhBOweik9ai_bot-token_0123456789"
_ids = count(1)


@pytest.fixture
def telegram() -> Iterator[FakeTelegram]:
    with FakeTelegram() as fake:
        yield fake


@pytest.fixture
def github() -> Iterator[FakeGitHub]:
    with FakeGitHub() as fake:
        yield fake


@pytest.fixture
async def running(empty: None, servers: None, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """A process that can be reached, and looks at its bots afresh each time."""
    given = config.load().model_copy(update={"PUBLIC_URL": PUBLIC_URL, "TELEGRAM_MODE": "auto"})
    monkeypatch.setattr(config, "load", lambda: given)
    monkeypatch.setattr(bots, "CACHE_SECONDS", 0.0)
    monkeypatch.setattr(delivering, "KNOWN_AFTER_SECONDS", 0.0)
    await db.open_pool(4)
    yield
    await bots.close()
    await db.close_pool()


async def make(transport: str, api_url: str, **values: str) -> int:
    sealed = sealing.seal({"secret": OLD, **values})
    bot = await Bot.objects.acreate(transport=transport, slug="b", api_url=api_url, credentials=sealed, username="b")
    return bot.pk


@pytest.fixture
async def bot(running: None, telegram: FakeTelegram) -> int:
    """A Telegram bot with a webhook."""
    return await make("telegram", telegram.url, token=TOKEN)


async def deliver(secret: str, update_id: int | None = None) -> tuple[int, str]:
    """Deliver an update of Telegram's; status and outcome."""
    body = json.dumps(text_update(update_id or next(_ids), 77, "hello")).encode()
    headers = {"x-telegram-bot-api-secret-token": secret}
    answer = await AsyncClient().post("/webhooks/telegram/b/", body, content_type="application/json", headers=headers)
    return answer.status_code, answer.json().get("outcome", "")


async def current(bot_id: int) -> str:
    return str((await vault.read(bot_id))["secret"])


async def test_both_secrets_count_while_the_provider_is_told(bot: int, telegram: FakeTelegram) -> None:
    begun = await rotating.begin(bot, by="root")
    accepted = [await deliver(OLD), await deliver(begun.secret)]
    await delivering.register(bot)
    accepted += [await deliver(OLD), await deliver(begun.secret)]
    assert telegram.queue.webhook["secret_token"] == begun.secret
    assert accepted == [(200, "queued")] * 4
    assert await Update.objects.acount() == 4
    assert (await deliver("some-other-secret"))[0] == 401


async def test_an_update_that_comes_with_both_is_taken_once(bot: int) -> None:
    begun = await rotating.begin(bot, by="root")
    assert [await deliver(OLD, 5_000_000), await deliver(begun.secret, 5_000_000)] == [
        (200, "queued"),
        (200, "duplicate"),
    ]
    assert await Update.objects.acount() == 1


async def test_after_the_grace_the_old_secret_is_refused(bot: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrecy, "GRACE", timedelta(0))
    begun = await rotating.begin(bot, by="root")
    assert (await deliver(OLD))[0] == 200
    await delivering.register(bot)
    assert [(await deliver(secret))[0] for secret in (OLD, begun.secret)] == [401, 200]


async def test_the_old_secret_stays_until_the_provider_takes_the_new_one(bot: int, telegram: FakeTelegram) -> None:
    telegram.refuse(500, "setWebhook")
    begun = await rotating.begin(bot, by="root")
    connecting = asyncio.create_task(polling._connect(bot))
    await asyncio.to_thread(telegram.wait_for, "setWebhook")
    assert await delivering.is_open(bot)
    assert [await deliver(OLD), await deliver(begun.secret)] == [(200, "queued")] * 2
    with telegram.lock:
        telegram._rules.clear()
    async with asyncio.timeout(20):
        await connecting
    assert (telegram.queue.webhook["secret_token"], await delivering.is_open(bot)) == (begun.secret, False)


async def test_the_provider_is_told_only_when_every_process_accepts_the_secret(
    bot: int, telegram: FakeTelegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivering, "KNOWN_AFTER_SECONDS", 0.5)
    before = time.time()
    await rotating.begin(bot, by="root")
    await delivering.register(bot)
    [call] = telegram.select("setWebhook")
    assert call.at - before >= 0.5


async def test_of_two_rotations_no_secret_is_lost(bot: int, telegram: FakeTelegram) -> None:
    first = await rotating.begin(bot, by="root")
    second = await rotating.begin(bot, by="root")
    assert [(await deliver(secret))[0] for secret in (OLD, first.secret, second.secret)] == [200] * 3
    await delivering.register(bot)
    assert telegram.queue.webhook["secret_token"] == second.secret == await current(bot)


async def test_rotations_at_the_same_time_do_not_lose_each_other(bot: int) -> None:
    begun = await asyncio.gather(*(rotating.begin(bot, by="root") for _ in range(4)))
    assert {(await deliver(one.secret))[0] for one in begun} == {200}


async def test_a_polling_bot_tells_nobody(bot: int, telegram: FakeTelegram) -> None:
    await Bot.objects.filter(pk=bot).aupdate(delivery="polling")
    begun = await rotating.begin(bot, by="root")
    assert (begun.teller, await delivering.is_open(bot), telegram.calls) == (Teller.NOBODY, False, [])


async def test_where_nothing_is_registered_a_person_tells(bot: int, monkeypatch: pytest.MonkeyPatch) -> None:
    off = config.load().model_copy(update={"TELEGRAM_MODE": "off"})
    monkeypatch.setattr(config, "load", lambda: off)
    await Bot.objects.filter(pk=bot).aupdate(delivery="webhook")
    assert (await rotating.begin(bot, by="root")).teller is Teller.PERSON


async def test_ended_secrets_are_forgotten(bot: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrecy, "GRACE", timedelta(0))
    await rotating.begin(bot, by="root")
    await delivering.register(bot)
    assert secrecy.without_ended(await vault.read(bot), time.time() + 1) == {
        "secret": await current(bot),
        "token": TOKEN,
        "previous": [],
    }


# -- GitHub


async def comment(secret: str) -> int:
    body = json.dumps(issue_comment_event("octo/widgets", 1, "@b hello")).encode()
    headers = {name.lower(): value for name, value in delivery_headers("issue_comment", body, secret).items()}
    headers.pop("content-type")
    answer = await AsyncClient().post("/webhooks/github/b/", body, content_type="application/json", headers=headers)
    return answer.status_code


async def test_an_app_is_told_by_whoever_connects_it(running: None, github: FakeGitHub) -> None:
    bot = await make("github", github.url, app_id="4711", private_key=pem())
    github.hooks.app = {"url": f"{PUBLIC_URL}/webhooks/github/b/", "secret": OLD}
    begun = await rotating.begin(bot, by="root")
    assert [await comment(OLD), await comment(begun.secret)] == [200, 200]
    await polling._connect(bot)
    assert github.hooks.app["secret"] == begun.secret
    assert [await comment(OLD), await comment(begun.secret)] == [200, 200]
    assert not await delivering.is_open(bot)


async def test_an_apps_webhook_is_left_alone_otherwise(running: None, github: FakeGitHub) -> None:
    github.hooks.app = {"url": "https://elsewhere.example/", "secret": OLD}
    await polling._connect(await make("github", github.url, app_id="4711", private_key=pem()))
    assert github.count("PATCH /app/hook/config") == 0


async def test_a_secret_typed_in_at_github_counts_beside_the_old_one_for_a_day(
    running: None, github: FakeGitHub
) -> None:
    bot = await make("github", github.url, token="ghp_token-of-a-user")
    begun = await rotating.begin(bot, by="root")
    assert begun.teller is Teller.PERSON
    [old] = (await vault.read(bot))["previous"]
    assert old["until"] == pytest.approx(time.time() + 86_400, abs=60)
    assert [await comment(OLD), await comment(begun.secret)] == [200, 200]
    assert await rotating.person_has_told(bot)
    assert (await vault.read(bot))["previous"][0]["until"] == pytest.approx(time.time() + 900, abs=60)
    assert not await rotating.person_has_told(bot)


# -- what the values say


@pytest.mark.parametrize(
    ("until", "counts"),
    [(None, True), (60.0, True), (-1.0, False)],
    ids=["open", "later", "over"],
)
def test_an_old_secret_counts_in_its_time(until: float | None, counts: bool) -> None:
    at = None if until is None else time.time() + until
    account = Account(slug="b", secret="new", previous=[("old", at), ("", None)])
    assert account.secrets_now() == (["new", "old"] if counts else ["new"])


def test_no_secret_stands_in_a_representation() -> None:
    account = Account(slug="b", secret="new-secret", previous=[("old-secret", None)])
    assert "secret" not in repr(account).replace("previous_secret", "")


def test_the_first_secret_needs_no_grace() -> None:
    assert secrecy.with_secret({"token": "t"}, "new", now=1.0) == {"token": "t", "secret": "new"}


# -- choices of a bot


@pytest.mark.parametrize(
    ("mode", "public", "delivery", "way"),
    [
        ("auto", "", "auto", "polling"),
        ("auto", PUBLIC_URL, "auto", "webhook"),
        ("polling", PUBLIC_URL, "auto", "polling"),
        ("polling", PUBLIC_URL, "webhook", "webhook"),
        ("webhook", PUBLIC_URL, "polling", "polling"),
        ("off", PUBLIC_URL, "auto", "none"),
        ("off", PUBLIC_URL, "polling", "none"),
        ("off", PUBLIC_URL, "webhook", "none"),
    ],
)
def test_a_bots_own_choice_counts_unless_all_is_off(
    monkeypatch: pytest.MonkeyPatch, mode: Any, public: str, delivery: str, way: str
) -> None:
    given = config.load().model_copy(update={"TELEGRAM_MODE": mode, "PUBLIC_URL": public})
    monkeypatch.setattr(config, "load", lambda: given)
    assert delivering.way_of("telegram", delivery) == way


async def test_a_bot_that_wants_a_webhook_says_that_it_has_no_address(
    bot: int, telegram: FakeTelegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = config.load().model_copy(update={"PUBLIC_URL": ""})
    monkeypatch.setattr(config, "load", lambda: given)
    await Bot.objects.filter(pk=bot).aupdate(delivery="webhook")
    connecting = asyncio.create_task(polling._connect(bot))
    found = sync_to_async(lambda: Bot.objects.filter(pk=bot, problem__contains="PUBLIC_URL is not set").exists())
    async with asyncio.timeout(20):
        while not await found():
            await asyncio.sleep(0.05)
    connecting.cancel()
    await asyncio.gather(connecting, return_exceptions=True)
    assert telegram.count("setWebhook") == 0
