from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.fakes import telegram_updates as updates
from tests.fakes.telegram import FakeTelegram


class Bot:
    """Calls methods and returns status and body."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client

    def __call__(self, method: str, **parameters: Any) -> Any:
        return self.client.post(f"/{method}", json=parameters).json()

    def refusal(self, method: str, **parameters: Any) -> str:
        body = self(method, **parameters)
        assert body["ok"] is False
        return f"{body['error_code']} {body['description']}"


@pytest.fixture
def telegram() -> Iterator[FakeTelegram]:
    with FakeTelegram() as fake:
        yield fake


@pytest.fixture
def bot(telegram: FakeTelegram) -> Iterator[Bot]:
    with httpx.Client(base_url=f"{telegram.url}/bot123456:AAE-test", timeout=5) as client:
        yield Bot(client)


def bold(offset: int, length: int) -> dict[str, Any]:
    return {"type": "bold", "offset": offset, "length": length}


@pytest.mark.parametrize(
    ("parameters", "refusal"),
    [
        ({"text": ""}, "400 Bad Request: message text is empty"),
        ({"text": " \n"}, "400 Bad Request: text must be non-empty"),
        ({"text": "😀" * 2049}, "400 Bad Request: message is too long"),
        ({"text": "x" * 200, "entities": [bold(n, 1) for n in range(101)]}, "400 Bad Request: ENTITIES_TOO_LONG"),
        (
            {"text": "abc", "entities": [bold(1, 3)]},
            "400 Bad Request: entity beginning at UTF-16 offset 1 ends after the end of the text at UTF-16 offset 4",
        ),
        (
            {"text": "😀", "entities": [bold(1, 1)]},
            "400 Bad Request: entity begins in a middle of a UTF-16 symbol at byte offset 1",
        ),
        ({"text": "x", "parse_mode": "HTML"}, "400 Bad Request: unsupported parse_mode"),
    ],
)
def test_a_message_outside_the_limits_is_refused(bot: Bot, parameters: dict[str, Any], refusal: str) -> None:
    assert bot.refusal("sendMessage", chat_id=5, **parameters) == refusal


def test_a_message_at_the_limits_is_sent(bot: Bot) -> None:
    text = "😀" * 2048
    assert bot("sendMessage", chat_id=5, text=text, entities=[bold(n, 2) for n in range(0, 200, 2)])["ok"]


def test_a_chat_shows_messages_as_they_are_now(telegram: FakeTelegram, bot: Bot) -> None:
    ids = [bot("sendMessage", chat_id=5, text=text)["result"]["message_id"] for text in ("one", "two", "three")]
    bot("editMessageText", chat_id=5, message_id=ids[0], text="first")
    bot("deleteMessage", chat_id=5, message_id=ids[1])
    assert telegram.texts(5) == ["first", "three"]
    assert telegram.chat(5)[0].history == ["one", "first"]


def test_an_edit_that_changes_nothing_is_refused(bot: Bot) -> None:
    sent = bot("sendMessage", chat_id=5, text="same")["result"]["message_id"]
    assert "message is not modified" in bot.refusal("editMessageText", chat_id=5, message_id=sent, text="same")


@pytest.mark.parametrize(("method", "what"), [("editMessageText", "edit"), ("deleteMessage", "delete")])
def test_a_message_that_is_gone_cannot_be_changed(bot: Bot, method: str, what: str) -> None:
    refusal = bot.refusal(method, chat_id=5, message_id=1, text="x")
    assert refusal == f"400 Bad Request: message to {what} not found"


def test_who_blocked_the_bot_gets_nothing(telegram: FakeTelegram, bot: Bot) -> None:
    telegram.blocked.add(5)
    assert bot.refusal("sendMessage", chat_id=5, text="x") == "403 Forbidden: bot was blocked by the user"


def test_too_many_requests_name_the_time_to_wait(telegram: FakeTelegram, bot: Bot) -> None:
    telegram.too_many(120, "sendMessage", times=1)
    assert bot("sendMessage", chat_id=5, text="x")["parameters"] == {"retry_after": 120}
    assert bot("sendMessage", chat_id=5, text="x")["ok"]


def test_strict_limits_count_edits_but_not_those_without_effect(telegram: FakeTelegram, bot: Bot) -> None:
    telegram.strict = True
    sent = bot("sendMessage", chat_id=5, text="x")["result"]["message_id"]
    assert "not modified" in bot.refusal("editMessageText", chat_id=5, message_id=sent, text="x")
    assert bot.refusal("editMessageText", chat_id=5, message_id=sent, text="y").startswith("429")
    assert bot("sendMessage", chat_id=6, text="x")["ok"]


def test_polling_returns_updates_until_they_are_confirmed(telegram: FakeTelegram, bot: Bot) -> None:
    for number in (10, 11):
        telegram.push(updates.text_update(number, 5, "hi"))
    assert [update["update_id"] for update in bot("getUpdates")["result"]] == [10, 11]
    assert [update["update_id"] for update in bot("getUpdates", offset=11)["result"]] == [11]
    assert (bot("getUpdates", offset=12)["result"], telegram.queue.confirmed) == ([], 11)


def test_a_long_poll_ends_with_the_update(telegram: FakeTelegram, bot: Bot) -> None:
    def push_while_it_waits() -> None:
        telegram.wait_for("getUpdates")
        telegram.push(updates.text_update(7, 5, "hi"))

    pushing = threading.Thread(target=push_while_it_waits)
    pushing.start()
    assert [update["update_id"] for update in bot("getUpdates", timeout=4)["result"]] == [7]
    pushing.join()


def test_a_second_poller_ends_the_first(telegram: FakeTelegram, bot: Bot) -> None:
    second = threading.Thread(target=lambda: (telegram.wait_for("getUpdates"), bot("getUpdates", timeout=0)))
    second.start()
    assert bot.refusal("getUpdates", timeout=4).startswith("409 Conflict: terminated by other getUpdates request")
    second.join()


def test_polling_conflicts_with_a_webhook(bot: Bot) -> None:
    bot("setWebhook", url="https://bot.example/hook", secret_token="s")
    assert bot("getWebhookInfo")["result"]["url"] == "https://bot.example/hook"
    assert bot.refusal("getUpdates").startswith("409 Conflict: can't use getUpdates method while webhook is active")
    bot("deleteWebhook")
    assert bot("getUpdates")["ok"]


def test_a_webhook_needs_https(bot: Bot) -> None:
    assert "An HTTPS URL must be provided" in bot.refusal("setWebhook", url="http://bot.example/hook")


def test_a_wrong_token_is_refused() -> None:
    with FakeTelegram(token="1:right") as telegram:
        answers = [httpx.post(f"{telegram.url}/bot1:{token}/getMe").status_code for token in ("right", "wrong")]
    assert answers == [200, 401]


def test_an_update_has_about_the_size_asked_for() -> None:
    size = len(json.dumps(updates.text_update(1, 5, "hi", size_bytes=2000)))
    assert 1900 <= size <= 2100


def test_mentions_and_commands_are_marked_in_utf16_units() -> None:
    found = updates.entities_of("😀 /ask@helpful_bot @helpful_bot mail a@b.example")
    where = [(one["type"], one["offset"], one["length"]) for one in found]
    assert where == [("bot_command", 3, 16), ("mention", 20, 12)]
