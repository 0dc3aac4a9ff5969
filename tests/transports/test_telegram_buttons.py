"""Buttons below messages, and what is said when one is pressed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from tests.fakes.telegram import FakeTelegram
from transports.base import Account, Button, Conversation, Part
from transports.errors import Refused
from transports.http import Http
from transports.telegram import TelegramTransport

CHAT = Conversation(key="77")
ROWS = ((Button("Approve", "approval:7:a"), Button("Deny", "approval:7:d")), (Button("Details", "approval:7:i"),))
ASKED = Part("May I?", ({"type": "bold", "offset": 0, "length": 3},), ROWS)
KEYBOARD = {
    "inline_keyboard": [
        [
            {"text": "Approve", "callback_data": "approval:7:a"},
            {"text": "Deny", "callback_data": "approval:7:d"},
        ],
        [{"text": "Details", "callback_data": "approval:7:i"}],
    ]
}


@pytest.fixture
def telegram() -> Iterator[FakeTelegram]:
    with FakeTelegram() as fake:
        yield fake


@pytest.fixture
async def bot(telegram: FakeTelegram) -> AsyncIterator[TelegramTransport]:
    http = Http()
    yield TelegramTransport(Account("default", token="123456:AA", api_url=telegram.url), http)
    await http.aclose()


def bodies(telegram: FakeTelegram, method: str) -> list[Any]:
    return [call.body for call in telegram.select(method)]


async def test_message_carries_its_buttons(bot: TelegramTransport, telegram: FakeTelegram) -> None:
    await bot.send(CHAT, ASKED)
    assert [message.markup for message in telegram.chat(77)] == [KEYBOARD]


async def test_message_without_buttons_names_no_keyboard(bot: TelegramTransport, telegram: FakeTelegram) -> None:
    await bot.send(CHAT, Part("hi"))
    await bot.send(CHAT, Part("hi", buttons=[[]]))
    assert not any("reply_markup" in body for body in bodies(telegram, "sendMessage"))


async def test_edit_brings_buttons(bot: TelegramTransport, telegram: FakeTelegram) -> None:
    await bot.edit(CHAT, await bot.send(CHAT, Part("…")), ASKED)
    assert [message.markup for message in telegram.chat(77)] == [KEYBOARD]


async def test_edit_without_buttons_takes_them_away(bot: TelegramTransport, telegram: FakeTelegram) -> None:
    await bot.edit(CHAT, await bot.send(CHAT, ASKED), Part("Approved by Ada"))
    [message] = telegram.chat(77)
    assert (message.text, message.markup) == ("Approved by Ada", None)


async def test_refused_formatting_keeps_the_buttons(bot: TelegramTransport, telegram: FakeTelegram) -> None:
    wrong = Part("May I?", ({"type": "bold", "offset": 0, "length": 99},), ROWS)
    message_id = await bot.send(CHAT, wrong)
    await bot.edit(CHAT, message_id, Part("Really?", wrong.formatting, ROWS))
    [message] = telegram.chat(77)
    assert (message.text, message.entities, message.markup) == ("Really?", [], KEYBOARD)
    assert [call.status for call in telegram.calls] == [400, 200, 400, 200]


async def test_refused_buttons_are_no_refused_formatting(bot: TelegramTransport, telegram: FakeTelegram) -> None:
    telegram.bad_request("BUTTON_DATA_INVALID")
    with pytest.raises(Refused, match="BUTTON_DATA_INVALID"):
        await bot.send(CHAT, ASKED)
    assert telegram.count("sendMessage") == 1


# -- answers to a press


async def test_callback_is_answered_with_a_text_that_fits(bot: TelegramTransport, telegram: FakeTelegram) -> None:
    await bot.answer_callback("4382", "x" * 300)
    assert bodies(telegram, "answerCallbackQuery") == [{"callback_query_id": "4382", "text": "x" * 200}]


async def test_callback_that_expired_is_success(bot: TelegramTransport, telegram: FakeTelegram) -> None:
    await bot.answer_callback("")
    assert [call.status for call in telegram.select("answerCallbackQuery")] == [400]


async def test_alert_has_to_be_confirmed(bot: TelegramTransport, telegram: FakeTelegram) -> None:
    await bot.answer_callback("4382", "Only an approver may decide this.", alert=True)
    said = {"callback_query_id": "4382", "text": "Only an approver may decide this.", "show_alert": True}
    assert bodies(telegram, "answerCallbackQuery") == [said]
