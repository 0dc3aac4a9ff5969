"""The console as a browser gets it, on the real database and the real broker."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis
from django.conf import settings
from django.contrib.auth.models import Permission, User
from django.test import Client

from tests.admin.rows import Rows, conversation
from tests.pipeline.conftest import empty, emptying

__all__ = ["empty", "emptying"]


@pytest.fixture
def rows(db: None) -> Rows:
    """One conversation with a row of every kind, gone after the test."""
    return conversation()


@pytest.fixture
def kept(empty: None) -> Rows:
    """The same, committed, for what the pipeline's own connections must see."""
    return conversation()


def _client(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def console(request: pytest.FixtureRequest) -> Client:
    """A superuser's browser. Ask for rows first."""
    return _client(User.objects.create(username="root", is_staff=True, is_superuser=True))


@pytest.fixture
def staff() -> Callable[..., Client]:
    """`staff("view_batch", …)`: the browser of one who may do that and no more."""

    def signed_in(*codenames: str) -> Client:
        user = User.objects.create(username="staff", is_staff=True)
        user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
        return _client(user)

    return signed_in


@pytest.fixture
def nudges(servers: None) -> Iterator[Callable[[], list[tuple[str, Any]]]]:
    """What has been announced: (task, first argument), in order of sending."""
    with redis.Redis.from_url(settings.REDIS_URL) as broker:
        broker.delete("botplatform")

        def announced() -> list[tuple[str, Any]]:
            messages = [json.loads(raw) for raw in reversed(broker.lrange("botplatform", 0, -1))]
            return [(m["headers"]["task"], json.loads(base64.b64decode(m["body"]))[0][0]) for m in messages]

        yield announced
        broker.delete("botplatform")
