from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.core.serializers import serialize
from pytest_django import Settings
from structlog.testing import capture_logs

from agents.base import AgentError, AgentResult, Risk, StepKind, StepResult, StepStart, StepState, ToolCall
from agents.registry import TOOLS
from botplatform.models import Batch, Message, Reply, Run, Step, Update
from botplatform.pipeline import bots, configs, db, ending, leases, parking
from botplatform.pipeline.batching import Work
from botplatform.pipeline.context import PipelineContext
from botplatform.pipeline.ending import Standing
from botplatform.pipeline.leases import Lease, LeaseLost
from botplatform.pipeline.permits import Circumstances
from botplatform.pipeline.progress import Progress
from tests.pipeline.builders import Waiting, claimed, ended, held, renew, run_in_background, started, the_batch, until
from tests.pipeline.conftest import Clock, Say, SetAgent


@pytest.fixture
async def work(say: Say) -> Work:
    """A claimed batch whose lease is about to end."""
    work = await claimed((await say("hello")).session_id)
    await db.change("UPDATE botplatform_batch SET lease_until = now() + interval '1 second'")
    return work


async def left() -> float:
    """Seconds that the only batch's lease still lasts."""
    row = await db.row("SELECT extract(epoch FROM lease_until - now())::float AS seconds FROM botplatform_batch")
    assert row
    return float(row["seconds"])


async def lose() -> None:
    """Somebody else has claimed it."""
    await db.change("UPDATE botplatform_batch SET epoch = epoch + 1")


# -- renewing


async def test_heartbeat_extends_the_lease(work: Work) -> None:
    held(work.lease)
    before = (await the_batch()).heartbeat_at
    await renew()
    assert 25 < await left() <= 30
    assert (await the_batch()).heartbeat_at > before


async def test_heartbeat_leaves_another_epoch_alone(work: Work) -> None:
    lease = held(work.lease)
    await lose()
    await renew()
    assert lease.lost
    assert await left() < 2


async def test_heartbeat_renews_the_others_when_one_is_lost(work: Work, say: Say) -> None:
    lost = held(work.lease)
    await lose()
    kept = held((await claimed((await say("hello", chat="c2")).session_id)).lease)
    await renew()
    assert (lost.lost, kept.lost) == (True, False)


async def test_work_without_progress_is_not_renewed(work: Work) -> None:
    lease = held(work.lease)
    await db.change("UPDATE botplatform_batch SET progress_until = now() - interval '1 second'")
    await renew()
    assert lease.lost
    assert await left() < 2


async def test_lost_lease_cancels_the_run_and_leaves_no_trace(work: Work, agent: SetAgent) -> None:
    waiting = agent(Waiting())
    task = await run_in_background(work)
    await until(waiting.begun.is_set)
    await lose()
    await renew()
    await ended(task)
    assert (await Run.objects.aget()).state == "running"
    assert not await Reply.objects.exclude(kind="placeholder").aexists()
    assert not leases.held()


# -- checking


async def test_lease_is_good_for_two_thirds_of_its_time(clock: Clock) -> None:
    lease = Lease(1, 1, renewed=clock())
    clock.ahead = 19.5
    lease.check()
    clock.ahead = 20.5
    with pytest.raises(LeaseLost):
        lease.check()


async def test_heartbeat_makes_the_lease_good_again(work: Work, clock: Clock) -> None:
    lease = held(Lease(work.lease.batch_id, work.lease.epoch, renewed=clock()))
    clock.ahead = 21
    await renew()
    lease.check()


async def test_renewal_counts_from_when_it_was_asked_for(work: Work, clock: Clock) -> None:
    lease, asked = held(work.lease), clock()
    async with db.transaction() as connection:
        await connection.execute(b"SELECT FROM botplatform_batch FOR UPDATE")
        renewing = asyncio.create_task(renew())
        await asyncio.sleep(0)
        clock.ahead = 10
    await ended(renewing)
    assert asked < lease.renewed < asked + 5


async def test_revoked_lease_is_good_for_nothing() -> None:
    lease = Lease(1, 1)
    lease.revoke()
    with pytest.raises(LeaseLost):
        lease.check()


# -- a stale epoch


@sync_to_async
def everything() -> str:
    """All rows that a run may touch."""
    models = (Batch, Run, Step, Reply, Message, Update)
    return "\n".join(serialize("jsonl", model._default_manager.order_by("pk")) for model in models)


