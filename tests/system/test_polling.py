"""How Telegram's updates arrive when the world cannot reach us, and how the webhook is registered when it can."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import psycopg
import pytest

from tests.fakes.telegram_updates import Update, text_update
from tests.system.environment import free_port
from tests.system.fakes import Fakes
from tests.system.installation import MANAGE
from tests.system.platform import Platform

SETTINGS = {"TELEGRAM_MODE": "polling", "SWEEP_SECONDS": "2", "HEARTBEAT_SECONDS": "1"}
PUBLIC_URL = "https://bots.example.org"

_PINNED = "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%botplatform_update%'"


@pytest.fixture(autouse=True)
def _polled(platform: Platform, fakes: Fakes) -> None:
    platform.wait_healthy()
    fakes.telegram.wait_for("getUpdates", 60)


@pytest.fixture
def message(platform: Platform, chat: int) -> Update:
    return text_update(platform.next_update_id(), chat, "hello")


def stored(platform: Platform, update: Update) -> int:
    query = "SELECT count(*) AS n FROM botplatform_update WHERE external_id = %s"
    return int(platform.sql(query, str(update["update_id"]))[0]["n"])


@contextmanager
def commits_pinned(platform: Platform) -> Iterator[None]:
    """Nothing can be written to the table of updates."""
    with psycopg.connect(platform.database_url) as connection:
        connection.execute("LOCK TABLE botplatform_update IN EXCLUSIVE MODE")
        yield
        connection.rollback()


def test_a_polled_message_is_answered(fakes: Fakes, chat: int, message: Update) -> None:
    fakes.telegram.push(message)
    assert fakes.telegram.wait_for_text(chat, "answer to: hello") == ["answer to: hello"]


def test_an_update_is_confirmed_only_after_its_commit(platform: Platform, fakes: Fakes, message: Update) -> None:
    queue = fakes.telegram.queue
    with commits_pinned(platform):
        fakes.telegram.push(message)
        platform.wait_until(lambda: platform.sql(_PINNED), what="a commit that waits")
        assert queue.pending() == [message]
    platform.wait_until(lambda: queue.confirmed == message["update_id"])
    assert (queue.pending(), stored(platform, message)) == ([], 1)


def test_what_a_killed_poller_had_not_committed_is_fetched_again(
    platform: Platform, fakes: Fakes, chat: int, message: Update
) -> None:
    with commits_pinned(platform):
        fakes.telegram.push(message)
        platform.wait_until(lambda: platform.sql(_PINNED), what="a commit that waits")
        platform.kill("web")
    fakes.telegram.wait_for_text(chat, "answer to: hello", 60)
    platform.wait_until(lambda: fakes.telegram.queue.confirmed == message["update_id"])
    assert stored(platform, message) == 1
    assert fakes.telegram.texts(chat) == ["answer to: hello"]


def test_a_delivery_to_the_webhook_is_accepted_all_the_same(platform: Platform, fakes: Fakes, chat: int) -> None:
    platform.say(chat, "hello")
    fakes.telegram.wait_for_text(chat, "answer to: hello")


@contextmanager
def second_web(platform: Platform) -> Iterator[str]:
    """Another web process of the same installation; yields its URL."""
    port = str(free_port())
    with (platform.directory / "second.log").open("ab") as log:
        command = [sys.executable, str(MANAGE), "web", "--port", port]
        web = subprocess.Popen(command, env=platform.env, cwd=platform.directory, stdout=log, stderr=log)
        try:
            url = f"http://127.0.0.1:{port}"
            platform.wait_until(lambda: _answers(url), 60, what="a second web process")
            yield url
        finally:
            web.terminate()
            web.wait()


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health/live/", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


@pytest.mark.slow
def test_two_web_processes_poll_one_at_a_time_and_the_second_takes_over(
    platform: Platform, fakes: Fakes, chat: int, message: Update
) -> None:
    with second_web(platform):
        fakes.telegram.wait_for("getMe", 60)
        assert 409 not in {call.status for call in fakes.telegram.select("getUpdates")}
        platform.kill("web")
        fakes.telegram.push(message)
        fakes.telegram.wait_for_text(chat, "answer to: hello", 60)
    assert fakes.telegram.texts(chat) == ["answer to: hello"]


def restart(platform: Platform, **settings: str) -> None:
    platform.stop()
    platform.env.update(settings)
    platform.start()


@pytest.mark.slow
def test_a_standing_webhook_is_deleted_before_polling_and_what_waits_is_kept(
    platform: Platform, fakes: Fakes, chat: int, message: Update
) -> None:
    platform.stop()
    fakes.reset()
    fakes.telegram.queue.webhook = {"url": "https://elsewhere.example.org/hook"}
    fakes.telegram.push(message)
    platform.start()
    fakes.telegram.wait_for_text(chat, "answer to: hello", 60)
    order = [call.name for call in fakes.telegram.calls if call.name in ("deleteWebhook", "getUpdates")]
    assert order[0] == "deleteWebhook"
    assert 409 not in {call.status for call in fakes.telegram.select("getUpdates")}


@pytest.mark.slow
def test_with_a_public_url_the_webhook_is_registered_with_its_secret(platform: Platform, fakes: Fakes) -> None:
    try:
        restart(platform, TELEGRAM_MODE="auto", PUBLIC_URL=PUBLIC_URL)
        fakes.telegram.wait_for("setWebhook", 60)
        webhook = fakes.telegram.queue.webhook
        assert webhook["url"] == f"{PUBLIC_URL}/webhooks/telegram/default/"
        assert webhook["secret_token"] == platform.env["TELEGRAM_WEBHOOK_SECRET"]
        assert webhook["allowed_updates"] == ["message", "edited_message", "callback_query", "my_chat_member"]
        assert not webhook.get("drop_pending_updates")
    finally:
        restart(platform, TELEGRAM_MODE="polling", PUBLIC_URL="")
