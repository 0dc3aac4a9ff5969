"""Approvals over the wire: asked where the conversation is, decided by people, executed once, whatever happens meanwhile."""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import Any

import pytest

from tests.fakes.github_events import issue_comment_event
from tests.fakes.github_store import user
from tests.fakes.model_replies import Reply, text, tool
from tests.system.fakes import Fakes
from tests.system.oracle import batches, replies, runs, states, wait_for_end
from tests.system.platform import Platform
from tests.system.questions import approvals, asked, press

SETTINGS = {"STUCK_AFTER_SECONDS": "8", "HEARTBEAT_SECONDS": "2", "SWEEP_SECONDS": "2", "TELEGRAM_ADMIN_IDS": "4711"}
ADMIN = 4711
WISH = "please erase the things we talked about"
NEEDS_APPROVAL = {
    "type": "complex", "category": "admin", "complexity": "low", "requires_human_approval": True, "reasoning": "erases",
}  # fmt: skip


@pytest.fixture(autouse=True)
def eraser(fakes: Fakes) -> None:
    """A model that asks for the history to be deleted, and reports what became of it."""

    def answer(prompt: dict[str, Any]) -> Reply:
        last = prompt["messages"][-1]["content"]
        if isinstance(last, list) and any(block.get("type") == "tool_result" for block in last):
            return text(f"Result: {last[0]['content']}")
        if WISH in str(last):
            return tool("delete_history", {}, said="I will delete what was said here.")
        return text("Noted.")

    fakes.model.default = answer
    fakes.model.classification = lambda said: (
        NEEDS_APPROVAL
        if WISH in said
        else {**NEEDS_APPROVAL, "requires_human_approval": False, "type": "simple", "category": "general"}
    )


def remembered(platform: Platform, chat: int, words: str) -> int:
    [row] = platform.sql(
        "SELECT count(*) AS n FROM botplatform_message m JOIN botplatform_session s ON s.id = m.session_id "
        "WHERE s.key = %s AND m.text LIKE %s", str(chat), f"%{words}%",
    )  # fmt: skip
    return int(row["n"])


def wish(platform: Platform, fakes: Fakes, chat: int) -> str:
    """Something to remember, then the wish to have it erased; returns the wish's update."""
    platform.say(chat, "my locker is number 1234")
    wait_for_end(platform, chat, "done")
    return platform.say(chat, WISH)


# -- Telegram


def test_history_is_deleted_after_a_button_was_pressed(platform: Platform, fakes: Fakes, chat: int) -> None:
    update = wish(platform, fakes, chat)
    question = asked(platform, fakes, chat)
    assert set(question["data"]) == {"Approve", "Deny", "Details"}
    assert remembered(platform, chat, "1234") == 1
    press(platform, chat, question, "Approve")
    fakes.telegram.wait_for_text(chat, "Result:")
    wait_for_end(platform, chat, "done", "done")
    assert remembered(platform, chat, "1234") == 0
    story = platform.explain(update)
    assert [(one["tool"], one["state"]) for one in story["approvals"]] == [("delete_history", "executed")]
    assert story["route"]["target"] == "hitl-agent"
    [shown] = [message for message in fakes.telegram.chat(chat) if message.id == question["id"]]
    assert "Approved by" in shown.text
    assert not shown.markup


def test_the_button_is_answered_before_anything_else_is_sent(platform: Platform, fakes: Fakes, chat: int) -> None:
    wish(platform, fakes, chat)
    question = asked(platform, fakes, chat)
    before = len(fakes.telegram.calls)
    press(platform, chat, question, "Deny")
    fakes.telegram.wait_for_text(chat, "Result:")
    names = [call.name for call in fakes.telegram.calls[before:] if call.name != "getUpdates"]
    assert names[0] == "answerCallbackQuery"
    assert approvals(platform, chat)[0]["state"] == "denied"
    assert remembered(platform, chat, "1234") == 1


def test_the_chat_goes_on_while_a_question_is_open(platform: Platform, fakes: Fakes, chat: int) -> None:
    wish(platform, fakes, chat)
    asked(platform, fakes, chat)
    platform.say(chat, "and now something completely different")
    fakes.telegram.wait_for_text(chat, "Noted.")
    platform.wait_until(lambda: states(batches(platform, chat)) == ["done", "waiting", "done"])
    platform.say(chat, "/cancel")
    platform.wait_until(lambda: approvals(platform, chat)[0]["state"] == "void")


@pytest.mark.parametrize(
    ("said", "state"), [("yes", "executed"), ("no, because I still need it", "denied"), ("I do not approve of this", "denied"),
                        ("/approve 1", "executed"), ("/deny 1", "denied")],
)  # fmt: skip
def test_words_decide(platform: Platform, fakes: Fakes, chat: int, said: str, state: str) -> None:
    wish(platform, fakes, chat)
    asked(platform, fakes, chat)
    platform.say(chat, said)
    wait_for_end(platform, chat, "done", "done")
    assert approvals(platform, chat)[0]["state"] == state
    assert remembered(platform, chat, "1234") == (state == "denied")


def test_what_is_unclear_is_asked_again(platform: Platform, fakes: Fakes, chat: int) -> None:
    wish(platform, fakes, chat)
    asked(platform, fakes, chat)
    platform.say(chat, "yes, but only if nothing important is lost")
    fakes.telegram.wait_for_text(chat, "I did not take that as a decision")
    assert approvals(platform, chat)[0]["state"] == "pending"
    platform.say(chat, "/cancel")


