"""Inline keyboards: kept, changed, pressed and answered as Telegram does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_buttons import Answered


class Bot:
    """Calls methods and returns their bodies."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client

    def __call__(self, method: str, **parameters: Any) -> Any:
        return self.client.post(f"/{method}", json=parameters).json()

    def send(self, **parameters: Any) -> int:
        return int(self("sendMessage", chat_id=5, **parameters)["result"]["message_id"])


@pytest.fixture
def telegram() -> Iterator[FakeTelegram]:
    with FakeTelegram() as fake:
        yield fake


@pytest.fixture
def bot(telegram: FakeTelegram) -> Iterator[Bot]:
    with httpx.Client(base_url=f"{telegram.url}/bot123456:AAE-test", timeout=5) as client:
        yield Bot(client)


def keyboard(*rows: dict[str, str]) -> dict[str, Any]:
    """A row of buttons for each: label → data."""
    return {"inline_keyboard": [[{"text": text, "callback_data": data} for text, data in row.items()] for row in rows]}


ASKED = keyboard({"Approve": "a:7", "Deny": "d:7"}, {"Details": "i:7"})


# -- kept with the message


def test_a_message_keeps_its_buttons(telegram: FakeTelegram, bot: Bot) -> None:
    answer = bot("sendMessage", chat_id=5, text="May I?", reply_markup=ASKED)
    assert answer["result"]["reply_markup"] == ASKED
    assert [message.markup for message in telegram.chat(5)] == [ASKED]


def test_buttons_may_come_as_text_in_a_form(telegram: FakeTelegram, bot: Bot) -> None:
    data = {
        "chat_id": "5",
        "text": "May I?",
        "reply_markup": '{"inline_keyboard": [[{"text": "x", "callback_data": "1"}]]}',
    }
    assert bot.client.post("/sendMessage", data=data).json()["ok"]
    assert telegram.chat(5)[0].markup == keyboard({"x": "1"})


def test_an_edit_without_buttons_takes_them_away(telegram: FakeTelegram, bot: Bot) -> None:
    sent = bot.send(text="May I?", reply_markup=ASKED)
    answer = bot("editMessageText", chat_id=5, message_id=sent, text="May I?")
    assert "reply_markup" not in answer["result"]
    assert telegram.chat(5)[0].markup is None


def test_an_edit_with_buttons_brings_them(telegram: FakeTelegram, bot: Bot) -> None:
    bot("editMessageText", chat_id=5, message_id=bot.send(text="…"), text="May I?", reply_markup=ASKED)
    assert telegram.chat(5)[0].markup == ASKED


def test_buttons_can_be_changed_alone(telegram: FakeTelegram, bot: Bot) -> None:
    sent = bot.send(text="May I?", reply_markup=ASKED)
    again = keyboard({"Undo": "u:7"})
    assert (
        bot("editMessageReplyMarkup", chat_id=5, message_id=sent, reply_markup=again)["result"]["reply_markup"] == again
    )
    assert bot("editMessageReplyMarkup", chat_id=5, message_id=sent, reply_markup={"inline_keyboard": []})["ok"]
    assert [(message.text, message.markup) for message in telegram.chat(5)] == [("May I?", None)]


def test_buttons_that_stay_the_same_are_no_change(bot: Bot) -> None:
    sent = bot.send(text="May I?", reply_markup=ASKED)
    answer = bot("editMessageReplyMarkup", chat_id=5, message_id=sent, reply_markup=ASKED)
    assert answer["description"].startswith("Bad Request: message is not modified")


def test_buttons_of_a_message_that_is_gone_cannot_be_changed(bot: Bot) -> None:
    answer = bot("editMessageReplyMarkup", chat_id=5, message_id=1, reply_markup=ASKED)
    assert answer["description"] == "Bad Request: message to edit not found"


# -- limits


@pytest.mark.parametrize(
    ("button", "description"),
    [
        ({"text": "x", "callback_data": "é" * 33}, "BUTTON_DATA_INVALID"),
        ({"text": "x", "callback_data": 7}, "BUTTON_DATA_INVALID"),
        (
            {"text": "x", "callback_data": ""},
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
        ),
        ({"text": "x"}, "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"),
        ({"callback_data": "1"}, "can't parse inline keyboard button: Can't find field \"text\""),
        ({"text": 1, "callback_data": "1"}, 'can\'t parse inline keyboard button: Field "text" must be of type String'),
    ],
)
def test_a_button_outside_the_limits_is_refused(
    telegram: FakeTelegram, bot: Bot, button: dict[str, Any], description: str
) -> None:
    answer = bot("sendMessage", chat_id=5, text="May I?", reply_markup={"inline_keyboard": [[button]]})
    assert (answer["error_code"], answer["description"]) == (400, f"Bad Request: {description}")
    assert telegram.chat(5) == []


def test_data_of_64_bytes_is_taken(bot: Bot) -> None:
    assert bot("sendMessage", chat_id=5, text="May I?", reply_markup=keyboard({"x": "é" * 32}))["ok"]


# -- pressed


def test_a_press_brings_the_message_as_it_stands(telegram: FakeTelegram, bot: Bot) -> None:
    sent = bot.send(text="May I?", reply_markup=ASKED)
    query = telegram.pressed(31, telegram.chat(5)[0], "Deny", user=9)["callback_query"]
    assert (query["data"], query["from"]["id"], query["message"]["message_id"]) == ("d:7", 9, sent)
    assert (query["message"]["chat"]["id"], query["message"]["reply_markup"]) == (5, ASKED)
    assert query["id"]
    assert query["chat_instance"]


def test_a_press_is_fetched_like_other_updates(telegram: FakeTelegram, bot: Bot) -> None:
    bot.send(text="May I?", reply_markup=ASKED)
    update = telegram.press(31, telegram.chat(5)[0], "Approve")
    assert bot("getUpdates")["result"] == [update]
    assert update["callback_query"]["from"]["id"] == 5


def test_a_button_that_is_gone_can_be_pressed_only_with_its_data(telegram: FakeTelegram, bot: Bot) -> None:
    sent = bot.send(text="May I?", reply_markup=ASKED)
    bot("editMessageText", chat_id=5, message_id=sent, text="Denied by Ada")
    [message] = telegram.chat(5)
    with pytest.raises(LookupError, match="Approve"):
        telegram.pressed(31, message, "Approve")
    query = telegram.pressed(31, message, "Approve", data="a:7")["callback_query"]
    assert (query["data"], "reply_markup" in query["message"]) == ("a:7", False)


# -- answered


def test_answers_to_a_press_are_kept_in_order(telegram: FakeTelegram, bot: Bot) -> None:
    bot("answerCallbackQuery", callback_query_id="1", text="Approved")
    bot("answerCallbackQuery", callback_query_id="2", text="Not yours", show_alert=True)
    bot("answerCallbackQuery", callback_query_id="3")
    assert telegram.callback_answers == [
        Answered("1", "Approved", False),
        Answered("2", "Not yours", True),
        Answered("3", "", False),
    ]


def test_an_answer_to_a_press_may_not_be_long(telegram: FakeTelegram, bot: Bot) -> None:
    assert bot("answerCallbackQuery", callback_query_id="1", text="x" * 200)["ok"]
    answer = bot("answerCallbackQuery", callback_query_id="2", text="x" * 201)
    assert answer["description"] == "Bad Request: MESSAGE_TOO_LONG"
    assert [answered.query for answered in telegram.callback_answers] == ["1"]


def test_an_answer_needs_a_press(bot: Bot) -> None:
    assert "query is too old" in bot("answerCallbackQuery", text="x")["description"]
