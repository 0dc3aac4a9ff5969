"""What all fakes do, shown on the one for Telegram."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import httpx
import pytest

from tests.fakes.process import Remote
from tests.fakes.telegram import FakeTelegram

BOT = "/bot123456:AAE-test"


@pytest.fixture
def telegram() -> Iterator[FakeTelegram]:
    with FakeTelegram() as fake:
        yield fake


@pytest.fixture
def client(telegram: FakeTelegram) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=telegram.url + BOT, timeout=5) as client:
        yield client


def say(client: httpx.Client, text: str = "hello", chat: int = 5) -> httpx.Response:
    return client.post("/sendMessage", json={"chat_id": chat, "text": text})


def test_a_call_is_logged_with_its_times(telegram: FakeTelegram, client: httpx.Client) -> None:
    before = time.monotonic()
    say(client)
    [call] = telegram.wait_for("sendMessage", where=lambda call: call.status == 200)
    assert before <= call.arrived <= (call.answered or 0) <= time.monotonic()
    assert (call.name, call.chat, call.text, call.accepted) == ("sendMessage", 5, "hello", True)


def test_a_held_request_takes_effect_on_release(telegram: FakeTelegram, client: httpx.Client) -> None:
    hold = telegram.hold("sendMessage")
    sending = threading.Thread(target=say, args=(client,))
    sending.start()
    telegram.wait_for("sendMessage")
    assert telegram.texts(5) == []
    hold.release()
    sending.join()
    assert telegram.texts(5) == ["hello"]


def test_a_held_request_whose_client_left_never_takes_effect(telegram: FakeTelegram, client: httpx.Client) -> None:
    hold = telegram.hold("sendMessage", times=1)
    with pytest.raises(httpx.ReadTimeout):
        client.post("/sendMessage", json={"chat_id": 5, "text": "lost"}, timeout=0.1)
    telegram.wait_for("sendMessage")
    say(client, "kept")
    hold.release()
    say(client, "kept too")
    assert telegram.texts(5) == ["kept", "kept too"]


def test_an_accepted_request_can_be_held_before_its_answer(telegram: FakeTelegram, client: httpx.Client) -> None:
    hold = telegram.hold("sendMessage", accepted=True)
    sending = threading.Thread(target=say, args=(client,))
    sending.start()
    telegram.wait_for(lambda call: call.accepted)
    assert telegram.texts(5) == ["hello"]
    assert telegram.calls[0].status is None
    hold.release()
    sending.join()


def test_an_answer_can_be_held_after_some_of_its_bytes(telegram: FakeTelegram, client: httpx.Client) -> None:
    hold = telegram.hold("getMe", after_bytes=10)
    with client.stream("GET", "/getMe") as answer:
        raw = answer.iter_raw()
        first = next(raw)
        hold.release()
        rest = b"".join(raw)
    assert (len(first), (first + rest)[:10]) == (10, b'{"ok": tru')


@pytest.mark.parametrize("accepted", [True, False])
def test_a_dropped_request_gets_no_answer(telegram: FakeTelegram, client: httpx.Client, accepted: bool) -> None:
    telegram.drop("sendMessage", times=1, accepted=accepted)
    with pytest.raises(httpx.RemoteProtocolError):
        say(client)
    assert (telegram.calls[0].accepted, telegram.calls[0].status) == (accepted, None)
    assert telegram.texts(5) == ["hello"] * accepted


def test_a_delayed_answer_comes_late(telegram: FakeTelegram, client: httpx.Client) -> None:
    telegram.delay(0.1, "sendMessage")
    assert say(client).elapsed.total_seconds() >= 0.1


def test_rules_apply_to_their_chat_and_as_often_as_said(telegram: FakeTelegram, client: httpx.Client) -> None:
    telegram.refuse(502, "sendMessage", chat=5, times=2)
    statuses = [say(client, chat=chat).status_code for chat in (5, 6, 5, 5)]
    assert statuses == [502, 200, 502, 200]


def test_waiting_in_vain_names_what_was_seen(telegram: FakeTelegram, client: httpx.Client) -> None:
    say(client)
    with pytest.raises(TimeoutError, match=r"'sendMessage': 1"):
        telegram.wait_for("editMessageText", timeout=0.05)


def test_a_bug_of_a_fake_fails_its_test() -> None:
    fake = FakeTelegram()
    fake.describe = None  # type: ignore[assignment, method-assign]
    with pytest.raises(TypeError), fake, pytest.raises(httpx.RemoteProtocolError):
        httpx.get(fake.url)


def test_a_fake_as_a_process_is_controlled_over_http() -> None:
    with Remote("telegram", "--strict") as remote:
        with httpx.Client(base_url=remote.url + BOT) as client:
            assert [say(client).status_code for _ in "ab"] == [200, 429]
        assert [row["status"] for row in remote.calls("sendMessage", since=1)] == [429]
        remote.reset()
        assert remote.counts() == {}