def test_in_a_group_only_an_approver_decides(platform: Platform, fakes: Fakes, group: int) -> None:
    bot = fakes.telegram.me()["username"]
    platform.say(group, f"@{bot} {WISH}", **{"from": {"id": 77, "is_bot": False, "first_name": "Zoe"}})
    question = asked(platform, fakes, group)
    press(platform, group, question, "Approve", by=77)
    call = fakes.telegram.wait_for("answerCallbackQuery")
    assert "Only an approver" in str(call)
    assert approvals(platform, group)[0]["state"] == "pending"
    press(platform, group, question, "Approve", by=ADMIN)
    wait_for_end(platform, group, "done")
    assert approvals(platform, group)[0]["decided_by_id"] == str(ADMIN)


def test_replayed_and_forged_buttons_decide_nothing(platform: Platform, fakes: Fakes, chat: int) -> None:
    wish(platform, fakes, chat)
    question = asked(platform, fakes, chat)
    other = chat + 500_000
    press(platform, other, question, "Approve")
    forged = {"id": question["id"], "data": {"Approve": question["data"]["Approve"][:-1] + "x"}}
    press(platform, chat, forged, "Approve")
    platform.wait_until(lambda: fakes.telegram.count("answerCallbackQuery") == 2)
    assert approvals(platform, chat)[0]["state"] == "pending"
    press(platform, chat, question, "Deny")
    wait_for_end(platform, chat, "done", "done")


def test_two_who_decide_at_once_cause_one_execution(platform: Platform, fakes: Fakes, chat: int) -> None:
    wish(platform, fakes, chat)
    question = asked(platform, fakes, chat)
    for button in ("Approve", "Deny", "Approve", "Deny"):
        press(platform, chat, question, button)
    wait_for_end(platform, chat, "done", "done")
    platform.wait_until(lambda: fakes.telegram.count("answerCallbackQuery") == 4)
    [approval] = approvals(platform, chat)
    assert approval["state"] in ("executed", "denied")
    assert len([reply for reply in replies(platform, chat, "answer") if "Result:" in reply["text"]]) == 1


@pytest.mark.parametrize("role", ["worker", "redis"])
def test_a_restart_while_waiting_changes_nothing(
    platform: Platform, fakes: Fakes, chat: int, role: str, healthy_again: Callable[[], None]
) -> None:
    wish(platform, fakes, chat)
    question = asked(platform, fakes, chat)
    if role == "redis":
        with platform.redis() as redis:
            redis.flushall()
    else:
        platform.kill(role, signal.SIGKILL)
    healthy_again()
    press(platform, chat, question, "Approve")
    wait_for_end(platform, chat, "done", "done")
    assert approvals(platform, chat)[0]["state"] == "executed"
    assert [run["state"] for run in runs(platform, chat)] == ["succeeded", "succeeded"]


@pytest.fixture
def healthy_again(platform: Platform) -> Callable[[], None]:
    def wait() -> None:
        platform.wait_until(lambda: platform.processes().get("worker"), 60, what="a worker")
        platform.wait_healthy(60)

    return wait


def test_a_yes_with_nothing_open_is_told_so(platform: Platform, fakes: Fakes, chat: int) -> None:
    platform.say(chat, "yes, go ahead")
    fakes.telegram.wait_for_text(chat, "Nothing is waiting for your approval")


# -- GitHub


def comment(platform: Platform, number: int, body: str, by: str) -> None:
    event = issue_comment_event("octo/widgets", number, body, author=by)
    assert platform.post_github("issue_comment", event).status_code == 200


def permitted(fakes: Fakes, login: str, permission: str) -> None:
    answer = {"permission": permission, "role_name": permission, "user": user(login)}
    fakes.github.refuse(200, f"GET /repos/octo/widgets/collaborators/{login}/permission", body=answer)


def test_on_github_write_permission_decides(platform: Platform, fakes: Fakes) -> None:
    login = platform.env["GITHUB_BOT_LOGIN"]
    for who, permission in (("stranger", "read"), ("maintainer", "write")):
        permitted(fakes, who, permission)
    comment(platform, 71, f"@{login} {WISH}", "stranger")
    fakes.github.wait_until(lambda: fakes.github.comments("octo/widgets", 71), 30)
    [question] = fakes.github.comments("octo/widgets", 71)
    assert "/approve 1" in question["body"]
    comment(platform, 71, "/approve 1", "stranger")
    fakes.github.wait_until(lambda: len(fakes.github.comments("octo/widgets", 71)) == 2, 30)
    key = platform.sql("SELECT key FROM botplatform_session WHERE key LIKE '%:71'")[0]["key"]
    assert approvals(platform, key)[0]["state"] == "pending"
    comment(platform, 71, "/approve 1", "maintainer")
    wait_for_end(platform, key, "done")
    assert approvals(platform, key)[0]["state"] == "executed"
    assert "Approved by maintainer" in fakes.github.comments("octo/widgets", 71)[0]["body"]


def test_a_name_alone_gives_no_right(platform: Platform, fakes: Fakes) -> None:
    login = platform.env["GITHUB_BOT_LOGIN"]
    answer = {"permission": "admin", "role_name": "admin", "user": {**user("mallory"), "id": 1}}
    fakes.github.refuse(200, "GET /repos/octo/widgets/collaborators/mallory/permission", body=answer)
    comment(platform, 72, f"@{login} {WISH}", "mallory")
    fakes.github.wait_until(lambda: fakes.github.comments("octo/widgets", 72), 30)
    comment(platform, 72, "/approve 1", "mallory")
    fakes.github.wait_until(lambda: len(fakes.github.comments("octo/widgets", 72)) == 2, 30)
    key = platform.sql("SELECT key FROM botplatform_session WHERE key LIKE '%:72'")[0]["key"]
    assert approvals(platform, key)[0]["state"] == "pending"
    assert "Only an approver" in fakes.github.comments("octo/widgets", 72)[1]["body"]
