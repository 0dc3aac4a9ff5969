from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator

import pytest
from pytest_django import Settings

from botplatform.pipeline import governor
from botplatform.pipeline.governor import Pace
from transports.base import Conversation, ConversationKind, Features

_keys = itertools.count(1)


@pytest.fixture(autouse=True)
async def fresh(servers: None, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """Redis is there, and the process's own limiter has seen nobody."""
    monkeypatch.setitem(governor._away, "until", 0.0)
    monkeypatch.setattr(governor, "_local", governor._Local())
    yield
    await governor.close()


def chat(spacing_ms: int = 1000, per_minute: int = 0) -> Pace:
    """A conversation nobody has written to."""
    return Pace(f"pace:test:{time.time_ns()}:{next(_keys)}", spacing_ms, per_minute)


def group() -> Pace:
    """Twenty a minute, with the spacing out of the way."""
    return chat(spacing_ms=1, per_minute=20)


async def take(pace: Pace, many: int) -> None:
    """Use this many slots up."""
    for _ in range(many):
        while wait := await governor.reserve(pace):
            assert wait < 0.1
            await asyncio.sleep(wait)


# -- one a second


async def test_first_goes_and_the_second_waits_a_second() -> None:
    pace = chat()
    assert await governor.reserve(pace) == 0
    assert 0.5 < await governor.reserve(pace) <= 1


async def test_slot_is_free_again_after_its_time() -> None:
    pace = chat(spacing_ms=50)
    await governor.reserve(pace)
    await asyncio.sleep(0.06)
    assert await governor.reserve(pace) == 0


async def test_conversations_do_not_wait_for_each_other() -> None:
    assert [await governor.reserve(chat()) for _ in range(3)] == [0, 0, 0]


async def test_many_workers_share_one_slot() -> None:
    pace = chat()
    waits = await asyncio.gather(*(governor.reserve(pace) for _ in range(20)))
    assert waits.count(0) == 1


async def test_unpaced_platform_never_waits() -> None:
    pace = chat(spacing_ms=0)
    assert [await governor.reserve(pace) for _ in range(3)] == [0, 0, 0]


async def test_edit_that_completes_a_placeholder_goes_one_slot_early() -> None:
    pace = chat()
    assert await governor.spare(pace)
    assert await governor.reserve(pace, completes_placeholder=True) == 0
    assert 1.5 < await governor.reserve(pace) <= 2


async def test_only_one_slot_early() -> None:
    pace = chat()
    assert await governor.spare(pace)
    assert await governor.reserve(pace, completes_placeholder=True) == 0
    assert await governor.reserve(pace, completes_placeholder=True) > 0.5


# -- twenty a minute in a group


async def test_group_gets_twenty_a_minute() -> None:
    pace = group()
    await take(pace, 20)
    assert 50 < await governor.reserve(pace) <= 60


async def test_progress_leaves_half_of_the_minute_to_answers() -> None:
    pace = group()
    await take(pace, 9)
    await asyncio.sleep(0.005)
    assert await governor.spare(pace)
    await asyncio.sleep(0.005)
    assert not await governor.spare(pace)
    assert await governor.reserve(pace) == 0


async def test_refused_progress_takes_no_slot() -> None:
    pace = group()
    await take(pace, 10)
    for _ in range(20):
        assert not await governor.spare(pace)
    await take(pace, 10)


async def test_edit_of_a_placeholder_keeps_to_the_minute() -> None:
    pace = group()
    await take(pace, 20)
    assert await governor.reserve(pace, completes_placeholder=True) > 50


# -- whose pace


def test_topics_of_a_group_share_its_pace() -> None:
    topics = [Conversation(f"-5:{topic}", ConversationKind.GROUP, address={"chat_id": -5}) for topic in (1, 2)]
    assert len({Pace.of(1, topic, Features()).key for topic in topics}) == 1


def test_bots_do_not_share_a_pace() -> None:
    assert Pace.of(1, Conversation("c"), Features()).key != Pace.of(2, Conversation("c"), Features()).key


@pytest.mark.parametrize(("kind", "per_minute"), [(ConversationKind.GROUP, 20), (ConversationKind.PRIVATE, 0)])
def test_minute_counts_in_shared_conversations_alone(kind: ConversationKind, per_minute: int) -> None:
    pace = Pace.of(1, Conversation("c", kind), Features(per_second=2, shared_per_minute=20))
    assert (pace.spacing_ms, pace.per_minute) == (500, per_minute)


# -- without Redis


@pytest.fixture
async def silent_redis(settings: Settings, unused_tcp_port: int) -> AsyncIterator[None]:
    """A Redis that takes connections and says nothing."""
    connections = []
    server = await asyncio.start_server(lambda reader, writer: connections.append(writer), "127.0.0.1", unused_tcp_port)
    settings.REDIS_URL = f"redis://127.0.0.1:{unused_tcp_port}/0"
    yield
    await governor.close()
    for writer in connections:
        writer.close()
    server.close()


async def seconds(pace: Pace) -> float:
    started = time.monotonic()
    await governor.reserve(pace)
    return time.monotonic() - started


async def test_silent_redis_costs_a_fifth_of_a_second_once(silent_redis: None) -> None:
    assert 0.15 < await seconds(chat()) < 0.6
    assert await seconds(chat()) < 0.1


async def test_without_redis_half_the_rate_rules(silent_redis: None) -> None:
    pace = chat()
    assert await governor.reserve(pace) == 0
    assert 1.5 < await governor.reserve(pace) <= 2


async def test_without_redis_a_group_gets_half_its_minute(silent_redis: None) -> None:
    pace = group()
    assert await governor.reserve(pace) == 0
    assert 5.5 < await governor.reserve(pace) <= 6


async def test_without_redis_progress_waits_too(silent_redis: None) -> None:
    pace = chat()
    assert await governor.spare(pace)
    assert not await governor.spare(pace)


async def test_redis_that_is_gone_is_no_error(settings: Settings, unused_tcp_port: int) -> None:
    settings.REDIS_URL = f"redis://127.0.0.1:{unused_tcp_port}/0"
    assert await governor.reserve(chat()) == 0


async def test_redis_rules_again_when_it_is_back(settings: Settings, unused_tcp_port: int) -> None:
    pace, there = chat(), settings.REDIS_URL
    settings.REDIS_URL = f"redis://127.0.0.1:{unused_tcp_port}/0"
    await governor.reserve(pace)
    await governor.close()
    settings.REDIS_URL, governor._away["until"] = there, 0.0
    assert await governor.reserve(pace) == 0
    assert 0.5 < await governor.reserve(pace) <= 1
