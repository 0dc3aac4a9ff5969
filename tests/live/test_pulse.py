"""One look at the database for all who listen, and what it notices."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from botplatform.live import topics
from botplatform.live.pulse import Pulse, pulse
from botplatform.models import (
    Approval,
    Batch,
    Bot,
    Message,
    PlanStep,
    Process,
    Reminder,
    Reply,
    Route,
    Run,
    Session,
    Step,
    Trial,
    Update,
)
from botplatform.pipeline import db
from tests.admin.plans import carried_out, plan, plan_step
from tests.admin.rows import Rows, approval


async def fingerprint(kind: str, row_id: int | None = None) -> str:
    topic = topics.read(f"{kind}-{row_id}" if row_id else kind)
    assert topic
    row = await db.row(topic.sql, topic.params)
    assert row
    return str(row["fingerprint"]).partition("|")[2] if kind == "home" else str(row["fingerprint"])


def topic(name: str) -> topics.Topic:
    found = topics.read(name)
    assert found
    return found


# -- what is noticed

STORY = {
    "session": lambda rows: Session.objects.aupdate(mode="held", held_by="root"),
    "update": lambda rows: Update.objects.aupdate(reason="because"),
    "batch": lambda rows: Batch.objects.aupdate(state="failed", error="broken"),
    "message": lambda rows: Message.objects.aupdate(text="edited"),
    "route": lambda rows: Route.objects.aupdate(verdict="right"),
    "run": lambda rows: Run.objects.aupdate(error="broken"),
    "step": lambda rows: Step.objects.acreate(run=rows.run, kind="tool", name="clock"),
    "approval": lambda rows: Approval.objects.aupdate(comment="no"),
    "reply": lambda rows: Reply.objects.aupdate(state="failed"),
    "bot": lambda rows: Bot.objects.aupdate(paused=True),
    "a plan": lambda rows: sync_to_async(plan)(rows),
    "what it waits for": lambda rows: Batch.objects.aupdate(waits_for="checks"),
    "a second reply": lambda rows: Reply.objects.acreate(
        session=rows.session, update=rows.update, kind="notice", text="x"
    ),
}


@pytest.mark.parametrize("change", STORY.values(), ids=STORY)
async def test_a_story_changes_with(rows: Rows, change: Callable[[Rows], Awaitable[Any]]) -> None:
    before = await fingerprint("update", rows.update.pk)
    await change(rows)
    assert await fingerprint("update", rows.update.pk) != before


SESSION = {
    name: STORY[name] for name in ("session", "batch", "message", "approval", "reply", "bot", "what it waits for")
}


@pytest.mark.parametrize("change", SESSION.values(), ids=SESSION)
async def test_a_conversation_changes_with(rows: Rows, change: Callable[[Rows], Awaitable[Any]]) -> None:
    before = await fingerprint("session", rows.session.pk)
    await change(rows)
    assert await fingerprint("session", rows.session.pk) != before


async def test_a_step_of_work_in_progress_changes_its_conversation(rows: Rows) -> None:
    await Batch.objects.aupdate(state="waiting")
    before = await fingerprint("session", rows.session.pk)
    await STORY["step"](rows)
    assert await fingerprint("session", rows.session.pk) != before


async def planned(rows: Rows) -> PlanStep:
    """A step that a worker carries out, while its batch waits."""
    await Batch.objects.aupdate(state="waiting")
    return await sync_to_async(lambda: plan_step(plan(rows), state="running"))()


OF_STEPS: dict[str, dict[str, Any]] = {
    "its state": {"state": "waiting", "lease_until": None},
    "what it waits for": {"waits_for": "checks"},
    "what it says": {"said": "compiles"},
    "another worker": {"process": "worker@elsewhere:2", "epoch": 2},
    "a failed attempt": {"attempts": 1},
    "its end": {"state": "succeeded", "finished_at": timezone.now()},
}


@pytest.mark.parametrize("fields", OF_STEPS.values(), ids=OF_STEPS)
async def test_a_step_of_a_plan_changes_all_that_shows_it(rows: Rows, fields: dict[str, Any]) -> None:
    step = await planned(rows)
    names = [("plan", step.plan_id), ("update", rows.update.pk), ("session", rows.session.pk), ("home", None), ("workers", None),
             ("batches", None)]  # fmt: skip
    before = {name: await fingerprint(name, pk) for name, pk in names}
    await PlanStep.objects.aupdate(**fields)
    assert [name for name, pk in names if await fingerprint(name, pk) == before[name]] == []


async def test_a_plan_changes_with_its_runs_and_approvals(rows: Rows) -> None:
    step = await planned(rows)
    before = await fingerprint("plan", step.plan_id)
    await sync_to_async(carried_out)(step)
    between = await fingerprint("plan", step.plan_id)
    await sync_to_async(approval)(rows.run, plan_step=step)
    assert len({before, between, await fingerprint("plan", step.plan_id)}) == 3


async def test_a_beating_heart_is_no_news_to_a_plan(rows: Rows) -> None:
    step = await planned(rows)
    before = await fingerprint("plan", step.plan_id)
    await PlanStep.objects.aupdate(heartbeat_at=timezone.now(), lease_until=timezone.now() + timedelta(hours=2))
    assert await fingerprint("plan", step.plan_id) == before


async def test_time_alone_makes_a_step_stuck(rows: Rows) -> None:
    step = await planned(rows)
    await PlanStep.objects.aupdate(lease_until=timezone.now() + timedelta(seconds=0.6))
    before = await fingerprint("plan", step.plan_id)
    await asyncio.sleep(0.7)  # the state is a matter of the database's clock
    assert await fingerprint("plan", step.plan_id) != before


async def test_a_conversation_changes_with_its_reminders(rows: Rows) -> None:
    before = await fingerprint("session", rows.session.pk)
    await Reminder.objects.acreate(session=rows.session, number=1, text="Tea", due_at=timezone.now())
    assert await fingerprint("session", rows.session.pk) != before


HOME = {
    "an update": lambda rows: Update.objects.acreate(
        bot=rows.bot, external_id="new", kind="message", request_id="r", raw=b""
    ),
    "a quarantined update": lambda rows: Update.objects.aupdate(state="quarantined"),
    "a failed batch": lambda rows: Batch.objects.aupdate(state="failed"),
    "a finished step": lambda rows: Step.objects.aupdate(finished_at=timezone.now()),
    "an unknown reply": lambda rows: Reply.objects.aupdate(state="unknown"),
    "an approval": lambda rows: sync_to_async(approval)(rows.run),
    "a paused conversation": lambda rows: Session.objects.aupdate(mode="paused"),
    "a paused bot": lambda rows: Bot.objects.aupdate(paused=True),
    "a silent worker": lambda rows: Process.objects.aupdate(seen_at=timezone.now() - timedelta(hours=1)),
}


@pytest.mark.parametrize("change", HOME.values(), ids=HOME)
async def test_the_home_page_changes_with(rows: Rows, change: Callable[[Rows], Awaitable[Any]]) -> None:
    before = await fingerprint("home")
    await change(rows)
    assert await fingerprint("home") != before


async def test_a_trial_changes_with_its_row(rows: Rows) -> None:
    trial = await Trial.objects.acreate(config=rows.agentconfig, says={}, text="x")
    before = await fingerprint("trial", trial.pk)
    await Trial.objects.aupdate(state="running")
    assert await fingerprint("trial", trial.pk) != before


async def test_a_beating_heart_is_no_news_to_a_story(rows: Rows) -> None:
    before = await fingerprint("update", rows.update.pk)
    await Batch.objects.aupdate(heartbeat_at=timezone.now(), lease_until=timezone.now() + timedelta(hours=1))
    assert await fingerprint("update", rows.update.pk) == before


async def test_time_alone_makes_a_batch_stuck_and_an_approval_expire(rows: Rows) -> None:
    soon = timezone.now() + timedelta(seconds=0.6)
    await Batch.objects.aupdate(state="processing", worker="w", lease_until=soon)
    await sync_to_async(approval)(rows.run, expires_at=soon)
    names = [("batches", None), ("update", rows.update.pk), ("session", rows.session.pk), ("approvals", None)]
    before = {name: await fingerprint(name, pk) for name, pk in names}
    await asyncio.sleep(0.7)  # the state is a matter of the database's clock
    assert [name for name, pk in names if await fingerprint(name, pk) == before[name]] == []


# -- watching


async def test_all_who_listen_share_one_watcher_and_the_last_ends_it(rows: Rows) -> None:
    one, two, watching = [], [], pulse()
    watching.listen(topic("approvals"), one.append)
    watching.listen(topic("approvals"), two.append)
    tasks = [task for task in asyncio.all_tasks() if "Pulse._watch" in repr(task)]
    assert len(tasks) == 1
    watching.leave("approvals", one.append)
    assert watching.topics == {"approvals"}
    watching.leave("approvals", two.append)
    assert watching.topics == set()
    await asyncio.wait(tasks, timeout=5)
    assert tasks[0].cancelled()


async def test_a_database_that_was_away_is_asked_again(rows: Rows, monkeypatch: pytest.MonkeyPatch) -> None:
    told, asked, real = asyncio.Event(), [], db.row

    async def flaky(sql: str, params: Any = ()) -> Any:
        asked.append(sql)
        if len(asked) in (2, 3):
            await rows.approval.asave()
            raise psycopg.OperationalError("away")
        return await real(sql, params)

    monkeypatch.setattr(db, "row", flaky)
    watching = Pulse()
    watching.listen(topic("approvals"), hear := lambda name: told.set())
    async with asyncio.timeout(5):
        await told.wait()
    watching.leave("approvals", hear)
