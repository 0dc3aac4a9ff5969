"""Questions to the person, reminders and the list of things to do, on Telegram: from the model's call to what people see."""

from __future__ import annotations

import signal
from typing import Any

import pytest

from tests.system.configuring import give_tools, wait_for_offer
from tests.system.fakes import Fakes
from tests.system.github_work import let_obey
from tests.system.oracle import batches, hasten, runs, states, wait_for_end
from tests.system.planning import plan_steps
from tests.system.platform import Platform
from tests.system.questions import approvals, asked, press
from tests.system.scripted import let_call

SETTINGS = {"STUCK_AFTER_SECONDS": "6", "HEARTBEAT_SECONDS": "1", "SWEEP_SECONDS": "2"}
WISH = "paint the shed"
QUESTION = ("ask_user", {"question": "Which colour shall it be?", "options": ["Red", "Blue"]})


@pytest.fixture(scope="module", autouse=True)
def asking(platform: Platform) -> None:
    """An agent that may ask."""
    give_tools(platform, "simple-agent", "ask_user")
    wait_for_offer(platform, platform.fakes, 999, "ask_user")


@pytest.fixture
def question(platform: Platform, fakes: Fakes, chat: int) -> dict[str, Any]:
    """The question with its buttons, once it is shown."""
    let_call(fakes, WISH, *QUESTION)
    platform.say(chat, WISH)
    return asked(platform, fakes, chat)


# -- questions


def test_options_are_buttons_and_the_run_sleeps(
    platform: Platform, fakes: Fakes, chat: int, question: dict[str, Any]
) -> None:
    assert list(question["data"]) == ["Red", "Blue"]
    [shown] = [message.text for message in fakes.telegram.chat(chat) if message.id == question["id"]]
    assert "Which colour shall it be?" in shown
    [batch] = batches(platform, chat)
    assert (batch["state"], batch["worker"], batch["lease_until"]) == ("waiting", "", None)
    press(platform, chat, question, "Blue")
    fakes.telegram.wait_for_text(chat, "Result:")
    wait_for_end(platform, chat, "done")
    assert "answered: Blue" in fakes.telegram.texts(chat)[-1]
    [after] = [message for message in fakes.telegram.chat(chat) if message.id == question["id"]]
    assert "Blue" in after.text
    assert not after.markup
    assert [run["state"] for run in runs(platform, chat)] == ["succeeded"]


@pytest.mark.parametrize(
    ("said", "answer"), [("green, like the grass", "green, like the grass"), ("2", "Blue"), ("yes", "yes")]
)
def test_own_words_are_an_answer(
    platform: Platform, fakes: Fakes, chat: int, question: dict[str, Any], said: str, answer: str
) -> None:
    platform.say(chat, said)
    fakes.telegram.wait_for_text(chat, f"answered: {answer}")
    wait_for_end(platform, chat, "done")


def test_second_press_changes_nothing(platform: Platform, fakes: Fakes, chat: int, question: dict[str, Any]) -> None:
    for button in ("Red", "Blue", "Red"):
        press(platform, chat, question, button)
    fakes.telegram.wait_for_text(chat, "answered: Red")
    wait_for_end(platform, chat, "done")
    platform.wait_until(lambda: fakes.telegram.count("answerCallbackQuery") == 3)
    assert len([said for said in fakes.telegram.texts(chat) if "Result:" in said]) == 1


def test_in_a_group_the_one_who_asked_answers(platform: Platform, fakes: Fakes, group: int) -> None:
    let_call(fakes, WISH, *QUESTION)
    bot = fakes.telegram.me()["username"]
    platform.say(group, f"@{bot} {WISH}", **{"from": {"id": 77, "is_bot": False, "first_name": "Zoe"}})
    question = asked(platform, fakes, group)
    press(platform, group, question, "Red", by=78)
    assert "Only the person who asked" in str(fakes.telegram.wait_for("answerCallbackQuery"))
    assert approvals(platform, group)[0]["state"] == "pending"
    press(platform, group, question, "Blue", by=77)
    fakes.telegram.wait_for_text(group, "answered: Blue")
    wait_for_end(platform, group, "done")


