from __future__ import annotations

import json
import traceback
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from tests.fakes import telegram_updates as updates
from tests.fakes.telegram import FakeTelegram
from transports.base import Account, Conversation, ConversationKind, Part
from transports.errors import (
    Blocked,
    MessageGone,
    OutcomeUnknown,
    Refused,
    TransportError,
    TryLater,
    Unauthorized,
)
from transports.http import Http
from transports.telegram import TelegramTransport
from transports.telegram.cutting import UNITS_LIMIT, utf16_length
from transports.testing import ButtonsContract

TOKEN = "123456:AAsecret-Token_value"
CHAT = Conversation(key="77", address={"chat_id": 77})
TOPIC = Conversation(key="-100:42", kind=ConversationKind.GROUP, address={"chat_id": -100, "thread_id": 42})
BOLD = Part("hello 😀", ({"type": "bold", "offset": 0, "length": 5},))
HTTP = Http()


def make(url: str = "", secret: str = "s3cret", http: Http = HTTP) -> TelegramTransport:
    account = Account(slug="default", token=TOKEN, secret=secret, api_url=url, username="helpful_bot")
    return TelegramTransport(account, http)


class TestTelegramContract(ButtonsContract):
    signature_header = "x-telegram-bot-api-secret-token"
    part_limit = UNITS_LIMIT

    def transport(self, secret: str = "s3cret") -> TelegramTransport:
        return make(secret=secret)

    def headers(self, body: bytes, secret: str = "s3cret") -> dict[str, str]:
        return {self.signature_header: secret}

    def body(self, text: str) -> bytes:
        mention = {"type": "text_mention", "offset": 0, "length": 4, "user": dict(updates.BOT)}
        return json.dumps(updates.group_update(7, -100, f"Bot {text}", thread=42, entities=[mention])).encode()

    def press(self, data: str) -> bytes:
        return json.dumps(updates.callback_update(8, -100, data)).encode()

    def measure(self, text: str) -> int:
        return utf16_length(text)


@pytest.fixture
def telegram() -> Iterator[FakeTelegram]:
    with FakeTelegram() as fake:
        yield fake


@pytest.fixture
async def bot(telegram: FakeTelegram) -> AsyncIterator[TelegramTransport]:
    http = Http()
    yield make(telegram.url, http=http)
    await http.aclose()


def body_of(telegram: FakeTelegram, method: str) -> Any:
    """What the only call of a method carried."""
    (call,) = telegram.select(method)
    return call.body


# -- sending


async def test_message_is_sent_with_its_entities(bot: TelegramTransport, telegram: FakeTelegram) -> None:
    message_id = await bot.send(CHAT, BOLD)
    (message,) = telegram.chat(77)
    assert (str(message.id), message.text, message.entities) == (message_id, "hello 😀", list(BOLD.formatting))


async def test_link_previews_are_off_and_no_parse_mode_is_used(bot: TelegramTransport, telegram: FakeTelegram) -> None:
    await bot.send(CHAT, BOLD)
    body = body_of(telegram, "sendMessage")
    assert body["link_preview_options"] == {"is_disabled": True}
    assert "parse_mode" not in body


async def test_answer_goes_to_its_topic(bot: TelegramTransport, telegram: FakeTelegram) -> None:
    await bot.send(TOPIC, Part("hi"))
    assert [message.thread for message in telegram.chat(-100)] == [42]


async def test_conversation_that_moved_is_reached_by_its_key(bot: TelegramTransport, telegram: FakeTelegram) -> None:
    await bot.send(Conversation(key="-1009", address={"chat_id": -5}), Part("hi"))
    assert telegram.texts(-1009) == ["hi"]


async def test_reply_survives_the_deletion_of_its_message(bot: TelegramTransport, telegram: FakeTelegram) -> None:
    await bot.send(CHAT, Part("hi"), reply_to="12")
    body = body_of(telegram, "sendMessage")
    assert body["reply_parameters"] == {"message_id": 12, "allow_sending_without_reply": True}


