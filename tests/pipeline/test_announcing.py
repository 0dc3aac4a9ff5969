"""Nudges as they stand in the broker, where no worker takes them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import redis
from django.conf import settings

from botplatform import announcing
from botplatform.pipeline.nudging import AT_ONCE, Nudges


@pytest.fixture
def broker(servers: None) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.flushall()
        yield client
        client.flushall()


def sent(broker: redis.Redis) -> list[tuple[str, Any, list[str]]]:
    """Task, argument and request ids of each message, oldest first."""
    messages = [json.loads(message) for message in reversed(broker.lrange("botplatform", 0, -1))]
    return [
        (message["headers"]["task"], eval(message["headers"]["argsrepr"])[0], message["headers"]["request_ids"])
        for message in messages
    ]


def test_what_is_due_goes_out_one_by_one(broker: redis.Redis) -> None:
    nudges = Nudges()
    nudges.session(1, AT_ONCE, "r1")
    nudges.session(2, AT_ONCE, "r2")
    announcing.announce(nudges)
    assert sent(broker) == [("answer", [1], ["r1"]), ("answer", [2], ["r2"])]


def test_what_is_due_later_goes_out_together(broker: redis.Redis) -> None:
    nudges = Nudges()
    for session_id in (3, 4):
        nudges.session(session_id, timedelta(milliseconds=500), f"r{session_id}")
    announcing.announce(nudges)
    assert sent(broker) == [("answer", [3, 4], ["r3", "r4"])]


def test_the_earliest_look_counts() -> None:
    nudges = Nudges()
    nudges.session(1, timedelta(seconds=5), "late")
    nudges.session(1, AT_ONCE, "now")
    nudges.session(1, timedelta(seconds=9), "later")
    assert nudges.sessions == {1: (AT_ONCE, "now")}


def test_every_message_expires(broker: redis.Redis) -> None:
    nudges = Nudges()
    nudges.delivery(7, timedelta(seconds=3))
    announcing.announce(nudges)
    [message] = [json.loads(message) for message in broker.lrange("botplatform", 0, -1)]
    assert message["headers"]["expires"]
