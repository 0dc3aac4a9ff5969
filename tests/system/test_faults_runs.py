"""Workers that die or sleep while they work: what they held goes on elsewhere, and nothing is said or done twice.

The stage is pinned by a request that a fake holds. Where nobody outside is called, as in the shipped tools, it is
pinned in PostgreSQL: a trigger, which belongs to the test, keeps a row from being written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from operator import le
from typing import Any

import psutil
import psycopg
import pytest

from tests.fakes.github_events import issue_comment_event
from tests.fakes.model_prompts import blocks
from tests.fakes.model_replies import text, tool
from tests.system.fakes import Fakes
from tests.system.oracle import (
    RECOVERY_SECONDS,
    batches,
    broken_invariants,
    hasten,
    holder,
    lapse,
    replies,
    runs,
    states,
    steps,
    wait_for_end,
)
from tests.system.platform import Platform

SETTINGS = {"STUCK_AFTER_SECONDS": "6", "HEARTBEAT_SECONDS": "1", "SWEEP_SECONDS": "2", "BATCH_WINDOW_MS": "1000"}
ARGUMENTS = ("--workers", "3")
EDIT, SEND = "editMessageText", "sendMessage"


@pytest.fixture(autouse=True)
def invariants(platform: Platform, fakes: Fakes) -> Iterator[None]:
    """One worker to hit and one to go on at the beginning; at the end all has ended and no rule is broken."""
    platform.wait_until(lambda: len(platform.processes().get("worker", [])) > 1, 60, what="two workers")
    yield
    assert broken_invariants(platform, fakes) == []


@pytest.fixture
def paused() -> Iterator[Callable[[psutil.Process], psutil.Process]]:
    """Suspend a process; it goes on at the latest when the test ends."""
    processes: list[psutil.Process] = []

    def pause(process: psutil.Process) -> psutil.Process:
        processes.append(process)
        process.suspend()
        return process

    yield pause
    for process in processes:
        if process.is_running():
            process.resume()


@contextmanager
def statement_pinned(platform: Platform, on: str, when: str) -> Iterator[Callable[[], None]]:
    """Statements of this kind wait in PostgreSQL until the end of the context, or until the function it gives is called."""
    with psycopg.connect(platform.database_url, autocommit=True) as own:
        own.execute("SELECT pg_advisory_lock(6)")
        platform.sql("""
            CREATE OR REPLACE FUNCTION pin() RETURNS trigger LANGUAGE plpgsql AS
            'BEGIN PERFORM pg_advisory_xact_lock(6); RETURN NEW; END'""")
        platform.sql(f"CREATE OR REPLACE TRIGGER pin BEFORE {on} FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION pin()")
        try:
            yield own.close
        finally:
            own.close()
            platform.sql("SET lock_timeout = '10s'; DROP FUNCTION pin() CASCADE")


_PINNED = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"


def kill(process: psutil.Process) -> None:
    process.kill()
    process.wait(10)


def bury(platform: Platform, chat: int | str) -> None:
    """Kill the worker that works for the chat, and let what it held lapse now instead of in a lease's time."""
    kill(holder(platform, chat))
    lapse(platform, chat)


# -- killed


def test_batch_whose_nudge_died_with_its_worker_is_run(platform: Platform, fakes: Fakes, chat: int) -> None:
    workers = platform.processes()["worker"]
    platform.say(chat, "in the window")
    with platform.redis() as broker:
        platform.wait_until(lambda: broker.hlen("unacked") > 0, what="a worker that holds the nudge")
    for worker in workers:
        kill(worker)
    assert states(batches(platform, chat)) == ["collecting"]
    fakes.telegram.wait_for_text(chat, "answer to: in the window", RECOVERY_SECONDS)
    wait_for_end(platform, chat, "done")
    assert fakes.model.asked() == [["in the window"]]


