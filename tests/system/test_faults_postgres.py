"""PostgreSQL away means 503 and never a false 2xx; when it is back, everything goes on without help."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import psycopg
import pytest

from tests.fakes.telegram_updates import text_update
from tests.system.fakes import Fakes
from tests.system.load import Load, fresh_chats
from tests.system.platform import Platform

SETTINGS = {"SWEEP_SECONDS": "2", "HEARTBEAT_SECONDS": "2", "STUCK_AFTER_SECONDS": "10"}

_OTHERS = "SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"


@pytest.fixture
def load(platform: Platform, fakes: Fakes) -> Load:
    platform.wait_healthy()
    return Load(platform, fresh_chats(8))


@contextmanager
def no_connection_left(platform: Platform) -> Iterator[None]:
    """Every connection that PostgreSQL allows is ours."""
    with ExitStack() as stack:
        own: list[psycopg.Connection] = []
        while True:
            try:
                own.append(stack.enter_context(psycopg.connect(platform.database_url, autocommit=True)))
            except psycopg.OperationalError:
                mine = {one.info.backend_pid for one in own}
                others = {pid for (pid,) in own[0].execute(_OTHERS)} - mine
                if not others:
                    break
                own[0].execute("SELECT pg_terminate_backend(pid) FROM unnest(%s) AS pid", (list(others),))
        yield


def pids(platform: Platform) -> set[int]:
    found = platform.processes()
    return {process.pid for role in ("web", "worker", "beat") for process in found[role]}


def assert_nothing_accepted_was_lost(platform: Platform, load: Load) -> None:
    assert load.statuses == {200, 503}
    rows = platform.sql("SELECT text FROM botplatform_update WHERE text = ANY(%s)", load.accepted)
    assert sorted(row["text"] for row in rows) == sorted(load.accepted)
    load.wait_answered()


@pytest.mark.slow
def test_postgres_restarted_at_once_under_load(platform: Platform, load: Load) -> None:
    before = pids(platform)
    with load:
        load.wait_accepted(20)
        platform.kill("postgres", signal.SIGQUIT)
        platform.wait_until(lambda: load.attempts[-1].status != 200)
        load.wait_accepted(20)
    assert_nothing_accepted_was_lost(platform, load)
    assert pids(platform) == before


@pytest.mark.slow
def test_connections_exhausted_under_load(platform: Platform, load: Load) -> None:
    before = pids(platform)
    with load:
        load.wait_accepted(20)
        with no_connection_left(platform):
            platform.wait_until(lambda: {one.status for one in load.attempts[-8:]} == {503})
        load.wait_accepted(20)
    assert_nothing_accepted_was_lost(platform, load)
    assert pids(platform) == before


def test_what_was_refused_is_new_when_it_comes_again(platform: Platform, fakes: Fakes, chat: int) -> None:
    update = text_update(platform.next_update_id(), chat, "remember the harbour")
    with no_connection_left(platform):
        refused = platform.post_telegram(update)
    assert (refused.status_code, refused.json()["ok"]) == (503, False)
    outcome = platform.wait_until(lambda: platform.post_telegram(update).json().get("outcome"))
    assert outcome == "queued"
    fakes.telegram.wait_for_text(chat, "answer to: remember the harbour")


def test_health_says_down_without_a_connection(platform: Platform) -> None:
    with no_connection_left(platform):
        answer = platform.http.get("/health/")
        alive = platform.http.get("/health/live/")
    assert (answer.status_code, answer.json()["status"]) == (503, "down")
    assert answer.json()["checks"]["database"] == "unreachable"
    assert alive.status_code == 200
