"""Buttons on the page: what a press stores, and what comes back."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import AbstractBaseUser

from botplatform.models import Reply, Session, Update
from botplatform.pipeline import bots
from tests.chat.conftest import Page
from transports.base import Button, Conversation, Kind, Part
from transports.webchat import WebChatTransport

ROWS = [[{"text": "Yes", "data": "approval:1:a"}]]


async def press(page: Page, data: Any = "approval:1:a", message: Any = "prompt-1", press_id: Any = "press-001") -> None:
    await page.tell({"type": "press", "id": press_id, "message": message, "data": data})


async def heard_live(page: Page, kind: str, tell: Any) -> dict[str, Any]:
    """The next frame of a kind, told until it arrives: joining the group takes a moment, and nothing tells its end."""
    await page.sync()
    for _ in range(40):
        await tell()
        if not await page.socket.receive_nothing(timeout=0.1):
            break
    return await page.hear(kind)


def webchat(bot: bots.BotRow) -> WebChatTransport:
    assert isinstance(bot.transport, WebChatTransport)
    return bot.transport


# -- in


async def test_a_press_is_accepted_after_its_commit(open_page: Any, user: AbstractBaseUser, bot: bots.BotRow) -> None:
    page = await open_page()
    await press(page)
    assert (await page.hear("accepted"))["outcome"] == "queued"
    update = await Update.objects.aget()
    read = bot.transport.parse({}, bytes(update.raw))
    assert (update.kind, update.message_id, update.author_id) == ("callback", "prompt-1", str(user.pk))
    assert (read.kind, read.callback_data, read.callback_id) == (Kind.CALLBACK, "approval:1:a", f"{user.pk} press-001")


async def test_a_press_sent_again_is_taken_once(open_page: Any) -> None:
    page = await open_page()
    await press(page)
    await page.hear("accepted")
    await press(page)
    assert (await page.hear("accepted"))["outcome"] == "duplicate"


async def test_who_presses_is_told_by_the_session_alone(open_page: Any, user: AbstractBaseUser) -> None:
    page = await open_page(conversation="work")
    forged = {"user": {"id": "999"}, "conversation": "999", "text": "hello", "press": {"message": "x", "data": "y"}}
    await page.tell({"type": "press", "id": "press-001", "message": "prompt-1", "data": "z", **forged})
    await page.hear("accepted")
    update, session = await Update.objects.aget(), await Session.objects.aget()
    assert (update.kind, update.author_id, session.key) == ("callback", str(user.pk), f"{user.pk}:work")
    assert update.message_id == "prompt-1"


@pytest.mark.parametrize("press_id", [None, "", "1", "../../../../etc", {}, "x" * 65])
async def test_a_press_without_an_id_is_an_error(open_page: Any, press_id: Any) -> None:
    page = await open_page()
    await press(page, press_id=press_id)
    assert (await page.hear("error"))["detail"]


@pytest.mark.parametrize(
    "wrong",
    [{"data": None}, {"data": ""}, {"data": "x" * 65}, {"data": ["y"]}, {"message": ""}, {"message": 7}, {"message": "x" * 100}],
    ids=str,
)  # fmt: skip
async def test_a_press_that_is_none_is_refused_with_a_reason(open_page: Any, wrong: dict[str, Any]) -> None:
    page = await open_page()
    await press(page, **wrong)
    refused = await page.hear("refused")
    assert (refused["id"], bool(refused["detail"])) == ("press-001", True)
    assert not await Update.objects.aexists()


@pytest.mark.parametrize("wrong", [{"data": "\x00"}, {"message": "\ud83d"}], ids=str)
async def test_a_press_of_nothing_that_can_be_stored_is_survived(open_page: Any, wrong: dict[str, Any]) -> None:
    page = await open_page()
    await press(page, **wrong)
    assert (await page.hear("accepted"))["outcome"] in ("queued", "ignored")
    assert await page.sync()


# -- out


async def test_buttons_are_read_with_their_message(open_page: Any, bot: bots.BotRow, user: AbstractBaseUser) -> None:
    page = await open_page()
    session = await Session.objects.acreate(bot_id=bot.id, key=str(user.pk), kind="private")
    shown = {"session": session, "kind": "prompt", "state": "sent", "request_id": "r"}
    await Reply.objects.acreate(text="May **I**?", provider_id="p", buttons=ROWS, **shown)
    folded = [{"type": "details", "title": "simple-agent"}]
    await Reply.objects.acreate(text="*model* small", provider_id="f", formatting=folded, **shown)
    asked, footer = (await page.sync())["lines"]
    assert (asked["html"], asked["buttons"]) == ("<p>May <strong>I</strong>?</p>\n", ROWS)
    assert (footer["title"], footer["text"], footer["buttons"]) == ("simple-agent", "*model* small", [])
    assert "html" not in footer


async def test_buttons_arrive_live(open_page: Any, bot: bots.BotRow, user: AbstractBaseUser) -> None:
    page = await open_page()
    part, to = Part("May I?", buttons=[[Button("Yes", "approval:1:a")]]), Conversation(str(user.pk))
    line = await heard_live(page, "line", lambda: webchat(bot).send(to, part, marker="p"))
    assert (line["id"], line["buttons"], line["final"]) == ("p", ROWS, True)


async def test_a_footer_arrives_live_as_text(open_page: Any, bot: bots.BotRow, user: AbstractBaseUser) -> None:
    page = await open_page()
    [part] = webchat(bot).with_footer([], "<b>simple-agent</b>", "<script>")
    line = await heard_live(page, "line", lambda: webchat(bot).send(Conversation(str(user.pk)), part, marker="f"))
    assert (line["title"], line["text"]) == ("<b>simple-agent</b>", "<script>")


async def test_the_answer_to_a_press_reaches_the_page(open_page: Any, bot: bots.BotRow, user: AbstractBaseUser) -> None:
    page = await open_page()
    answer = webchat(bot).answer_callback
    toast = await heard_live(page, "toast", lambda: answer(f"{user.pk} press-001", "Approved", alert=True))
    assert toast == {"type": "toast", "id": "press-001", "text": "Approved", "alert": True}