@pytest.mark.parametrize("after_bytes", [None, 600], ids=["before the answer", "in mid-stream"])
def test_worker_killed_during_a_model_call_is_replaced(
    platform: Platform, fakes: Fakes, chat: int, after_bytes: int | None
) -> None:
    hold = fakes.model.hold_text("deep thought", times=1, after_bytes=after_bytes)
    platform.say(chat, "deep thought")
    fakes.telegram.wait_for(SEND, chat=chat)
    fakes.model.wait_until(lambda: hold.hits)
    kill(holder(platform, chat))
    assert fakes.telegram.wait_for_text(chat, "answer to: deep thought", RECOVERY_SECONDS) == [
        "answer to: deep thought"
    ]
    wait_for_end(platform, chat, "done")
    assert states(runs(platform, chat)) == ["lost", "succeeded"]
    assert states(steps(platform, chat)) == ["failed", "succeeded"]
    assert fakes.model.asked() == [["deep thought"]] * 2
    assert fakes.telegram.count(SEND, chat=chat) == 1


def test_model_call_that_was_paid_is_not_paid_again(platform: Platform, fakes: Fakes, chat: int) -> None:
    fakes.model.script([tool("calculator", {"expression": "6*7"}), text("It is 42.")], when="sum")
    second = fakes.model.hold("POST /v1/messages", times=1, where=lambda call: len(call.body["messages"]) == 3)
    platform.say(chat, "a sum")
    fakes.model.wait_until(lambda: second.hits)
    bury(platform, chat)
    assert fakes.telegram.wait_for_text(chat, "It is 42.", RECOVERY_SECONDS) == ["It is 42."]
    wait_for_end(platform, chat, "done")
    first, broken_off, again = fakes.model.requests
    assert len(first["messages"]) == 1
    assert again == broken_off
    assert states(steps(platform, chat)) == ["succeeded", "succeeded", "failed", "succeeded"]


@pytest.mark.parametrize(
    ("repeatable", "ends", "told"),
    [(True, ["succeeded"], "6*7 = 42"), (False, ["unknown"], "The outcome of this call is unknown")],
)
def test_worker_killed_during_a_tool_call_leaves_a_pair(
    platform: Platform, fakes: Fakes, chat: int, repeatable: bool, ends: list[str], told: str
) -> None:
    fakes.model.script([tool("calculator", {"expression": "6*7"}), text("Done.")], when="sum")
    with statement_pinned(platform, "UPDATE ON botplatform_step", "OLD.kind = 'tool' AND OLD.state = 'running'"):
        platform.say(chat, "a sum")
        platform.wait_until(lambda: states(steps(platform, chat))[1:] == ["running"], what="the tool call")
        kill(holder(platform, chat))
        # What the server does by itself when it notices that nobody listens any more.
        platform.sql(f"SELECT pg_terminate_backend(pid) FROM ({_PINNED}) pinned")
    # No shipped tool has effects outside; the row of this call says that it had.
    platform.sql(
        "UPDATE botplatform_step SET repeatable = %s WHERE id = %s", repeatable, steps(platform, chat)[1]["id"]
    )
    lapse(platform, chat)
    fakes.telegram.wait_for_text(chat, "Done.", RECOVERY_SECONDS)
    wait_for_end(platform, chat, "done")
    [result] = blocks(fakes.model.requests[-1]["messages"][-1])
    assert told in result["content"]
    assert [step["state"] for step in steps(platform, chat) if step["kind"] == "tool"] == ends
    assert len(fakes.model.requests) == 2


def test_answer_accepted_but_not_recorded_is_not_shown_twice(platform: Platform, fakes: Fakes, chat: int) -> None:
    hold = fakes.telegram.hold(EDIT, chat=chat, text="answer to", accepted=True, times=1)
    platform.say(chat, "only once")
    fakes.telegram.wait_until(lambda: any(call.accepted for call in hold.hits), 30)
    bury(platform, chat)
    wait_for_end(platform, chat, "done")
    assert states(replies(platform, chat)) == ["sent"]
    assert fakes.telegram.texts(chat) == ["answer to: only once"]
    assert len(fakes.model.requests) == 1


