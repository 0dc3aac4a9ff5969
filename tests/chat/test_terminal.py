from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from botplatform.chatting import terminal
from botplatform.chatting.terminal import Talk, Unavailable
from botplatform.models import Batch, Bot, Message, Process, Reply, Session
from botplatform.pipeline import bots


@pytest.fixture
async def talk(installed: None) -> Talk:
    bot = await bots.by_slug("terminal", "default")
    assert bot
    return Talk(bot, "anna", "anna")


async def replied(kind: str, text: str, **fields: Any) -> None:
    session, batch = await Session.objects.aget(), await Batch.objects.aget()
    await Reply.objects.acreate(session=session, batch=batch, kind=kind, text=text, sent_at=timezone.now(), **fields)


async def said(talk: Talk) -> list[str]:
    return [line.text for line in await talk.hear()]


async def test_a_line_becomes_a_message(talk: Talk) -> None:
    assert await talk.say("hello") == ""
    assert (await Message.objects.aget()).text == "hello"
    assert (await Session.objects.aget()).key == "anna"


async def test_a_blank_line_is_refused(talk: Talk) -> None:
    assert await talk.say(" ")
    assert not await Message.objects.aexists()


async def test_placeholder_and_answer_are_heard_once_each(talk: Talk) -> None:
    await talk.say("hello")
    await Batch.objects.aupdate(state="processing", lease_until=timezone.now())
    await replied("placeholder", "Thinking …", state="sent", provider_id="p", part=0)
    assert (await said(talk), await said(talk)) == (["Thinking …"], [])
    await replied("answer", "42", state="sent", provider_id="p", edits="p")
    assert (await said(talk), await said(talk)) == (["42"], [])


async def test_a_prompt_is_heard_again_when_it_says_what_became_of_it(talk: Talk) -> None:
    await talk.say("delete it")
    await replied("prompt", "May I?", state="sent", provider_id="p", buttons=[[{"text": "Yes", "data": "y"}]])
    assert await said(talk) == ["May I?"]
    await replied("prompt", "Approved", state="sent", provider_id="p", edits="p")
    assert (await said(talk), await said(talk)) == (["Approved"], [])


async def test_a_footer_is_heard_below_its_title(talk: Talk) -> None:
    await talk.say("hello")
    folded = [{"type": "details", "title": "simple-agent"}]
    await replied("answer", "model small", state="sent", provider_id="f", formatting=folded)
    assert await said(talk) == ["simple-agent\nmodel small"]


async def test_waiting_ends_with_the_answer(talk: Talk) -> None:
    await talk.say("hello")
    await replied("answer", "42", state="sent", provider_id="p")
    await Batch.objects.aupdate(state="done")
    assert [line.text async for line in talk.wait()] == ["42"]


async def test_waiting_ends_when_the_last_worker_goes(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "ALIVE_SECONDS", 0)
    await talk.say("hello")
    with pytest.raises(Unavailable, match="one with `manage"):
        _ = [line async for line in talk.wait()]


async def test_a_worker_that_lives_is_enough(installed: None) -> None:
    await Process.objects.acreate(name="worker@here:1", role="worker")
    await terminal.require_worker()


@pytest.mark.usefixtures("installed")
async def test_without_a_worker_nobody_is_kept_waiting() -> None:
    with pytest.raises(Unavailable, match="start everything"):
        async with terminal.open_talk("anna", "anna"):
            pass


@pytest.mark.usefixtures("installed")
async def test_a_bot_that_is_switched_off_is_named() -> None:
    await Bot.objects.filter(transport="terminal").aupdate(enabled=False)
    with pytest.raises(Unavailable, match="switched off"):
        async with terminal.open_talk("anna", "anna"):
            pass


@pytest.mark.parametrize("key", ["a" * 100, "a\nb", "a\x00"])
async def test_an_unusable_name_is_refused(key: str) -> None:
    with pytest.raises(Unavailable, match="name"):
        async with terminal.open_talk(key, "anna"):
            pass


def test_an_answer_cannot_steer_the_terminal() -> None:
    assert terminal.printable("a\x1b]52;c;x\x07\x9b2J\u202eb\r\tc\n") == "a]52;c;x2Jb\tc\n"
