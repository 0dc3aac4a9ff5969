"""Between a provider's delivery and its batch: nothing lost, nothing doubled, whoever dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import httpx
import psycopg
import pytest

from tests.fakes.model_replies import text
from tests.fakes.telegram_updates import Update, text_update
from tests.system.fakes import Fakes
from tests.system.flood import flood
from tests.system.installation import MANAGE
from tests.system.load import Load, fresh_chats
from tests.system.oracle import batches, runs, states
from tests.system.platform import Platform

SETTINGS = {"SWEEP_SECONDS": "2", "HEARTBEAT_SECONDS": "1", "STUCK_AFTER_SECONDS": "6"}
ARGUMENTS = ("--workers", "3")

_PINNED = "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%botplatform_update%'"
_WORKERS = """
    SELECT (detail->>'pid')::int AS pid FROM botplatform_process
    WHERE role = 'worker' AND seen_at > now() - interval '3 s' ORDER BY started_at"""


class Delivery(threading.Thread):
    """One delivery under way; `status` stays 0 when no answer comes."""

    def __init__(self, platform: Platform, update: Update) -> None:
        super().__init__(daemon=True)
        self.platform, self.update, self.status = platform, update, 0
        self.start()

    def run(self) -> None:
        try:
            self.status = self.platform.post_telegram(self.update).status_code
        except httpx.HTTPError:
            return


@pytest.fixture(autouse=True)
def _sound(platform: Platform, fakes: Fakes) -> None:
    """What an earlier test has killed is back."""
    platform.wait_until(lambda: platform.sql(_WORKERS), 60, what="a worker")
    platform.wait_healthy()


@contextmanager
def commits_pinned(platform: Platform) -> Iterator[psycopg.Connection]:
    """Nothing can be written to the table of updates; yields the connection that holds it."""
    with psycopg.connect(platform.database_url) as connection:
        connection.execute("LOCK TABLE botplatform_update IN EXCLUSIVE MODE")
        yield connection
        connection.rollback()


def stored(platform: Platform, update: Update) -> int:
    query = "SELECT count(*) AS n FROM botplatform_update WHERE external_id = %s"
    return int(platform.sql(query, str(update["update_id"]))[0]["n"])


# -- web dies


def test_web_killed_before_the_commit(platform: Platform, fakes: Fakes, chat: int) -> None:
    update = text_update(platform.next_update_id(), chat, "hello")
    with commits_pinned(platform) as connection:
        delivery = Delivery(platform, update)
        [pinned] = platform.wait_until(lambda: platform.sql(_PINNED))
        platform.kill("web")
        connection.execute("SELECT pg_terminate_backend(%s, 5000)", [pinned["pid"]])
    delivery.join()
    assert (delivery.status, stored(platform, update)) == (0, 0)
    platform.wait_healthy()
    assert platform.post_telegram(update).json()["outcome"] == "queued"
    fakes.telegram.wait_for_text(chat, "answer to: hello")


def test_web_killed_after_the_commit(platform: Platform, fakes: Fakes, chat: int) -> None:
    platform.say(chat + 400_000, "so that the statement has been prepared")
    update = text_update(platform.next_update_id(), chat, "hello")
    with commits_pinned(platform):
        delivery = Delivery(platform, update)
        platform.wait_until(lambda: platform.sql(_PINNED))
        platform.kill("web")
        delivery.join()
    assert delivery.status == 0
    platform.wait_until(lambda: stored(platform, update) == 1, what="the commit of a web process that is gone")
    platform.wait_healthy()
    assert platform.post_telegram(update).json()["outcome"] == "duplicate"
    assert fakes.telegram.wait_for_text(chat, "answer to: hello") == ["answer to: hello"]
    assert fakes.model.asked("hello") == [["hello"]]


def test_web_killed_between_commit_and_nudge(platform: Platform, fakes: Fakes, chat: int) -> None:
    platform.kill("redis")
    platform.say(chat, "hello")
    accepted = time.monotonic()
    platform.kill("web")
    fakes.telegram.wait_for_text(chat, "answer to: hello")
    assert time.monotonic() - accepted < 15


# -- ids


def test_the_same_id_fifty_times_at_once(platform: Platform, fakes: Fakes, chat: int) -> None:
    update = text_update(platform.next_update_id(), chat, "hello")
    said = flood(platform, [update] * 50, connections=50)
    assert said == {"200 queued": 1, "200 duplicate": 49}
    assert stored(platform, update) == 1
    fakes.telegram.wait_for_text(chat, "answer to: hello")
    platform.wait_until(lambda: states(batches(platform, chat)) == ["done"])
    assert fakes.model.asked("hello") == [["hello"]]


def test_ids_out_of_order_keep_the_order_of_arrival(platform: Platform, fakes: Fakes, chat: int) -> None:
    ids = [platform.next_update_id() for _ in range(4)]
    for number in (3, 1, 2, 0):
        assert platform.post_telegram(text_update(ids[number], chat, f"update {number}")).status_code == 200
    fakes.telegram.wait_for_text(chat, "update 0")
    assert fakes.model.asked("update") == [["update 3", "update 1", "update 2", "update 0"]]


# -- beats


@contextmanager
def two_beats(platform: Platform) -> Iterator[None]:
    beats = "SELECT 1 FROM botplatform_process WHERE role = 'beat' AND seen_at > now() - interval '3 s'"
    with (platform.directory / "beat.log").open("ab") as log:
        command = [sys.executable, str(MANAGE), "beat"]
        second = subprocess.Popen(command, env=platform.env, cwd=platform.directory, stdout=log, stderr=log)
        try:
            platform.wait_until(lambda: len(platform.sql(beats)) == 2, 60, what="two beats")
            yield
        finally:
            second.terminate()
            second.wait()


@contextmanager
def no_beat(platform: Platform) -> Iterator[None]:
    platform.kill("beat", signal.SIGSTOP)
    try:
        platform.wait_until(lambda: platform.http.get("/health/").json()["checks"]["beat"] == "missing")
        yield
    finally:
        platform.kill("beat", signal.SIGCONT)


@pytest.mark.slow
@pytest.mark.parametrize("beats", [two_beats, no_beat])
def test_stuck_work_is_found_once(
    platform: Platform, fakes: Fakes, chat: int, beats: Callable[[Platform], AbstractContextManager[None]]
) -> None:
    with beats(platform):
        hold = fakes.model.hold_text("hello")
        platform.say(chat, "hello")
        fakes.model.wait_for(text="hello")
        platform.kill("worker")
        hold.release()
        fakes.telegram.wait_for_text(chat, "answer to: hello", 60)
        platform.wait_until(lambda: states(batches(platform, chat)) == ["done"])
    assert states(runs(platform, chat)) == ["lost", "succeeded"]
    assert batches(platform, chat)[0]["attempts"] == 1
    assert fakes.telegram.texts(chat) == ["answer to: hello"]


# -- too much


@pytest.mark.slow
def test_ten_thousand_messages_in_one_chat_at_once(platform: Platform, fakes: Fakes, chat: int) -> None:
    fakes.model.script([text("That was much.")], when="flood", forever=True)
    hold = fakes.model.hold_text("flood")
    platform.say(chat, "flood begins")
    fakes.model.wait_for(text="flood begins")
    updates = [text_update(platform.next_update_id(), chat, f"flood {number}.") for number in range(10_000)]
    with Load(platform, fresh_chats(4)) as others:
        said = flood(platform, updates)
    hold.release()
    assert said == {"200 queued": 10_000}
    assert_undisturbed(others)
    [asked] = fakes.model.asked("flood 0.")
    assert len(asked) == 201
    assert {"flood 0.", "[9800 messages were left out here]", "flood 9999."} <= set(asked)


def assert_undisturbed(others: Load) -> None:
    assert others.statuses == {200}
    assert others.slowest_seconds < 5
    others.wait_answered()


# -- a rolling restart


@pytest.mark.slow
def test_ten_workers_restarted_one_after_the_other_under_load(platform: Platform, fakes: Fakes) -> None:
    fakes.model.streaming(0.5, 4)
    ended = len(platform.events("child.ended"))
    told: set[int] = set()
    with Load(platform, fresh_chats(8), pause=1) as load:
        for _ in range(10):
            oldest = platform.wait_until(lambda: _replaceable(platform, told), 90, what="two workers")
            os.kill(oldest, signal.SIGTERM)
            told.add(oldest)
        platform.wait_until(lambda: len(platform.events("child.ended")) == ended + 10)
    assert load.statuses == {200}
    load.wait_answered()
    assert -signal.SIGKILL not in {event["code"] for event in platform.events("child.ended")[ended:]}


def _replaceable(platform: Platform, told: set[int]) -> int:
    """The oldest worker, if another one is there to take over; else 0."""
    workers = [row["pid"] for row in platform.sql(_WORKERS) if row["pid"] not in told]
    return workers[0] if len(workers) > 1 else 0