def test_question_outlives_the_worker(platform: Platform, fakes: Fakes, chat: int, question: dict[str, Any]) -> None:
    for process in platform.kill("worker", signal.SIGKILL):
        process.wait(10)
    press(platform, chat, question, "Blue")
    fakes.telegram.wait_for_text(chat, "answered: Blue", 90)
    wait_for_end(platform, chat, "done")


def test_without_an_answer_it_goes_on(platform: Platform, fakes: Fakes, chat: int, question: dict[str, Any]) -> None:
    platform.sql("UPDATE botplatform_approval SET expires_at = now() WHERE state = 'pending'")
    hasten(platform, chat)
    fakes.telegram.wait_for_text(chat, "Nobody answered. Go on without")
    wait_for_end(platform, chat, "done")


def test_cancelled_question_takes_no_answer(
    platform: Platform, fakes: Fakes, chat: int, question: dict[str, Any]
) -> None:
    platform.say(chat, "/cancel")
    platform.wait_until(lambda: states(batches(platform, chat)) == ["cancelled"])
    press(platform, chat, question, "Red")
    fakes.telegram.wait_for("answerCallbackQuery")
    assert approvals(platform, chat)[0]["state"] == "void"


def test_step_of_a_plan_asks(platform: Platform, fakes: Fakes, chat: int) -> None:
    obeying = let_obey(fakes, QUESTION)
    platform.say(chat, WISH)
    question = asked(platform, fakes, chat)
    assert plan_steps(platform)["github"]["state"] == "waiting"
    assert states(batches(platform, chat)) == ["waiting"]
    press(platform, chat, question, "Red")
    fakes.telegram.wait_for_text(chat, "All done.")
    wait_for_end(platform, chat, "done")
    assert "answered: Red" in obeying.told[0]
    assert plan_steps(platform)["github"]["state"] == "succeeded"


# -- reminders, the list


def test_reminder_is_posted_once(platform: Platform, fakes: Fakes, chat: int) -> None:
    let_call(fakes, WISH, "set_reminder", {"text": "Look at the shed.", "in_minutes": 1})
    platform.say(chat, WISH)
    fakes.telegram.wait_for_text(chat, "Set: Reminder 1")
    wait_for_end(platform, chat, "done")
    [due] = platform.sql("SELECT id, due_at > now() AS later FROM botplatform_reminder WHERE state = 'pending'")
    assert due["later"]
    assert not [said for said in fakes.telegram.texts(chat) if "⏰" in said]
    platform.sql("UPDATE botplatform_reminder SET due_at = now() WHERE id = %s", due["id"])
    fakes.telegram.wait_for_text(chat, "⏰ Reminder: Look at the shed.")
    [row] = platform.sql("SELECT state FROM botplatform_reminder WHERE id = %s", due["id"])
    assert row["state"] == "posted"
    platform.say(chat, "what was that?")
    fakes.telegram.wait_for_text(chat, "Noted.")
    assert len([said for said in fakes.telegram.texts(chat) if "⏰" in said]) == 1


def test_list_of_the_tool_is_the_list_of_the_command(platform: Platform, fakes: Fakes, chat: int) -> None:
    let_call(fakes, WISH, "todo", {"action": "add", "text": "buy paint"})
    platform.say(chat, WISH)
    fakes.telegram.wait_for_text(chat, "Added as number 1.")
    wait_for_end(platform, chat, "done")
    platform.say(chat, "/todo")
    fakes.telegram.wait_for_text(chat, "☐ 1: buy paint")
    let_call(fakes, WISH, "todo", {"action": "done", "number": 1})
    platform.say(chat, WISH)
    fakes.telegram.wait_for_text(chat, "☑ 1: buy paint")
    wait_for_end(platform, chat, "done", "done")
