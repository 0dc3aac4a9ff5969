"""Plans over the wire: steps at the same time in two worker processes, and workers that die at every stage."""

from __future__ import annotations

import os
import signal
from typing import Any

import pytest

from tests.fakes.model import MESSAGES
from tests.fakes.rules import Hold
from tests.system.fakes import Fakes
from tests.system.oracle import RECOVERY_SECONDS, batches, lapse, states, steps, wait_for_end
from tests.system.planning import lapse_steps, let_plan, plan_steps, planned
from tests.system.platform import Platform

SETTINGS = {"STUCK_AFTER_SECONDS": "6", "HEARTBEAT_SECONDS": "1", "SWEEP_SECONDS": "2"}
ARGUMENTS = ("--workers", "2", "--concurrency", "2")
DIAMOND = (planned("a"), planned("b"), planned("c", "a", "b"))
WISH = "compare the two things and write it up"


@pytest.fixture(autouse=True)
def planning(platform: Platform, fakes: Fakes) -> None:
    platform.wait_until(lambda: len(platform.processes().get("worker", [])) > 1, 60, what="two workers")
    let_plan(fakes, DIAMOND)


def pid_of(process: str) -> int:
    return int(process.rpartition(":")[2])


def kill_holder(platform: Platform, key: str) -> None:
    os.kill(pid_of(plan_steps(platform)[key]["process"]), signal.SIGKILL)


def final(platform: Platform, fakes: Fakes, chat: int) -> None:
    fakes.telegram.wait_for_text(chat, "All together now.", RECOVERY_SECONDS)
    wait_for_end(platform, chat, "done")
    assert [text for text in fakes.telegram.texts(chat) if "together" in text] == ["All together now."]


def reached(fakes: Fakes, hold: Hold) -> None:
    """Wait until a call is held."""
    fakes.model.wait_until(lambda: hold.hits, 40)


def calls_for(fakes: Fakes, what: str) -> int:
    return sum(what in call.text for call in fakes.model.select(MESSAGES))


def waiting_for(platform: Platform, key: str, state: str) -> Any:
    return platform.wait_until(
        lambda: plan_steps(platform).get(key, {}).get("state") == state, 30, what=f"{key} {state}"
    )


def test_independent_steps_run_at_once_in_two_processes(platform: Platform, fakes: Fakes, chat: int) -> None:
    first, second = fakes.model.hold_text("TASK-a"), fakes.model.hold_text("TASK-b")
    update = platform.say(chat, WISH)
    reached(fakes, first)
    reached(fakes, second)  # both calls are open now
    held = plan_steps(platform)
    assert (held["a"]["state"], held["b"]["state"], held["c"]["state"]) == ("running", "running", "pending")
    assert held["a"]["process"]
    assert held["b"]["process"]
    fakes.telegram.wait_for_text(chat, "▸ Look at a\n▸ Look at b\n· Look at c", 20)
    first.release()
    second.release()
    final(platform, fakes, chat)
    story = platform.explain(update)
    assert [(one["id"], one["worker"], one["state"]) for one in story["plan"]["steps"]] == [
        ("a", "research", "succeeded"), ("b", "research", "succeeded"), ("c", "research", "succeeded"),
    ]  # fmt: skip
    given = next(call.text for call in fakes.model.select(MESSAGES) if "TASK-c" in call.text)
    assert "RESULT-a" in given
    assert "RESULT-b" in given


def test_steps_of_one_plan_run_in_two_processes(platform: Platform, fakes: Fakes, chat: int) -> None:
    """Three calls are open at once, and no process has room for more than two."""
    let_plan(fakes, [planned("a"), planned("b"), planned("c")])
    hold = fakes.model.hold_text("TASK-")
    platform.say(chat, WISH)
    fakes.model.wait_until(lambda: len(hold.hits) >= 3, 40)
    assert len({row["process"] for row in plan_steps(platform).values()}) == 2
    hold.release()
    final(platform, fakes, chat)


def test_killed_after_the_plan_is_stored(platform: Platform, fakes: Fakes, chat: int) -> None:
    """Every worker dies before any step's first model call is answered, so that rows alone tell of the plan."""
    hold = fakes.model.hold_text("TASK-")
    platform.say(chat, WISH)
    reached(fakes, hold)
    for process in platform.kill("worker"):
        process.wait(10)
    lapse_steps(platform)
    hold.release()
    final(platform, fakes, chat)
    assert calls_for(fakes, WISH) >= 1
    assert len(platform.sql("SELECT id FROM botplatform_plan WHERE state = 'done'")) >= 1


def test_killed_in_the_second_step(platform: Platform, fakes: Fakes, chat: int) -> None:
    let_plan(fakes, [planned("a"), planned("b", "a"), planned("c", "b")])
    hold = fakes.model.hold_text("TASK-b", times=1)
    platform.say(chat, WISH)
    reached(fakes, hold)
    kill_holder(platform, "b")
    lapse_steps(platform)
    hold.release()
    final(platform, fakes, chat)
    assert calls_for(fakes, "TASK-a") - calls_for(fakes, "TASK-b") <= 0  # a was paid once
    row = plan_steps(platform)["b"]
    assert (row["state"], row["attempts"]) == ("succeeded", 1)
    lost = platform.sql("SELECT state FROM botplatform_run WHERE plan_step_id = %s ORDER BY id", row["id"])
    assert states(lost) == ["lost", "succeeded"]


def test_killed_while_the_answer_is_put_together(platform: Platform, fakes: Fakes, chat: int) -> None:
    hold = fakes.model.hold_text("RESULT-c", times=1)
    platform.say(chat, WISH)
    reached(fakes, hold)
    [batch] = batches(platform, chat)
    os.kill(pid_of(batch["worker"]), signal.SIGKILL)
    lapse(platform, chat)
    hold.release()
    final(platform, fakes, chat)
    assert states([row for row in steps(platform, chat) if row["name"] == "plan"]) in ([], ["succeeded"])


def test_cancelled_all_steps_stop(platform: Platform, fakes: Fakes, chat: int) -> None:
    hold = fakes.model.hold_text("TASK-")
    platform.say(chat, WISH)
    reached(fakes, hold)
    platform.say(chat, "/cancel")
    platform.wait_until(lambda: states(batches(platform, chat)) == ["cancelled"], 20)
    assert {row["state"] for row in plan_steps(platform).values()} == {"cancelled"}
    hold.release()
    assert calls_for(fakes, "TASK-c") == 0