async def test_refused_formatting_arrives_plain(bot: TelegramTransport, telegram: FakeTelegram) -> None:
    await bot.send(CHAT, Part("hello", ({"type": "bold", "offset": 0, "length": 99},)))
    (message,) = telegram.chat(77)
    assert (message.text, message.entities) == ("hello", [])


async def test_refused_formatting_of_an_edit_arrives_plain(bot: TelegramTransport, telegram: FakeTelegram) -> None:
    message_id = await bot.send(CHAT, Part("…"))
    await bot.edit(CHAT, message_id, Part("hello", ({"type": "bold", "offset": 0, "length": 99},)))
    assert telegram.texts(77) == ["hello"]


async def test_rendered_answer_is_accepted_as_it_is(bot: TelegramTransport, telegram: FakeTelegram) -> None:
    parts = bot.render("# T\n\n> **b** `c`\n\n```py\nx\n```\n" + "- [l](http://x.org) *i*\n" * 300)
    for part in parts:
        await bot.send(CHAT, part)
    assert telegram.count("sendMessage") == len(telegram.chat(77)) == len(parts)


# -- editing and the rest


async def test_edit_replaces_the_text(bot: TelegramTransport, telegram: FakeTelegram) -> None:
    message_id = await bot.send(CHAT, Part("…"))
    await bot.edit(CHAT, message_id, BOLD)
    assert telegram.texts(77) == ["hello 😀"]


async def test_unchanged_edit_is_success(bot: TelegramTransport, telegram: FakeTelegram) -> None:
    message_id = await bot.send(CHAT, BOLD)
    await bot.edit(CHAT, message_id, BOLD)
    assert [call.status for call in telegram.select("editMessageText")] == [400]


async def test_edit_of_a_deleted_message_says_so(bot: TelegramTransport, telegram: FakeTelegram) -> None:
    with pytest.raises(MessageGone):
        await bot.edit(CHAT, "404", BOLD)


@pytest.mark.parametrize("words", ["message can't be edited", "MESSAGE_ID_INVALID"])
async def test_message_that_cannot_be_edited_counts_as_gone(
    bot: TelegramTransport, telegram: FakeTelegram, words: str
) -> None:
    telegram.bad_request(words)
    with pytest.raises(MessageGone):
        await bot.edit(CHAT, "12", BOLD)


async def test_delete_removes_the_message(bot: TelegramTransport, telegram: FakeTelegram) -> None:
    await bot.delete(CHAT, await bot.send(CHAT, BOLD))
    assert telegram.chat(77) == []


async def test_delete_of_a_deleted_message_is_success(bot: TelegramTransport, telegram: FakeTelegram) -> None:
    await bot.delete(CHAT, "404")
    assert [call.status for call in telegram.select("deleteMessage")] == [400]


async def test_delete_that_is_refused_is_reported(bot: TelegramTransport, telegram: FakeTelegram) -> None:
    telegram.bad_request("message can't be deleted for everyone")
    with pytest.raises(Refused, match="can't be deleted"):
        await bot.delete(CHAT, "12")


async def test_typing_is_shown_in_the_topic(bot: TelegramTransport, telegram: FakeTelegram) -> None:
    await bot.typing(TOPIC)
    assert body_of(telegram, "sendChatAction") == {"chat_id": -100, "message_thread_id": 42, "action": "typing"}


async def test_reaction_is_set(bot: TelegramTransport, telegram: FakeTelegram) -> None:
    await bot.react(CHAT, "12", "👀")
    assert telegram.reactions == {(77, 12): ["👀"]}


async def test_identity_comes_from_the_provider(bot: TelegramTransport) -> None:
    identity = await bot.identify()
    assert (identity.account_id, identity.username, identity.detail) == ("123456", "helpful_bot", "Helpful")


async def test_message_without_a_number_is_never_asked_for(bot: TelegramTransport, telegram: FakeTelegram) -> None:
    with pytest.raises(Refused):
        await bot.edit(CHAT, "a/../b", BOLD)
    assert telegram.calls == []


