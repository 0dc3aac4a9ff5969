"""A Telegram that refuses, forgets and goes silent: the chat concerned waits, others do not, and nothing is shown twice."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fakes.model_replies import text
from tests.fakes.telegram_updates import membership_update
from tests.system.fakes import Fakes
from tests.system.oracle import batches, broken_invariants, hasten, replies, session, states, wait_for_end
from tests.system.platform import Platform

SETTINGS = {"SWEEP_SECONDS": "2"}
EDIT, SEND = "editMessageText", "sendMessage"
LONG = "first " * 600 + "second " * 600
"""Two messages."""


@pytest.fixture(autouse=True)
def invariants(platform: Platform, fakes: Fakes) -> Iterator[None]:
    yield
    assert broken_invariants(platform, fakes) == []


def answer_once(platform: Platform, fakes: Fakes, chat: int, said: str) -> None:
    """Say something and see that the chat ends up with exactly its answer."""
    platform.say(chat, said)
    wait_for_end(platform, chat, "done")
    assert fakes.telegram.texts(chat) == [f"answer to: {said}"]
    assert states(replies(platform, chat)) == ["sent"]
    assert len(fakes.model.asked(said)) == 1


# -- 429


@pytest.mark.parametrize("method", [SEND, EDIT], ids=["placeholder", "answer"])
def test_chat_told_to_wait_is_left_alone_and_others_flow(
    platform: Platform, fakes: Fakes, chat: int, method: str
) -> None:
    refusal = fakes.telegram.too_many(120, method, chat=chat, times=1)
    platform.say(chat, "patience")
    fakes.telegram.wait_until(lambda: refusal.hits, 30)
    platform.wait_until(lambda: states(batches(platform, chat)) == ["done"])
    assert 60 < session(platform, chat)["silent_for"].total_seconds() <= 120
    calls = fakes.telegram.count(chat=chat)
    other = chat + 100_000
    platform.say(other, "meanwhile")
    assert fakes.telegram.wait_for_text(other, "answer to: meanwhile") == ["answer to: meanwhile"]
    assert states(replies(platform, chat)) == ["pending"]
    assert fakes.telegram.count(chat=chat) == calls
    hasten(platform, chat)
    wait_for_end(platform, chat, "done")
    assert fakes.telegram.texts(chat) == ["answer to: patience"]


def test_wait_is_remembered_without_redis_and_across_workers(platform: Platform, fakes: Fakes, chat: int) -> None:
    refusal = fakes.telegram.too_many(120, EDIT, chat=chat, times=1)
    platform.say(chat, "one")
    fakes.telegram.wait_until(lambda: refusal.hits, 30)
    platform.wait_until(lambda: session(platform, chat)["not_before"])
    [worker] = platform.kill("worker")
    worker.wait(10)
    with platform.redis() as broker:
        broker.flushall()
    platform.say(chat, "two")
    platform.wait_until(lambda: states(batches(platform, chat)) == ["done", "done"], 60)
    assert fakes.telegram.texts(chat) == ["Thinking …"]
    hasten(platform, chat)
    wait_for_end(platform, chat, "done", "done")
    assert fakes.telegram.texts(chat) == ["answer to: one", "answer to: two"]


def test_short_wait_ends_by_itself(platform: Platform, fakes: Fakes, chat: int) -> None:
    refusal = fakes.telegram.too_many(2, EDIT, chat=chat, times=1)
    answer_once(platform, fakes, chat, "soon")
    [first, second] = fakes.telegram.select(EDIT, chat=chat)
    assert refusal.hits == [first]
    assert second.arrived - (first.answered or 0) >= 2


# -- 5xx and silence


@pytest.mark.parametrize(("method", "status"), [(SEND, 502), (EDIT, 500), (EDIT, 504)])
def test_server_error_is_outlived(platform: Platform, fakes: Fakes, chat: int, method: str, status: int) -> None:
    fakes.telegram.refuse(status, method, chat=chat, times=1)
    answer_once(platform, fakes, chat, "still there?")


def test_part_that_was_not_accepted_follows_in_order(platform: Platform, fakes: Fakes, chat: int) -> None:
    fakes.model.script([text(LONG)], when="at length")
    fakes.telegram.refuse(502, SEND, chat=chat, text="second", times=1)
    platform.say(chat, "at length")
    wait_for_end(platform, chat, "done")
    first, second = fakes.telegram.texts(chat)
    assert " ".join(f"{first} {second}".split()) == LONG.strip()


def test_edit_accepted_without_an_answer_is_not_shown_twice(platform: Platform, fakes: Fakes, chat: int) -> None:
    dropped = fakes.telegram.drop(EDIT, chat=chat, accepted=True, times=1)
    answer_once(platform, fakes, chat, "only once")
    assert [call.accepted for call in dropped.hits] == [True]


@pytest.mark.slow
def test_answer_of_telegram_that_never_comes_is_not_waited_for(platform: Platform, fakes: Fakes, chat: int) -> None:
    hold = fakes.telegram.hold(EDIT, chat=chat, accepted=True, times=1)
    answer_once(platform, fakes, chat, "hello?")
    assert [call.status for call in hold.hits] == [None]


def test_part_accepted_without_an_answer_is_unknown_and_not_sent_again(
    platform: Platform, fakes: Fakes, chat: int
) -> None:
    fakes.model.script([text(LONG)], when="at length")
    fakes.telegram.drop(SEND, chat=chat, text="second", accepted=True, times=1)
    platform.say(chat, "at length")
    wait_for_end(platform, chat, "done")
    assert states(replies(platform, chat)) == ["sent", "unknown"]
    assert len(fakes.telegram.texts(chat)) == 2
    platform.say(chat, "go on")
    fakes.telegram.wait_for_text(chat, "answer to: go on")
    wait_for_end(platform, chat, "done", "done")


def test_placeholder_of_unknown_outcome_is_written_off(platform: Platform, fakes: Fakes, chat: int) -> None:
    fakes.telegram.drop(SEND, chat=chat, accepted=True, times=1)
    platform.say(chat, "is it there?")
    wait_for_end(platform, chat, "done")
    assert fakes.telegram.texts(chat) == ["Thinking …", "answer to: is it there?"]
    assert states(replies(platform, chat, "placeholder")) == ["failed"]


# -- messages that are gone, or the same


def test_answer_whose_placeholder_was_deleted_is_a_new_message(platform: Platform, fakes: Fakes, chat: int) -> None:
    hold = fakes.model.hold_text("delete me")
    platform.say(chat, "delete me")
    [placeholder] = fakes.telegram.wait_until(lambda: fakes.telegram.chat(chat), 30)
    fakes.telegram.chats.remove(chat, placeholder.id)
    hold.release()
    wait_for_end(platform, chat, "done")
    assert fakes.telegram.texts(chat) == ["answer to: delete me"]
    assert states(replies(platform, chat)) == ["sent"]


def test_answer_that_changes_nothing_counts_as_sent(platform: Platform, fakes: Fakes, chat: int) -> None:
    fakes.model.script([text("Thinking …")], when="what are you doing?")
    platform.say(chat, "what are you doing?")
    wait_for_end(platform, chat, "done")
    assert fakes.telegram.texts(chat) == ["Thinking …"]
    assert states(replies(platform, chat)) == ["sent"]
    assert fakes.telegram.count(EDIT, chat=chat) == 1


# -- blocked


def test_person_who_blocks_the_bot_is_left_alone_until_he_writes(platform: Platform, fakes: Fakes, chat: int) -> None:
    hold = fakes.model.hold_text("goodbye")
    platform.say(chat, "goodbye")
    fakes.telegram.wait_for_text(chat, "Thinking …")
    fakes.telegram.blocked.add(chat)
    hold.release()
    wait_for_end(platform, chat, "done")
    assert session(platform, chat)["mode"] == "blocked"
    assert states(replies(platform, chat)) == ["failed"]
    fakes.telegram.blocked.discard(chat)
    platform.say(chat, "hello again")
    fakes.telegram.wait_for_text(chat, "answer to: hello again")
    wait_for_end(platform, chat, "done", "done")
    assert session(platform, chat)["mode"] == "normal"


def test_batch_of_a_person_who_has_blocked_the_bot_asks_no_model(platform: Platform, fakes: Fakes, chat: int) -> None:
    hold = fakes.model.hold_text("one")
    platform.say(chat, "one")
    fakes.telegram.wait_for_text(chat, "Thinking …")
    platform.say(chat, "two")
    fakes.telegram.blocked.add(chat)
    assert platform.post_telegram(membership_update(platform.next_update_id(), chat, "kicked")).status_code == 200
    hold.release()
    wait_for_end(platform, chat, "done", "done")
    assert [batch["reason"] for batch in batches(platform, chat)] == ["", "blocked"]
    assert fakes.model.asked() == [["one"]]
    assert fakes.telegram.texts(chat) == ["Thinking …"]
