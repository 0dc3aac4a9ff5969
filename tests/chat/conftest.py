"""The web chat's socket on real servers, without a worker: what is stored is what it shows."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import quote

import pytest
from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.test import Client

from botplatform import asgi, setup
from botplatform.pipeline import bots, configs, db
from tests.pipeline.conftest import empty, emptying

__all__ = ["empty", "emptying"]


class Page:
    """A page's socket."""

    def __init__(self, cookies: SimpleCookie, conversation: str = "", origin: str = "http://localhost") -> None:
        cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in cookies.items())
        headers = [(b"origin", origin.encode()), (b"host", b"localhost"), (b"cookie", cookie.encode())]
        query = f"conversation={quote(conversation)}".encode()
        scope = {
            "type": "websocket",
            "path": "/ws/chat/",
            "query_string": query,
            "headers": headers,
            "subprotocols": [],
        }
        self.socket = ApplicationCommunicator(asgi.application, scope)

    async def connect(self) -> str:
        """The type of the first answer."""
        await self.socket.send_input({"type": "websocket.connect"})
        answer: str = (await self.socket.receive_output(timeout=5))["type"]
        return answer

    async def open(self) -> Page:
        assert await self.connect() == "websocket.accept"
        return self

    async def close(self) -> None:
        await self.socket.send_input({"type": "websocket.disconnect", "code": 1000})
        await self.socket.wait(timeout=5)

    async def tell(self, frame: Any) -> None:
        text = frame if isinstance(frame, str) else json.dumps(frame)
        await self.socket.send_input({"type": "websocket.receive", "text": text})

    async def hear(self, kind: str) -> dict[str, Any]:
        """The next frame of a type; others are skipped."""
        while True:
            frame: dict[str, Any] = json.loads((await self.socket.receive_output(timeout=5))["text"])
            if frame["type"] == kind:
                return frame

    async def say(self, text: str, message_id: str = "message-1") -> dict[str, Any]:
        await self.tell({"type": "say", "id": message_id, "text": text})
        return await self.hear("accepted")

    async def sync(self, after: float = 0) -> dict[str, Any]:
        await self.tell({"type": "sync", "after": after})
        return await self.hear("sync")

    async def close_code(self) -> int:
        output = await self.socket.receive_output(timeout=5)
        assert output["type"] == "websocket.close"
        code: int = output["code"]
        return code


@pytest.fixture
async def installed(empty: None, settings: Any) -> AsyncIterator[None]:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    await sync_to_async(setup.prepare)()
    configs.forget()
    await db.open_pool(8)
    yield
    for close in (bots.close, configs.close, db.close_pool):
        await close()


@pytest.fixture
async def user(installed: None) -> AbstractBaseUser:
    return await get_user_model().objects.acreate(username="anna")


@pytest.fixture
async def client(user: AbstractBaseUser) -> Client:
    """A browser in which Anna is signed in."""
    client = Client()
    await sync_to_async(client.force_login)(user)
    return client


@pytest.fixture
async def open_page(client: Client) -> AsyncIterator[Callable[..., Any]]:
    pages: list[Page] = []

    async def open_(**options: Any) -> Page:
        pages.append(await Page(client.cookies, **options).open())
        return pages[-1]

    yield open_
    for page in pages:
        await page.close()


@pytest.fixture
async def bot(installed: None) -> bots.BotRow:
    found = await bots.by_slug("webchat", "default")
    assert found
    return found