# -- errors


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, Refused),
        (401, Unauthorized),
        (403, Blocked),
        (404, Unauthorized),
        (409, TryLater),
        (413, Refused),
        (429, TryLater),
        (500, TryLater),
        (502, TryLater),
        (503, TryLater),
        (504, OutcomeUnknown),
        (520, OutcomeUnknown),
    ],
)
@pytest.mark.parametrize("html", [True, False])
async def test_status_says_what_to_do(
    bot: TelegramTransport, telegram: FakeTelegram, status: int, error: type[TransportError], html: bool
) -> None:
    telegram.refuse(status, body=b"<html>sorry</html>" if html else None)
    with pytest.raises(TransportError) as caught:
        await bot.send(CHAT, BOLD)
    assert type(caught.value) is error


async def test_rate_limit_says_how_long_to_wait(bot: TelegramTransport, telegram: FakeTelegram) -> None:
    telegram.too_many(120)
    with pytest.raises(TryLater) as caught:
        await bot.send(CHAT, BOLD)
    assert caught.value.retry_after == 120


@pytest.mark.parametrize(("header", "seconds"), [("7", 7.0), ("9" * 400, 86_400.0), ("soon", None), ("-1", None)])
async def test_rate_limit_of_a_proxy_is_read_from_its_header(
    bot: TelegramTransport, telegram: FakeTelegram, header: str, seconds: float | None
) -> None:
    telegram.refuse(429, body=b"slow down", headers={"retry-after": header})
    with pytest.raises(TryLater) as caught:
        await bot.send(CHAT, BOLD)
    assert caught.value.retry_after == seconds


async def test_blocked_person_is_told_apart(bot: TelegramTransport, telegram: FakeTelegram) -> None:
    telegram.blocked.add(77)
    with pytest.raises(Blocked, match="blocked by the user"):
        await bot.send(CHAT, BOLD)


async def test_unknown_chat_is_refused(bot: TelegramTransport, telegram: FakeTelegram) -> None:
    telegram.bad_request("chat not found")
    with pytest.raises(Refused, match="chat not found"):
        await bot.send(CHAT, BOLD)


async def test_group_that_moved_names_its_new_id(bot: TelegramTransport, telegram: FakeTelegram) -> None:
    body = {"ok": False, "error_code": 400, "description": "upgraded", "parameters": {"migrate_to_chat_id": -1009}}
    telegram.refuse(400, body=body)
    with pytest.raises(TryLater, match="-1009"):  # by then the conversation has its new key
        await bot.send(CHAT, BOLD)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b'{"ok": true}',
        b'{"ok": true, "result": true}',
        b'{"ok": true, "result": {}}',
        b"[" * 99_999,
    ],
)
async def test_unreadable_success_leaves_the_outcome_unknown(
    bot: TelegramTransport, telegram: FakeTelegram, body: bytes
) -> None:
    telegram.refuse(200, body=body)
    with pytest.raises(OutcomeUnknown):
        await bot.send(CHAT, BOLD)


async def test_refusal_within_a_success_counts(bot: TelegramTransport, telegram: FakeTelegram) -> None:
    telegram.refuse(200, body={"ok": False, "error_code": 403, "description": "Forbidden"})
    with pytest.raises(Blocked):
        await bot.send(CHAT, BOLD)


async def test_lost_answer_leaves_the_outcome_unknown(bot: TelegramTransport, telegram: FakeTelegram) -> None:
    telegram.drop("sendMessage")
    with pytest.raises(OutcomeUnknown):
        await bot.send(CHAT, BOLD)
    assert len(telegram.chat(77)) == 1


async def test_server_that_is_not_there_got_nothing() -> None:
    with pytest.raises(TryLater):
        await make("http://127.0.0.1:9", http=Http()).send(CHAT, BOLD)


async def test_token_is_in_no_error(bot: TelegramTransport, telegram: FakeTelegram) -> None:
    telegram.bad_request(f"no route /bot{TOKEN}/sendMessage")
    with pytest.raises(Refused) as caught:
        await bot.send(CHAT, BOLD)
    assert "secret-Token" not in "".join(traceback.format_exception(caught.value)) + repr(caught.value)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "http://[bad", "http://x\n.org", "nonsense://x"])
