"""Plans: dispatched by a run that sleeps, carried out step by step under leases of their own, resumed from rows."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from agents.base import Worker, WorkerResult
from agents.registry import WORKERS
from botplatform.models import AgentConfig, AgentConfigVersion, Batch, Plan, PlanStep, Reply, Run
from botplatform.pipeline import batching, configs, holding, operating, recovery, running
from botplatform.pipeline.plans import ending as step_ending
from botplatform.pipeline.plans import showing, working
from tests.pipeline.builders import WatchedTransport, answered, claimed, executed, held, renew, said, the_batch
from tests.pipeline.conftest import Say, SetAgent
from tests.pipeline.planning import (
    FailingWorker,
    Planning,
    Working,
    claimed_step,
    due_steps,
    lapse_steps,
    plan,
    states,
    step,
    worked,
)

SetWorker = Callable[[Worker], Worker]
DIAMOND = plan(step("a"), step("b"), step("c", "a", "b"))


@pytest.fixture
async def worker(platform: None, monkeypatch: pytest.MonkeyPatch) -> SetWorker:
    """Let another worker carry out the steps."""
    config, fresh = await AgentConfig.objects.aget_or_create(
        name="research-worker", defaults={"behaviour": "research-worker"}
    )
    if fresh:
        version = await AgentConfigVersion.objects.acreate(config=config, number=1, prompt="Work.")
        await AgentConfig.objects.filter(pk=config.pk).aupdate(published=version)
    configs.forget()

    def choose(behaviour: Worker) -> Worker:
        monkeypatch.setitem(WORKERS, "research", behaviour)
        return behaviour

    choose(Working())
    return choose


async def dispatched(say: Say, agent: SetAgent, *plans: object) -> Planning:
    planning = Planning(*plans)  # type: ignore[arg-type]
    agent(planning)
    await executed((await say("please do it")).session_id)
    return planning


async def test_a_plan_is_carried_out_and_answered(say: Say, agent: SetAgent, worker: SetWorker) -> None:
    await dispatched(say, agent, DIAMOND)
    batch = await the_batch()
    assert (batch.state, batch.wake_at, (await Run.objects.aget()).state) == ("waiting", None, "waiting")
    assert await claimed_step("c") is None  # before what it depends on
    await worked("a")
    following = await worked("b")
    assert len(following.steps) == 1
    following = await worked("c")
    assert following.session_id == batch.session_id
    await answered(batch.session_id)
    assert await said() == ["a: done Task of a, b: done Task of b, c: done Task of c"]
    assert await states() == dict.fromkeys("abc", "succeeded")
    assert (await Plan.objects.aget()).state == "done"


async def test_a_result_feeds_its_dependants(say: Say, agent: SetAgent, worker: SetWorker) -> None:
    working_ = worker(Working())
    await dispatched(say, agent, DIAMOND)
    for key in "abc":
        await worked(key)
    last = working_.given[-1]  # type: ignore[attr-defined]
    assert [one.result for one in last.results] == ["done Task of a", "done Task of b"]
    assert last.goal == "please do it"


async def test_no_more_steps_run_at_once_than_allowed(say: Say, agent: SetAgent, worker: SetWorker) -> None:
    await dispatched(say, agent, plan(*(step(key) for key in "abcd")))
    assert [bool(await claimed_step(key)) for key in "abcd"] == [True, True, True, False]


async def test_two_claims_of_one_step_give_it_once(say: Say, agent: SetAgent, worker: SetWorker) -> None:
    await dispatched(say, agent, plan(step("a")))
    found = await asyncio.gather(claimed_step("a"), claimed_step("a"), claimed_step("a"))
    assert sum(one is not None for one in found) == 1


async def test_of_two_last_steps_one_resumes_the_run(say: Say, agent: SetAgent, worker: SetWorker) -> None:
    await dispatched(say, agent, plan(step("a"), step("b")))
    first, second = await claimed_step("a"), await claimed_step("b")
    assert first
    assert second
    nexts = await asyncio.gather(working.execute(first), working.execute(second))
    assert [one.session_id is not None for one in nexts].count(True) == 1
    assert (await Plan.objects.aget()).state == "done"


async def test_a_failed_step_skips_its_dependants_and_the_rest_is_kept(
    say: Say, agent: SetAgent, worker: SetWorker
) -> None:
    await dispatched(say, agent, plan(step("a"), step("b"), step("c", "a"), step("d", "c")))
    worker(FailingWorker())
    await worked("a")
    worker(Working())
    await worked("b")
    assert await states() == {"a": "failed", "b": "succeeded", "c": "skipped", "d": "skipped"}
    batch = await the_batch()
    await answered(batch.session_id)
    assert await said() == ["a: failed, b: done Task of b, c: skipped, d: skipped"]
    assert (await PlanStep.objects.aget(key="c")).error == 'It depends on "a", which failed.'


async def test_a_failed_attempt_is_tried_again_after_a_while(say: Say, agent: SetAgent, worker: SetWorker) -> None:
    await dispatched(say, agent, plan(step("a")))
    worker(FailingWorker(retryable=True))
    for attempts in (1, 2):
        await worked("a")
        row = await PlanStep.objects.aget()
        assert (row.state, row.attempts) == ("pending", attempts)
        assert await claimed_step("a") is None
        await due_steps()
    await worked("a")
    assert (await PlanStep.objects.aget()).state == "failed"
    assert [run.state async for run in Run.objects.exclude(plan_step=None)] == ["failed"] * 3


async def test_replanning_counts(say: Say, agent: SetAgent, worker: SetWorker) -> None:
    planning = await dispatched(say, agent, plan(step("a")), plan(step("b")))
    await worked("a")
    batch = await the_batch()
    await executed(batch.session_id)
    await worked("b")
    await answered(batch.session_id)
    assert await said() == ["a: done Task of a, b: done Task of b"]
    assert [one.replans if one else None for one in planning.seen] == [None, 0, 1]


# -- whoever dies where


async def test_after_the_plan_is_stored_the_sweep_finds_its_steps(say: Say, agent: SetAgent, worker: SetWorker) -> None:
    await dispatched(say, agent, DIAMOND)
    await Plan.objects.aupdate(created_at="2026-01-01T00:00:00Z")
    due = await recovery.sweep()
    assert len(due.steps) == 2
    assert due.sessions == []  # the batch itself sleeps


async def test_a_worker_that_dies_in_a_step_is_replaced(say: Say, agent: SetAgent, worker: SetWorker) -> None:
    await dispatched(say, agent, plan(step("a")))
    first = await claimed_step("a")
    assert first
    await Run.objects.acreate(
        batch_id=first.lease.batch_id,
        plan_step_id=first.lease.step_id,
        epoch=first.lease.epoch,
        agent="research-worker",
    )
    await lapse_steps()
    await recovery.sweep()
    row = await PlanStep.objects.aget()
    assert (row.state, row.attempts, row.process) == ("pending", 1, "")
    await worked("a")
    assert [run.state async for run in Run.objects.exclude(plan_step=None).order_by("id")] == ["lost", "succeeded"]
    with pytest.raises(Exception, match="plan step"):
        await step_ending.succeed(first, 0, WorkerResult("late"))


async def test_between_the_last_step_and_the_resumption_the_sweep_resumes(
    say: Say, agent: SetAgent, worker: SetWorker
) -> None:
    await dispatched(say, agent, plan(step("a")))
    await worked("a")
    batch = await the_batch()
    await Batch.objects.aupdate(wake_at="2026-01-01T00:00:00Z")
    assert (await recovery.sweep()).sessions == [batch.session_id]


async def test_a_run_that_dies_while_it_puts_the_answer_together_is_replaced(
    say: Say, agent: SetAgent, worker: SetWorker
) -> None:
    await dispatched(say, agent, plan(step("a")))
    await worked("a")
    session_id = (await the_batch()).session_id
    work = await claimed(session_id)  # and dies
    await Batch.objects.aupdate(lease_until="2026-01-01T00:00:00Z")
    await recovery.sweep()
    assert (await the_batch()).worker == ""
    await answered(session_id)
    assert await said() == ["a: done Task of a"]
    assert work.lease.epoch + 1 == (await the_batch()).epoch


async def test_a_batch_that_is_woken_too_early_goes_on_waiting(say: Say, agent: SetAgent, worker: SetWorker) -> None:
    await dispatched(say, agent, plan(step("a")))
    await Batch.objects.aupdate(wake_at="2026-01-01T00:00:00Z")
    session_id = (await the_batch()).session_id
    await executed(session_id)
    assert (await the_batch()).state == "waiting"
    await worked("a")
    await answered(session_id)
    assert await said() == ["a: done Task of a"]


async def test_the_heartbeat_keeps_a_step_and_ends_one_that_was_cancelled(
    say: Say, agent: SetAgent, worker: SetWorker
) -> None:
    await dispatched(say, agent, plan(step("a")))
    work = await claimed_step("a")
    assert work
    lease = held(work.lease)
    await renew()
    assert not lease.lost
    await operating.cancel_batch(lease.batch_id, by="ada")
    await renew()
    assert lease.lost
    assert (await states(), (await Plan.objects.aget()).state) == ({"a": "cancelled"}, "cancelled")


async def test_cancelling_stops_a_step_at_its_next_write(say: Say, agent: SetAgent, worker: SetWorker) -> None:
    busy = worker(Working())
    assert isinstance(busy, Working)
    busy.go.clear()
    await dispatched(say, agent, plan(step("a"), step("b")))
    work = await claimed_step("a")
    assert work
    task = asyncio.create_task(working.execute(work))
    await busy.begun.wait()
    await operating.cancel_batch(work.lease.batch_id, by="ada")
    busy.go.set()
    await task
    assert await states() == {"a": "cancelled", "b": "cancelled"}
    assert (await PlanStep.objects.aget(key="a")).result == ""


async def test_a_step_waits_while_an_operator_holds_the_conversation(
    say: Say, agent: SetAgent, worker: SetWorker
) -> None:
    await dispatched(say, agent, plan(step("a")))
    session_id = (await the_batch()).session_id
    await holding.take_over(session_id, by="ada")
    assert await claimed_step("a") is None
    await recovery.sweep()
    await holding.release(session_id, by="ada", resume=True)
    assert (await the_batch()).state == "waiting"
    await worked("a")
    await answered(session_id)
    assert await said() == ["a: done Task of a"]


async def test_answering_anew_drops_the_plan(say: Say, agent: SetAgent, worker: SetWorker) -> None:
    await dispatched(say, agent, plan(step("a")))
    batch = await the_batch()
    agent(Planning(plan(step("z"))))
    await operating.retry_batch(batch.pk, by="ada", anew=True)
    await executed(batch.session_id)
    assert await states() == {"a": "cancelled", "z": "pending"}
    await worked("z")
    await answered(batch.session_id)
    assert await said() == ["z: done Task of z"]


async def test_progress_is_shown_in_the_placeholder(
    say: Say, agent: SetAgent, worker: SetWorker, fake: WatchedTransport
) -> None:
    await dispatched(say, agent, DIAMOND)
    found = await Plan.objects.aget()
    placeholder = await Reply.objects.aget(kind="placeholder")
    await worked("a")
    await claimed_step("b")
    await showing.show(found.pk)
    assert fake.sent[placeholder.provider_id].text == "✓ Do a\n▸ Do b\n· Do c"
    edits = len(fake.shown)
    await showing.show(found.pk)  # nothing has changed
    assert len(fake.shown) == edits


async def test_no_late_progress_overtakes_the_answer(
    say: Say, agent: SetAgent, worker: SetWorker, fake: WatchedTransport
) -> None:
    await dispatched(say, agent, plan(step("a")))
    found = await Plan.objects.aget()
    fake.door.clear()
    fake.knocked.clear()
    late = asyncio.create_task(showing.show(found.pk))
    await fake.knocked.wait()
    await worked("a")
    session_id = (await the_batch()).session_id
    work = await claimed(session_id)
    run = asyncio.create_task(running.execute(work))
    await asyncio.sleep(0.2)
    assert not run.done()
    fake.door.set()
    await late
    await run
    await showing.show(found.pk)
    assert (await Batch.objects.aget()).state == "done"
    assert isinstance(await batching.claim(session_id), batching.Later)
