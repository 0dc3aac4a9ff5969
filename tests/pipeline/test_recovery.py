from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings
from structlog.testing import capture_logs

from botplatform.models import Batch, Reply, Run, Session, Step, Update
from botplatform.pipeline import batching, bots, db, recovery
from botplatform.pipeline.batching import Work
from tests.pipeline.builders import claimed, lapse, session_of, started, stored, the_batch
from tests.pipeline.conftest import Say, SetFeatures


async def lose(work: Work) -> int:
    """The worker of this claim dies in mid-run; what was held against it is settled. Returns the run's id."""
    run_id = await started(work)
    await lapse()
    await recovery.settle_lost()
    return run_id


@pytest.fixture
async def work(say: Say) -> Work:
    return await claimed((await say("hello")).session_id)


async def again(work: Work) -> Work:
    """The same session's next claim."""
    found = await batching.claim(work.batch["session_id"])
    assert isinstance(found, Work)
    return found


# -- lost leases


async def test_lost_batch_is_freed_and_counted(work: Work) -> None:
    await lose(work)
    batch = await the_batch()
    assert (batch.state, batch.worker, batch.attempts, batch.lost_leases) == ("processing", "", 1, 1)


async def test_run_of_a_lost_lease_is_lost(work: Work) -> None:
    run = await Run.objects.aget(pk=await lose(work))
    assert (run.state, run.error.partition(" from ")[0]) == ("lost", "no heartbeat")
    assert run.finished_at


async def test_freed_batch_is_claimed_under_the_next_epoch(work: Work) -> None:
    await lose(work)
    assert (await again(work)).lease.epoch == 2


async def test_living_lease_is_left_alone(work: Work) -> None:
    await started(work)
    assert await recovery.settle_lost() == 0
    assert (await the_batch()).worker


async def test_stuck_batch_is_logged_with_its_fields(say: Say) -> None:
    await say("one")
    work = await claimed((await say("two")).session_id)
    await db.change("UPDATE botplatform_batch SET claimed_at = now() - interval '40 seconds'")
    with capture_logs() as logs:
        await lose(work)
    [line] = [line for line in logs if line["event"] == "batch.stuck"]
    assert (line["batch_id"], line["message_count"], line["action"]) == (work.lease.batch_id, 2, "retried")
    assert 40_000 <= line["duration_ms"] < 50_000


async def test_hung_work_is_told_from_dead_workers(work: Work) -> None:
    await db.change("UPDATE botplatform_batch SET progress_until = now() - interval '1 minute'")
    await lose(work)
    assert (await the_batch()).error.startswith("no progress from worker@")


async def test_second_loss_steps_aside(work: Work) -> None:
    await lose(work)
    await lose(await again(work))
    batch = await the_batch()
    assert (batch.state, batch.worker, batch.attempts, batch.lost_leases) == ("waiting", "", 2, 2)
    row = await db.row("SELECT wake_at - now() AS wait FROM botplatform_batch")
    assert row
    assert timedelta(seconds=10) < row["wait"] <= timedelta(seconds=20)


async def test_next_batch_runs_while_another_steps_aside(work: Work, say: Say) -> None:
    await lose(work)
    await lose(await again(work))
    next_work = await claimed((await say("more")).session_id)
    assert next_work.lease.batch_id != work.lease.batch_id


async def test_batch_that_stepped_aside_comes_back(work: Work) -> None:
    await lose(work)
    await lose(await again(work))
    await Batch.objects.aupdate(wake_at="2020-01-01T00:00:00Z")
    lease = (await again(work)).lease
    assert (lease.batch_id, lease.epoch) == (work.lease.batch_id, 3)


@pytest.fixture
async def given_up(work: Work) -> Work:
    """A batch that has lost its third lease, after showing a placeholder."""
    await Batch.objects.aupdate(attempts=2, lost_leases=2)
    await stored(
        work.batch["session_id"], "…", kind="placeholder", batch_id=work.lease.batch_id, state="sent", provider_id="77"
    )
    await lose(work)
    return work


async def test_third_loss_fails_the_batch(given_up: Work) -> None:
    batch = await the_batch()
    assert (batch.state, batch.attempts, batch.worker) == ("failed", 3, "")
    assert batch.finished_at
    assert (await Update.objects.aget()).state == "failed"


async def test_failure_is_told_once_in_place_of_the_placeholder(given_up: Work) -> None:
    await lapse()
    await recovery.sweep()
    notice = await Reply.objects.aget(kind="notice")
    assert (notice.state, notice.edits, notice.batch_id) == ("pending", "77", given_up.lease.batch_id)
    assert given_up.batch["request_id"] in notice.text


async def test_failed_batch_leaves_no_step_running(work: Work) -> None:
    await Batch.objects.aupdate(attempts=2)
    await Step.objects.acreate(run_id=await started(work), kind="tool", name="letter")
    await lapse()
    await recovery.settle_lost()
    assert (await Step.objects.aget()).state == "unknown"


