"""How Telegram's updates arrive when the world cannot reach us, and how the webhook is registered when it can."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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
    """Somebody polls, or soon will."""
    platform.wait_healthy()


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
def without_supervisor(platform: Platform) -> Iterator[None]:
    """What dies meanwhile is started again only afterwards."""
    platform.kill("up", signal.SIGSTOP)
    try:
        yield
    finally:
        platform.kill("up", signal.SIGCONT)


def test_a_standing_webhook_is_deleted_before_polling_and_what_waits_is_kept(
    platform: Platform, fakes: Fakes, chat: int, message: Update
) -> None:
    with without_supervisor(platform):
        platform.kill("web")
        platform.wait_until(lambda: "web" not in platform.processes())
        fakes.reset()
        fakes.telegram.queue.webhook = {"url": "https://elsewhere.example.org/hook"}
        fakes.telegram.push(message)
    fakes.telegram.wait_for_text(chat, "answer to: hello", 60)
    calls = [call for call in fakes.telegram.calls if call.name in ("deleteWebhook", "getUpdates")]
    assert [call.name for call in calls[:2]] == ["deleteWebhook", "getUpdates"]
    assert 409 not in {call.status for call in calls}


@contextmanager
def second_web(platform: Platform) -> Iterator[int]:
    """Another web process of the same installation; yields its process id."""
    command = [sys.executable, str(MANAGE), "web", "--port", str(free_port())]
    with (platform.directory / "second.log").open("ab") as log:
        web = subprocess.Popen(command, env=platform.env, cwd=platform.directory, stdout=log, stderr=log)
    try:
        yield web.pid
    finally:
        web.terminate()
        web.wait()


@pytest.mark.slow
def test_of_two_web_processes_one_polls_and_the_other_takes_over(
    platform: Platform, fakes: Fakes, chat: int, message: Update
) -> None:
    telegram = fakes.telegram
    with second_web(platform) as second, without_supervisor(platform):
        telegram.wait_for("setMyCommands", 60)
        telegram.push(message)
        telegram.wait_for_text(chat, "answer to: hello")
        [first] = [web for web in platform.processes()["web"] if web.pid != second]
        first.kill()
        telegram.push(text_update(platform.next_update_id(), chat, "and now?"))
        assert telegram.wait_for_text(chat, "answer to: and now?", 60) == ["answer to: hello", "answer to: and now?"]
    assert 409 not in {call.status for call in telegram.select("getUpdates")}


@pytest.fixture
def public(tmp_path: Path) -> Iterator[Platform]:
    """An installation that the world can reach, with outside services of its own."""
    with Fakes() as outside:
        platform = Platform(outside, tmp_path, TELEGRAM_MODE="auto", PUBLIC_URL=PUBLIC_URL)
        try:
            platform.start()
            yield platform
        finally:
            platform.close()


@pytest.mark.slow
def test_with_a_public_url_the_webhook_is_registered_with_its_secret(public: Platform) -> None:
    [call] = public.fakes.telegram.wait_for("setWebhook", 60)
    assert call.body["url"] == f"{PUBLIC_URL}/webhooks/telegram/default/"
    assert call.body["secret_token"] == public.env["TELEGRAM_WEBHOOK_SECRET"]
    assert call.body["allowed_updates"] == ["message", "edited_message", "callback_query", "my_chat_member"]
    assert call.body["drop_pending_updates"] is False
    assert public.fakes.telegram.select("getUpdates") == []
