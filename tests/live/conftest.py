"""The console's sockets on the real application, database and sessions."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator
from django.contrib.auth.models import Permission, User
from django.test import Client

from botplatform import asgi
from botplatform.live import pulse
from botplatform.models import BotAccess
from botplatform.pipeline import db
from tests.admin.rows import Rows, conversation
from tests.pipeline.conftest import empty, emptying

__all__ = ["empty", "emptying"]


class Socket:
    """A console page's."""

    def __init__(self, client: Client, origin: str = "http://localhost") -> None:
        cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
        headers = [(b"origin", origin.encode()), (b"host", b"localhost"), (b"cookie", cookie.encode())]
        scope = {
            "type": "websocket",
            "path": "/ws/console/",
            "query_string": b"",
            "headers": headers,
            "subprotocols": [],
        }
        self.wire = ApplicationCommunicator(asgi.application, scope)

    async def connect(self) -> str:
        """The type of the first answer."""
        await self.wire.send_input({"type": "websocket.connect"})
        answer: str = (await self.wire.receive_output(timeout=5))["type"]
        return answer

    async def open(self) -> Socket:
        assert await self.connect() == "websocket.accept"
        return self

    async def tell(self, text: str) -> dict[str, Any]:
        """Send one frame; the answer."""
        await self.wire.send_input({"type": "websocket.receive", "text": text})
        return await self.hear()

    async def watch(self, *names: str) -> dict[str, Any]:
        return await self.tell(json.dumps({"watch": names}))

    async def hear(self) -> dict[str, Any]:
        frame: dict[str, Any] = json.loads((await self.wire.receive_output(timeout=5))["text"])
        return frame

    async def is_silent(self, seconds: float) -> bool:
        return bool(await self.wire.receive_nothing(timeout=seconds, interval=0.02))

    async def close_code(self) -> int:
        output = await self.wire.receive_output(timeout=5)
        assert output["type"] == "websocket.close", output
        code: int = output["code"]
        return code

    async def close(self) -> None:
        await self.wire.send_input({"type": "websocket.disconnect", "code": 1000})
        await self.wire.wait(timeout=5)


@pytest.fixture
async def quick(empty: None, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """Looks at the database twenty times a second, on a pool as the web process has."""
    monkeypatch.setattr(pulse, "EVERY_SECONDS", 0.05)
    await db.open_pool(4)
    yield
    await db.close_pool()


@pytest.fixture
async def rows(quick: None) -> Rows:
    """One answered message, committed."""
    return await sync_to_async(conversation)()


@pytest.fixture
async def open_socket(quick: None) -> AsyncIterator[Callable[..., Any]]:
    """Opens sockets that are closed after the test."""
    opened: list[Socket] = []

    async def open_(client: Client) -> Socket:
        opened.append(await Socket(client).open())
        return opened[-1]

    yield open_
    for socket in opened:
        await socket.close()


def _sign_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
async def root(quick: None) -> Client:
    """A superuser's browser."""
    return await sync_to_async(
        lambda: _sign_in(User.objects.create(username="root", is_staff=True, is_superuser=True))
    )()


@pytest.fixture
def staff(quick: None) -> Callable[..., Any]:
    """`await staff("view_batch", …, bots=[…])`: the browser of one who may do that and no more, with these bots alone."""

    def make(*codenames: str, bots: tuple[Any, ...] = ()) -> Client:
        user, _ = User.objects.get_or_create(username="staff", is_staff=True)
        user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
        for bot in bots:
            BotAccess.objects.create(user=user, bot=bot)
        return _sign_in(user)

    return sync_to_async(make)