def test_part_of_unknown_outcome_is_left_to_the_operator(platform: Platform, fakes: Fakes, chat: int) -> None:
    fakes.model.script([text("first " * 600 + "second " * 600)], when="at length")
    hold = fakes.telegram.hold(SEND, chat=chat, text="second", accepted=True, times=1)
    platform.say(chat, "at length")
    fakes.telegram.wait_until(lambda: any(call.accepted for call in hold.hits), 30)
    bury(platform, chat)
    wait_for_end(platform, chat, "done")
    assert states(replies(platform, chat)) == ["sent", "unknown"]
    platform.say(chat, "and on")
    assert len(fakes.telegram.wait_for_text(chat, "answer to: and on", RECOVERY_SECONDS)) == 3
    wait_for_end(platform, chat, "done", "done")


def test_comment_accepted_but_not_recorded_is_found_again(platform: Platform, fakes: Fakes) -> None:
    hold = fakes.github.hold("POST */issues/7/comments", accepted=True, times=1)
    event = issue_comment_event("octo/widgets", 7, "@helpful-bot What is this?")
    update = platform.post_github("issue_comment", event).json()["update"]
    fakes.github.wait_until(lambda: any(call.accepted for call in hold.hits), 30)
    key = platform.explain(update)["session"]["key"]
    bury(platform, key)
    wait_for_end(platform, key, "done")
    assert states(replies(platform, key)) == ["sent"]
    assert len(fakes.github.comments("octo/widgets", 7)) == 1


# -- suspended


def gave_up(platform: Platform, chat: int) -> list[dict[str, Any]]:
    """The log lines in which a worker says that a run of the chat is no longer its own."""
    mine = {batch["id"] for batch in batches(platform, chat)}
    lines = platform.events("batch.lease_lost") + platform.events("run.lease_lost")
    return [line for line in lines if line["batch_id"] in mine]


@pytest.mark.slow
def test_zombie_in_a_model_call_writes_and_sends_nothing(
    platform: Platform, fakes: Fakes, chat: int, paused: Callable[[psutil.Process], psutil.Process]
) -> None:
    hold = fakes.model.hold_text("sleepy", times=1, after_bytes=600)
    platform.say(chat, "sleepy")
    fakes.telegram.wait_for(SEND, chat=chat)
    fakes.model.wait_until(lambda: hold.hits)
    zombie = paused(holder(platform, chat))
    assert fakes.telegram.wait_for_text(chat, "answer to: sleepy", RECOVERY_SECONDS) == ["answer to: sleepy"]
    wait_for_end(platform, chat, "done")
    hold.release()  # its own answer is there when it wakes
    before = fakes.telegram.count(chat=chat), runs(platform, chat), steps(platform, chat), replies(platform, chat)
    zombie.resume()
    platform.wait_until(lambda: gave_up(platform, chat), what="the zombie that gives up")
    after = fakes.telegram.count(chat=chat), runs(platform, chat), steps(platform, chat), replies(platform, chat)
    assert after == before


@pytest.mark.slow
def test_zombie_in_a_delivery_does_not_send_again(
    platform: Platform, fakes: Fakes, chat: int, paused: Callable[[psutil.Process], psutil.Process]
) -> None:
    hold = fakes.telegram.hold(EDIT, chat=chat, text="answer to", accepted=True, times=1)
    platform.say(chat, "asleep at the door")
    fakes.telegram.wait_until(lambda: any(call.accepted for call in hold.hits), 30)
    zombie = paused(holder(platform, chat))
    wait_for_end(platform, chat, "done")
    hold.release()
    before = fakes.telegram.count(EDIT, chat=chat, text="answer to"), replies(platform, chat)
    zombie.resume()
    platform.say(chat, "next")
    fakes.telegram.wait_for_text(chat, "answer to: next", RECOVERY_SECONDS)
    wait_for_end(platform, chat, "done", "done")
    assert (before[0], before[1]) == (2, replies(platform, chat)[:1])
    assert fakes.telegram.count(EDIT, chat=chat, text="answer to: asleep") == 2


@pytest.mark.slow
def test_zombie_in_a_transaction_keeps_nobody_out(
    platform: Platform, fakes: Fakes, chat: int, paused: Callable[[psutil.Process], psutil.Process]
) -> None:
    with statement_pinned(platform, "INSERT ON botplatform_reply", "NEW.kind = 'answer'") as go_on:
        platform.say(chat, "almost done")
        platform.wait_until(lambda: platform.sql(_PINNED), what="the end of the run")
        zombie = paused(holder(platform, chat))
        go_on()
        fakes.telegram.wait_for_text(chat, "answer to: almost done", RECOVERY_SECONDS)
        wait_for_end(platform, chat, "done")
        before = fakes.telegram.count(chat=chat), runs(platform, chat), replies(platform, chat)
        zombie.resume()
        platform.wait_until(lambda: gave_up(platform, chat), what="the zombie that gives up")
    assert (fakes.telegram.count(chat=chat), runs(platform, chat), replies(platform, chat)) == before


