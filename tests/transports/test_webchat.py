from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from transports.base import Account, Button, Conversation, Kind, Part, Transport
from transports.errors import Unreadable, VerificationFailed
from transports.http import Http, before_sending
from transports.live import KEY_LIMIT, PART_LIMIT, TEXT_LIMIT, LiveTransport
from transports.pieces import cut
from transports.terminal import TerminalTransport
from transports.testing import ButtonsContract
from transports.webchat import WebChatTransport

HTTP = Http()
TALK = Conversation(key="7:work")
USER = {"id": "7", "name": "Anna"}


def body(text: Any, **fields: Any) -> bytes:
    return json.dumps({"id": "m-1", "conversation": "7:work", "user": USER, "text": text} | fields).encode()


def press(data: Any, **fields: Any) -> bytes:
    pressed = {"message": "m-0", "data": data}
    return json.dumps({"id": "p-1", "conversation": "7:work", "user": USER, "press": pressed} | fields).encode()


def parse(text: Any, **fields: Any) -> Any:
    return TerminalTransport(Account("default"), HTTP).parse({}, body(text, **fields))


class LiveContract(ButtonsContract):
    kind: type[LiveTransport]
    signature_header = "x-none"
    part_limit = PART_LIMIT

    def transport(self, secret: str = "s3cret") -> Transport:
        return self.kind(Account(slug="default", secret=secret), HTTP)

    def headers(self, body: bytes, secret: str = "s3cret") -> dict[str, str]:
        return {self.signature_header: secret}

    def body(self, text: str) -> bytes:
        return body(text)

    def press(self, data: str) -> bytes:
        return press(data)

    def test_signed_delivery_is_read(self) -> None:
        """What the platform made itself is read; over HTTP nothing is taken, whatever its signature."""
        assert parse("hello").text == "hello"
        with pytest.raises(VerificationFailed):
            self.transport().read(self.headers(body("hello")), body("hello"))


class TestWebChat(LiveContract):
    kind = WebChatTransport


class TestTerminal(LiveContract):
    kind = TerminalTransport


# -- in


def test_the_same_id_in_another_conversation_is_another_update() -> None:
    assert parse("hi").external_id != parse("hi", conversation="8").external_id


def test_author_and_conversation_are_read() -> None:
    update = parse("hi")
    assert (update.conversation.key, update.author.id, update.author.name) == ("7:work", "7", "Anna")
    assert (update.external_id, update.message_id) == ("7:work:m-1", "m-1")


@pytest.mark.parametrize(
    ("text", "command", "rest"),
    [
        ("/help", "help", ""),
        ("/Remember the milk\nand eggs", "remember", "the milk\nand eggs"),
        (" /status ", "status", ""),
    ],
)
def test_slash_makes_a_command(text: str, command: str, rest: str) -> None:
    update = parse(text)
    assert (update.kind, update.command, update.text) == (Kind.COMMAND, command, rest)


@pytest.mark.parametrize("text", ["/", "/ help", "/etc/passwd is a file", "a /help", "//", "/4"])
def test_a_slash_alone_makes_no_command(text: str) -> None:
    assert (parse(text).kind, parse(text).text) == (Kind.MESSAGE, text)


@pytest.mark.parametrize("text", ["", " \n\t", "\x00", "a" * (TEXT_LIMIT + 1)], ids=["empty", "blank", "nul", "long"])
def test_what_cannot_be_answered_is_ignored_with_its_reason(text: str) -> None:
    assert parse(text).kind is Kind.OTHER
    assert parse(text).ignored


def test_the_longest_message_is_taken() -> None:
    assert parse("a" * TEXT_LIMIT).kind is Kind.MESSAGE


def test_an_id_that_would_not_fit_the_column_is_unreadable() -> None:
    longest = "a" * KEY_LIMIT
    assert len(parse("hi", id=longest, conversation=longest).external_id) <= 200
    with pytest.raises(Unreadable):
        parse("hi", id=longest + "a")


def test_a_press_names_its_message_and_how_to_answer_it() -> None:
    update = TerminalTransport(Account("default"), HTTP).parse({}, press("y"))
    assert (update.external_id, update.message_id, update.callback_id) == ("7:work:p-1", "m-0", "7:work p-1")


@pytest.mark.parametrize("wrong", [None, [], "x", {}, {"message": "m-0"}, {"data": "y"}, {"message": "", "data": "y"}])
def test_a_press_that_is_none_is_unreadable(wrong: Any) -> None:
    with pytest.raises(Unreadable):
        TerminalTransport(Account("default"), HTTP).parse({}, press("y", press=wrong))