async def test_token_is_in_no_error_about_the_address(url: str) -> None:
    with pytest.raises(TransportError) as caught:
        await make(url, http=Http()).send(CHAT, BOLD)
    assert "secret-Token" not in "".join(traceback.format_exception(caught.value)) + repr(caught.value)


def test_token_is_in_no_representation() -> None:
    transport = make()
    assert "secret-Token" not in f"{transport!r} {transport.account!r} {vars(transport)!r}"


# -- how updates arrive


async def test_webhook_is_set_with_secret_and_kinds(bot: TelegramTransport, telegram: FakeTelegram) -> None:
    await bot.set_webhook("https://bots.example/webhooks/telegram/default/")
    webhook = telegram.queue.webhook
    assert (webhook["secret_token"], webhook["drop_pending_updates"]) == ("s3cret", False)
    assert webhook["allowed_updates"] == ["message", "edited_message", "callback_query", "my_chat_member"]


async def test_webhook_info_is_telegrams_own(bot: TelegramTransport) -> None:
    await bot.set_webhook("https://bots.example/")
    assert (await bot.webhook_info())["url"] == "https://bots.example/"


async def test_deleting_the_webhook_keeps_what_is_pending(bot: TelegramTransport, telegram: FakeTelegram) -> None:
    await bot.set_webhook("https://bots.example/")
    telegram.push(updates.text_update(1, 77, "hello"))
    await bot.delete_webhook()
    assert len(await bot.fetch_updates(None, 0)) == 1


async def test_fetched_update_parses_like_a_delivered_one(bot: TelegramTransport, telegram: FakeTelegram) -> None:
    update = updates.text_update(7, 77, "hello 😀")
    telegram.push(update)
    (body,) = await bot.fetch_updates(None, 0)
    assert bot.parse({}, body) == bot.parse({}, json.dumps(update).encode())


async def test_offset_confirms_what_came_before(bot: TelegramTransport, telegram: FakeTelegram) -> None:
    for number in (7, 8):
        telegram.push(updates.text_update(number, 77, "hello"))
    assert [json.loads(body)["update_id"] for body in await bot.fetch_updates(8, 0)] == [8]
    assert telegram.queue.confirmed == 7


async def test_polling_waits_at_the_server(bot: TelegramTransport, telegram: FakeTelegram) -> None:
    assert await bot.fetch_updates(None, 1) == []
    body = body_of(telegram, "getUpdates")
    assert (body["timeout"], "offset" in body, len(body["allowed_updates"])) == (1, False, 4)


async def test_poll_without_a_list_is_an_error(bot: TelegramTransport, telegram: FakeTelegram) -> None:
    telegram.refuse(200, body={"ok": True, "result": True})
    with pytest.raises(OutcomeUnknown):
        await bot.fetch_updates(None, 0)


async def test_poller_that_meets_another_tries_later(bot: TelegramTransport, telegram: FakeTelegram) -> None:
    await bot.set_webhook("https://bots.example/")
    with pytest.raises(TryLater, match="webhook"):
        await bot.fetch_updates(None, 0)


async def test_command_menu_is_filled(bot: TelegramTransport, telegram: FakeTelegram) -> None:
    await bot.set_commands({"help": "What I can do"})
    assert telegram.commands == [{"command": "help", "description": "What I can do"}]


# -- identity


def test_account_id_comes_from_the_token() -> None:
    update = updates.text_update(1, -5, "hi", reply_to_message=updates.quoted(-5, "An answer"))
    assert make().parse({}, json.dumps(update).encode()).ignored == ""


def test_account_id_that_is_known_wins_over_the_token() -> None:
    account = Account(slug="default", token=TOKEN, secret="s3cret", account_id="999")
    update = updates.text_update(1, -5, "hi", reply_to_message=updates.quoted(-5, "An answer"))
    assert TelegramTransport(account, HTTP).parse({}, json.dumps(update).encode()).ignored