async def context_of(work: Work, run_id: int, bot: bots.BotRow) -> PipelineContext:
    settings = (await configs.published("simple-agent")).settings
    to = bots.conversation({"key": "c1", "kind": "private", "title": "", "is_public": False, "address": {}})
    shown = Progress(bot, to, work.lease, work.batch["session_id"], "r1", ["…"])
    return PipelineContext(
        lease=work.lease, run_id=run_id, settings=settings, turns=[], facts="", earlier=[], offered_tools=[], pages=[],
        open_approvals=[], spent_tokens=0, spent_usd=Decimal(0), circumstances=Circumstances(["u"], True, Risk.HIGH),
        untrusted=[], private=[], session_id=work.batch["session_id"], request_id="r1", bot=bot, to=to, notes=[], shown=shown,
        resolve=configs.provider, prices={},
    )  # fmt: skip


Act = Callable[[PipelineContext, Work, int, bots.BotRow], Awaitable[Any]]
START = StepStart(StepKind.MODEL, "main", {"messages": []}, 180)
DONE = StepResult(StepState.SUCCEEDED)
TOO_LATE: dict[str, Act] = {
    "start a step": lambda context, work, run, bot: context.start_step(START),
    "finish a step": lambda context, work, run, bot: context.finish_step(run, DONE),
    "pause": lambda context, work, run, bot: context.pause(0),
    "ask": lambda context, work, run, bot: context.permit(ToolCall(TOOLS["delete_history"], "call-1", {})),
    "note": lambda context, work, run, bot: context.note_untrusted("a page"),
    "erase": lambda context, work, run, bot: context.delete_history(),
    "park": lambda context, work, run, bot: parking.park(work.lease, run, "", bot, Standing()),
    "finish": lambda context, work, run, bot: ending.finish(work, run, AgentResult("late"), bot, Standing()),
    "retry": lambda context, work, run, bot: ending.settle_error(
        work, run, AgentError("late", retryable=True), bot, Standing()
    ),
    "next agent": lambda context, work, run, bot: ending.settle_error(
        work, run, AgentError("late", retryable=False), bot, Standing(), fallback="info-agent"
    ),
    "fail": lambda context, work, run, bot: ending.fail(work, run_id=run, error="late", public=""),
}


@pytest.mark.parametrize("act", TOO_LATE.values(), ids=TOO_LATE)
@pytest.mark.parametrize("how", ["epoch = epoch + 1", "state = 'cancelled'"], ids=["another epoch", "cancelled"])
async def test_stale_run_changes_nothing(work: Work, bot: bots.BotRow, act: Act, how: str) -> None:
    run_id = await started(work)
    await Step.objects.acreate(id=run_id, run_id=run_id, kind="model", name="main")
    await db.change(f"UPDATE botplatform_batch SET {how}")
    before = await everything()
    with pytest.raises(LeaseLost):
        await act(await context_of(work, run_id, bot), work, run_id, bot)
    assert await everything() == before


async def test_stale_run_hands_nothing_back(work: Work) -> None:
    await started(work)
    await lose()
    before = await everything()
    await ending.hand_back(work.lease)
    assert await everything() == before


async def test_refused_write_ends_the_right_to_send(work: Work, bot: bots.BotRow) -> None:
    run_id = await started(work)
    await lose()
    context = await context_of(work, run_id, bot)
    with pytest.raises(LeaseLost):
        await context.start_step(START)
    with pytest.raises(LeaseLost):
        context.check()


async def test_step_moves_the_progress_to_its_deadline(work: Work, bot: bots.BotRow) -> None:
    context = await context_of(work, await started(work), bot)
    await context.start_step(START)
    batch = await the_batch()
    assert (batch.progress_until - batch.progress_at).total_seconds() == 180 + leases.GRACE_SECONDS


async def test_heartbeat_goes_on_after_a_failure(work: Work, settings: Settings) -> None:
    held(work.lease)
    await db.close_pool()
    good, settings.DATABASE_URL = settings.DATABASE_URL, "postgresql:///nowhere?host=/nowhere"
    settings.HEARTBEAT /= 500
    with capture_logs() as logs:
        beating = asyncio.create_task(leases.heartbeat())
        await until(lambda: any(line["event"] == "heartbeat.failed" for line in logs))
    settings.DATABASE_URL = good
    renewed = work.lease.renewed
    await until(lambda: work.lease.renewed > renewed)
    beating.cancel()
