from __future__ import annotations

import json

import pytest

from transports.base import Account, Conversation, Kind, Part
from transports.errors import MessageGone, TryLater, Unreadable
from transports.http import Http
from transports.testing import FAKE_LIMIT, FakeTransport, TransportContract

HTTP = Http()
CHAT = Conversation(key="chat")


def make(secret: str = "s3cret") -> FakeTransport:
    return FakeTransport(Account(slug="fake", secret=secret), HTTP)


def delivery(**fields: object) -> bytes:
    return json.dumps({"id": "1", "chat": "chat", "user": "anna", "text": "hello"} | fields).encode()


class TestFake(TransportContract):
    signature_header = "x-fake-secret"
    part_limit = FAKE_LIMIT

    def transport(self, secret: str = "s3cret") -> FakeTransport:
        return make(secret)

    def headers(self, body: bytes, secret: str = "s3cret") -> dict[str, str]:
        return {"x-fake-secret": secret}

    def body(self, text: str) -> bytes:
        return delivery(text=text)


def test_slash_makes_a_command() -> None:
    update = make().parse({}, delivery(text="/Status now"))
    assert (update.kind, update.command, update.text) == (Kind.COMMAND, "status", "now")


def test_kind_can_be_given() -> None:
    assert make().parse({}, delivery(kind="edit")).kind is Kind.EDIT


def test_unknown_kind_is_unreadable() -> None:
    with pytest.raises(Unreadable):
        make().parse({}, delivery(kind="nonsense"))


async def test_sent_messages_are_remembered() -> None:
    fake = make()
    message = await fake.send(CHAT, Part("hi"), reply_to="7")
    assert (fake.sent[message].to, fake.sent[message].text, fake.sent[message].reply_to) == ("chat", "hi", "7")


async def test_edit_replaces_the_text() -> None:
    fake = make()
    message = await fake.send(CHAT, Part("…"))
    await fake.edit(CHAT, message, Part("done"))
    assert (fake.sent[message].text, fake.sent[message].edits) == ("done", 1)


async def test_edit_of_a_deleted_message_says_so() -> None:
    fake = make()
    message = await fake.send(CHAT, Part("…"))
    await fake.delete(CHAT, message)
    with pytest.raises(MessageGone):
        await fake.edit(CHAT, message, Part("done"))


async def test_told_failures_are_raised_once_each() -> None:
    fake = make()
    fake.failures.append(TryLater("busy", retry_after=3))
    with pytest.raises(TryLater):
        await fake.send(CHAT, Part("hi"))
    assert await fake.send(CHAT, Part("hi"))