# -- out


class Published:
    def __init__(self, error: Exception | None = None) -> None:
        self.events: list[dict[str, Any]] = []
        self.error = error

    async def __call__(self, key: str, event: Mapping[str, Any]) -> None:
        if self.error:
            raise self.error
        self.events.append({"key": key, **event})


def webchat(published: Published) -> WebChatTransport:
    return WebChatTransport(Account("default"), HTTP, published)


async def test_a_placeholder_is_published_as_unfinished() -> None:
    published = Published()
    message_id = await webchat(published).send(TALK, Part("Thinking …"))
    shown = {"id": message_id, "text": "Thinking …", "final": False, "buttons": [], "title": ""}
    assert published.events == [{"key": "7:work", "kind": "text", **shown}]


async def test_buttons_are_published_with_their_message_and_taken_away_with_an_edit() -> None:
    published = Published()
    chat = webchat(published)
    message_id = await chat.send(TALK, Part("May I?", buttons=[[Button("Yes", "y")], [Button("No", "n")]]), marker="m")
    await chat.edit(TALK, message_id, Part("You said yes"))
    rows = [[{"text": "Yes", "data": "y"}], [{"text": "No", "data": "n"}]]
    assert [event["buttons"] for event in published.events] == [rows, []]


async def test_an_answer_to_a_press_reaches_its_conversation() -> None:
    published = Published()
    update = webchat(published).parse({}, press("y"))
    await webchat(published).answer_callback(update.callback_id, "Approved", alert=True)
    toast = {"kind": "toast", "id": "p-1", "text": "Approved", "alert": True}
    assert published.events == [{"key": "7:work", **toast}]


async def test_a_footer_is_a_message_folded_under_its_title() -> None:
    published = Published()
    chat = webchat(published)
    answer, footer = chat.with_footer(chat.render("**Hi**"), "simple-agent", "```\n*model* small")
    await chat.send(TALK, footer, marker="m")
    assert answer == Part("**Hi**")
    assert (published.events[0]["title"], published.events[0]["text"]) == ("simple-agent", "```\n*model* small")


async def test_sending_an_answer_again_shows_it_once() -> None:
    published = Published()
    chat = webchat(published)
    ids = {await chat.send(TALK, Part("hi"), marker="m"), await chat.send(TALK, Part("hi"), marker="m")}
    assert len(ids) == 1
    assert published.events[0] == published.events[1]
    assert published.events[0]["final"]


async def test_two_placeholders_are_two_messages() -> None:
    chat = webchat(Published())
    assert await chat.send(TALK, Part("…")) != await chat.send(TALK, Part("…"))


async def test_progress_edits_and_the_last_one_can_be_told_apart() -> None:
    published = Published()
    chat = webchat(published)
    await chat.edit(TALK, "x", Part("half"), final=False)
    await chat.edit(TALK, "x", Part("whole"))
    assert [(event["text"], event["final"]) for event in published.events] == [("half", False), ("whole", True)]


async def test_without_its_channel_an_answer_counts_as_sent() -> None:
    assert await webchat(Published(ConnectionError("redis is away"))).send(TALK, Part("hi"), marker="m") == "m"


async def test_a_lost_lease_publishes_nothing() -> None:
    published = Published()

    def lost() -> None:
        raise RuntimeError("lease lost")

    token = before_sending.set(lost)
    with pytest.raises(RuntimeError, match="lease lost"):
        await webchat(published).edit(TALK, "x", Part("late"))
    before_sending.reset(token)
    assert published.events == []


# -- cutting


def test_a_fence_across_a_cut_is_closed_and_opened_again() -> None:
    code = "\n".join(f"line {number}" for number in range(300))
    pieces = cut(f"before\n\n```python\n{code}\n```\n\nafter", 1500)
    assert len(pieces) > 1
    assert all(piece.count("```") % 2 == 0 and len(piece) <= 1500 for piece in pieces)
    assert all(piece.startswith("```python\n") for piece in pieces[1:])


def test_nothing_is_lost_between_pieces() -> None:
    words = [f"w{number}" for number in range(2000)]
    assert " ".join(cut(" ".join(words), 900)).split() == words


def test_a_short_text_stays_whole() -> None:
    assert cut("short", 1000) == ["short"]
