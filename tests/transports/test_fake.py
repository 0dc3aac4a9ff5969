from __future__ import annotations

import json

import pytest

from transports.base import Account, Author, Button, Conversation, Facts, Kind, Part
from transports.errors import MessageGone, TryLater, Unreadable
from transports.http import Http
from transports.testing import FAKE_LIMIT, ButtonsContract, FakeTransport

HTTP = Http()
CHAT = Conversation(key="chat")


def make(secret: str = "s3cret") -> FakeTransport:
    return FakeTransport(Account(slug="fake", secret=secret), HTTP)


def delivery(**fields: object) -> bytes:
    return json.dumps({"id": "1", "chat": "chat", "user": "anna", "text": "hello"} | fields).encode()


class TestFake(ButtonsContract):
    signature_header = "x-fake-secret"
    part_limit = FAKE_LIMIT

    def transport(self, secret: str = "s3cret") -> FakeTransport:
        return make(secret)

    def headers(self, body: bytes, secret: str = "s3cret") -> dict[str, str]:
        return {"x-fake-secret": secret}

    def body(self, text: str) -> bytes:
        return delivery(text=text)

    def press(self, data: str) -> bytes:
        return delivery(button="callback-1", data=data)


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


async def test_buttons_are_kept_until_an_edit_takes_them_away() -> None:
    fake = make()
    message = await fake.send(CHAT, Part("May I?", buttons=[[Button("Yes", "y")]]))
    assert fake.sent[message].data_of("Yes") == "y"
    await fake.edit(CHAT, message, Part("Yes"))
    assert fake.sent[message].buttons == ()


async def test_answers_to_buttons_are_remembered() -> None:
    fake = make()
    await fake.answer_callback("callback-1", "Done", alert=True)
    assert fake.answered == [("callback-1", "Done", True)]


async def test_who_may_write_and_the_facts_can_be_set() -> None:
    fake = make()
    fake.writers.add("7")
    fake.facts = Facts("a title", ("description by anna",))
    assert [await fake.may_write(CHAT, Author(one)) for one in ("7", "8")] == [True, False]
    assert (await fake.context(CHAT)).untrusted == ("description by anna",)