def test_work_that_hangs_while_its_worker_lives_goes_on_elsewhere(platform: Platform, fakes: Fakes, chat: int) -> None:
    hold = fakes.model.hold_text("hung", times=1)
    platform.say(chat, "hung")
    fakes.model.wait_until(lambda: hold.hits, 30)
    [batch] = batches(platform, chat)
    worker = holder(platform, chat)
    platform.sql("UPDATE botplatform_batch SET progress_until = now() WHERE id = %s", batch["id"])
    platform.wait_until(lambda: gave_up(platform, chat), what="the worker that gives up")
    assert states(batches(platform, chat)) == ["processing"]
    lapse(platform, chat)
    assert fakes.telegram.wait_for_text(chat, "answer to: hung", RECOVERY_SECONDS) == ["answer to: hung"]
    wait_for_end(platform, chat, "done")
    lost, succeeded = runs(platform, chat)
    assert (lost["state"], lost["error"].split(" from ")[0], succeeded["state"]) == ("lost", "no progress", "succeeded")
    [stuck] = [line for line in platform.events("batch.stuck") if line["batch_id"] == batch["id"]]
    assert (stuck["reason"], stuck["action"], stuck["message_count"]) == ("no progress", "retried", 1)
    assert worker.is_running()


# -- batches of one session


def test_message_during_a_run_is_answered_by_the_next(platform: Platform, fakes: Fakes, chat: int) -> None:
    hold = fakes.model.hold_text("one", times=1)
    platform.say(chat, "one")
    fakes.model.wait_until(lambda: hold.hits, 30)
    platform.say(chat, "two")
    platform.say(chat, "three")
    overdue = "SELECT id FROM botplatform_batch WHERE id = %s AND due_at < now() - interval '3 seconds'"
    platform.wait_until(lambda: platform.sql(overdue, batches(platform, chat)[1]["id"]), what="a batch long overdue")
    assert states(batches(platform, chat)) == ["processing", "collecting"]
    hold.release()
    fakes.telegram.wait_for_text(chat, "three", 30)
    wait_for_end(platform, chat, "done", "done")
    assert fakes.model.asked() == [["one"], ["two", "three"]]
    assert [one.split()[2] for one in fakes.telegram.texts(chat)] == ["one", "two"]


@pytest.mark.slow
def test_message_that_kills_its_workers_fails_and_the_chat_goes_on(platform: Platform, fakes: Fakes, chat: int) -> None:
    hold = fakes.model.hold("POST /v1/messages", where=lambda call: "deadly" in str(call.body))
    platform.say(chat, "deadly")
    for lives in (1, 2):
        fakes.model.wait_until(partial(len, hold.hits), RECOVERY_SECONDS, enough=partial(le, lives))
        bury(platform, chat)
    platform.wait_until(lambda: states(batches(platform, chat)) == ["waiting"], what="a batch that steps aside")
    platform.say(chat, "meanwhile")
    fakes.telegram.wait_for_text(chat, "answer to: meanwhile", RECOVERY_SECONDS)
    hasten(platform, chat)
    fakes.model.wait_until(partial(len, hold.hits), RECOVERY_SECONDS, enough=partial(le, 3))
    bury(platform, chat)
    wait_for_end(platform, chat, "failed", "done")
    [sorry] = [one for one in fakes.telegram.texts(chat) if one.startswith("Sorry, I could not answer that.")]
    assert sorry.endswith(f"Reference: {batches(platform, chat)[0]['request_id']}")
    platform.say(chat, "afterwards")
    fakes.telegram.wait_for_text(chat, "answer to: afterwards", RECOVERY_SECONDS)
    wait_for_end(platform, chat, "failed", "done", "done")