async def test_sweeps_at_once_count_each_loss_once(say: Say) -> None:
    for chat in range(6):
        await started(await claimed((await say("hello", chat=f"c{chat}")).session_id))
    await lapse()
    with capture_logs() as logs:
        await asyncio.gather(*(recovery.sweep() for _ in range(4)))
    assert len([line for line in logs if line["event"] == "batch.stuck"]) == 6
    assert {batch.attempts async for batch in Batch.objects.all()} == {1}


# -- stale replies


@pytest.fixture
async def session(bot: bots.BotRow) -> Session:
    return await session_of(bot.id)


async def sending(session: Session, seconds: int = 60, **fields: Any) -> Reply:
    """A reply whose sender took it this long ago."""
    reply = await stored(session.pk, state="sending", claim=1, **fields)
    moment = "UPDATE botplatform_reply SET claimed_at = now() - make_interval(secs => %s) WHERE id = %s"
    await db.change(moment, (seconds, reply.pk))
    return reply


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({"kind": "placeholder", "part": 0}, "failed"),
        ({"edits": "77"}, "pending"),
        ({"kind": "notice"}, "unknown"),
        ({}, "unknown"),
    ],
    ids=["placeholder is written off", "edit is repeated", "notice may have arrived", "answer may have arrived"],
)
async def test_stale_reply(session: Session, fields: dict[str, Any], state: str) -> None:
    reply = await sending(session, **fields)
    await recovery.settle_stale_replies()
    await reply.arefresh_from_db()
    assert reply.state == state
    assert reply.error


async def test_stale_reply_that_can_be_looked_for_is_tried_again(session: Session, features: SetFeatures) -> None:
    features(findable=True)
    reply = await sending(session)
    await recovery.settle_stale_replies()
    await reply.arefresh_from_db()
    assert reply.state == "pending"


async def test_reply_still_being_sent_is_left_alone(session: Session) -> None:
    reply = await sending(session, seconds=20)
    assert await recovery.settle_stale_replies() == 0
    await reply.arefresh_from_db()
    assert reply.state == "sending"


# -- what is overdue


async def overdue(table: str = "batch", column: str = "due_at", seconds: int = 5) -> None:
    await db.change(f"UPDATE botplatform_{table} SET {column} = now() - make_interval(secs => %s)", (seconds,))


async def test_batch_whose_nudge_was_lost_is_listed(say: Say) -> None:
    receipt = await say("hello")
    await overdue()
    assert (await recovery.sweep()).sessions == [receipt.session_id]


async def test_batch_just_due_is_left_to_its_nudge(say: Say) -> None:
    await say("hello")
    await overdue(seconds=1)
    assert (await recovery.sweep()).sessions == []


async def test_batch_behind_a_processing_one_is_not_listed(work: Work, say: Say) -> None:
    await say("more")
    await overdue()
    assert (await recovery.sweep()).sessions == []


async def test_paused_session_is_not_listed(say: Say) -> None:
    await say("hello")
    await overdue()
    await Session.objects.aupdate(mode="paused")
    assert (await recovery.sweep()).sessions == []


async def test_freed_batch_is_listed_by_the_sweep_that_frees_it(work: Work) -> None:
    await lapse()
    assert (await recovery.sweep()).sessions == [work.batch["session_id"]]


async def test_batch_is_not_listed_before_its_retry(work: Work) -> None:
    await lose(work)
    await db.change("UPDATE botplatform_batch SET retry_at = now() + interval '1 minute'")
    assert (await recovery.sweep()).sessions == []


@pytest.mark.parametrize(("seconds", "listed"), [(1, True), (-60, False)])
async def test_waiting_batch_is_listed_when_its_wait_has_ended(work: Work, seconds: int, listed: bool) -> None:
    await Batch.objects.aupdate(state="waiting", worker="")
    await overdue(column="wake_at", seconds=seconds)
    assert (await recovery.sweep()).sessions == ([work.batch["session_id"]] if listed else [])


async def test_session_with_an_overdue_reply_is_listed(session: Session) -> None:
    await stored(session.pk)
    await overdue("reply", "not_before")
    assert (await recovery.sweep()).deliveries == [session.pk]


async def test_session_that_must_wait_for_its_provider_is_not_listed(session: Session) -> None:
    await stored(session.pk)
    await overdue("reply", "not_before")
    await overdue("session", "not_before", seconds=-60)
    assert (await recovery.sweep()).deliveries == []


async def test_command_whose_nudge_was_lost_is_listed(say: Say) -> None:
    receipt = await say("/help")
    await overdue("update", "received_at")
    assert (await recovery.sweep()).controls == [receipt.update_id]


# -- when to come again


async def test_next_sweep_comes_when_the_next_lease_ends(work: Work) -> None:
    await db.change("UPDATE botplatform_batch SET lease_until = now() + interval '3 seconds'")
    assert 2 < await recovery.seconds_to_next() < 3.1


async def test_next_sweep_comes_when_a_wait_ends(work: Work) -> None:
    await Batch.objects.aupdate(state="waiting", worker="")
    await db.change("UPDATE botplatform_batch SET wake_at = now() + interval '3 seconds'")
    assert 2 < await recovery.seconds_to_next() < 3.1


async def test_idle_worker_sweeps_in_its_rhythm(platform: None, settings: Settings) -> None:
    assert await recovery.seconds_to_next() == settings.SWEEP_EVERY.total_seconds()
