from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import AbstractBaseUser
from django.test import Client

from botplatform import config, consumers
from botplatform.models import Message, Session, Update
from tests.chat.conftest import Page
from transports.live import TEXT_LIMIT


async def test_a_message_is_accepted_after_its_commit(open_page: Any) -> None:
    page = await open_page()
    assert (await page.say("hello"))["outcome"] == "queued"
    assert (await Message.objects.aget()).text == "hello"


async def test_a_message_sent_again_is_taken_once(open_page: Any) -> None:
    page = await open_page()
    await page.say("hello")
    assert (await page.say("hello"))["outcome"] == "duplicate"
    assert await Message.objects.acount() == 1


async def test_who_writes_is_told_by_the_session_alone(open_page: Any, user: AbstractBaseUser) -> None:
    page = await open_page()
    forged = {"user": {"id": "999", "name": "root"}, "conversation": "999"}
    await page.tell({"type": "say", "id": "message-1", "text": "hello", **forged})
    await page.hear("accepted")
    update, session = await Update.objects.aget(), await Session.objects.aget()
    assert (update.author_id, update.author_name, session.key) == (str(user.pk), "anna", str(user.pk))


async def test_a_named_conversation_is_another_one(open_page: Any, user: AbstractBaseUser) -> None:
    await (await open_page(conversation="work")).say("hello")
    assert (await (await open_page()).sync())["lines"] == []
    assert (await Session.objects.aget()).key == f"{user.pk}:work"


async def test_a_second_page_sees_what_the_first_wrote(open_page: Any) -> None:
    one, two = await open_page(), await open_page()
    await one.say("hello")
    assert [line["text"] for line in (await two.sync())["lines"]] == ["hello"]


async def test_a_message_reaches_the_other_page_live(open_page: Any) -> None:
    one, two = await open_page(), await open_page()
    await two.sync()
    for number in range(40):  # joining the group takes a moment, and nothing tells its end
        await one.say("hello", f"message-{number}")
        if not await two.socket.receive_nothing(timeout=0.1):
            break
    line = await two.hear("line")
    assert (line["by"], line["text"], line["final"]) == ("user", "hello", True)


async def test_commands_are_part_of_the_transcript(open_page: Any) -> None:
    page = await open_page()
    await page.say("/help me")
    assert [line["text"] for line in (await page.sync())["lines"]] == ["/help me"]


# -- who may


@pytest.mark.parametrize("cookies", [{}, {"botplatform_session": "forged"}], ids=["none", "forged"])
async def test_without_login_the_socket_is_closed(installed: None, cookies: dict[str, str]) -> None:
    client = Client()
    client.cookies.load(cookies)
    page = await Page(client.cookies).open()
    assert await page.close_code() == consumers.SIGNED_OUT


async def test_another_origin_is_refused(client: Client) -> None:
    assert await Page(client.cookies, origin="https://evil.example").connect() == "websocket.close"


async def test_signing_out_ends_open_sockets(client: Client, open_page: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumers, "CHECK_SECONDS", 0)
    page = await open_page()
    await page.sync()
    await sync_to_async(client.logout)()
    await page.tell({"type": "sync", "after": 0})
    assert await page.close_code() == consumers.SIGNED_OUT


async def test_an_unusable_conversation_name_is_refused(client: Client) -> None:
    page = await Page(client.cookies, conversation="../7").open()
    assert await page.close_code() == consumers.NO_SUCH_TALK


# -- hostile frames

FRAMES = {
    "empty": "",
    "not_json": "hello",
    "list": "[]",
    "deep": "[" * 50_000,
    "no_type": "{}",
    "odd_type": '{"type": ["say"]}',
    "private": '{"type": "_tell"}',
    "no_text": '{"type": "say", "id": "message-1"}',
    "odd_id": '{"type": "say", "id": {}, "text": "x"}',
    "short_id": '{"type": "say", "id": "1", "text": "x"}',
    "hostile_id": '{"type": "say", "id": "../../../../etc", "text": "x"}',
    "huge": '{"type": "say", "id": "message-1", "text": "' + "x" * 300_000 + '"}',
}


@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)
async def test_a_broken_frame_is_answered_and_survived(open_page: Any, frame: str) -> None:
    page = await open_page()
    await page.tell(frame)
    assert (await page.hear("error"))["detail"]
    assert (await page.sync())["lines"] == []


async def test_binary_is_answered_and_survived(open_page: Any) -> None:
    page = await open_page()
    await page.socket.send_input({"type": "websocket.receive", "bytes": b"\x00"})
    assert await page.hear("error")
    assert await page.sync()


@pytest.mark.parametrize("text", ["", " \n", "\x00", "a" * (TEXT_LIMIT + 1)], ids=["empty", "blank", "nul", "long"])
async def test_what_cannot_be_taken_is_refused_with_a_reason(open_page: Any, text: str) -> None:
    page = await open_page()
    await page.tell({"type": "say", "id": "message-1", "text": text})
    refused = await page.hear("refused")
    assert (refused["id"], bool(refused["detail"])) == ("message-1", True)


@pytest.mark.parametrize("after", [None, "x", True, -1, 1e300, 2**70, [], {}], ids=repr)
async def test_an_odd_marker_is_survived(open_page: Any, after: Any) -> None:
    page = await open_page()
    await page.say("hello")
    assert (await page.sync(after))["marker"] > 0


async def test_text_that_cannot_be_stored_is_cleaned(open_page: Any) -> None:
    page = await open_page()
    await page.say("a\x00b\ud83dc")
    assert [line["text"] for line in (await page.sync())["lines"]] == ["abc"]


async def test_guests_may_write_where_the_chat_is_public(installed: None, monkeypatch: pytest.MonkeyPatch) -> None:
    open_to_all = config.load().model_copy(update={"WEBCHAT_PUBLIC": True})
    monkeypatch.setattr(config, "load", lambda: open_to_all)
    guest = Client()
    await sync_to_async(guest.get)("/chat/", headers={"host": "localhost"})
    page = await Page(guest.cookies).open()
    await page.say("hello")
    await page.close()
    assert (await Update.objects.aget()).author_id.startswith("guest-")
