"""Take-overs that cross with a run at an awkward moment: nothing is written over, nothing waits for ever."""

from __future__ import annotations

import asyncio

import pytest

from botplatform.models import AgentConfig, Approval, Batch, Reply
from botplatform.pipeline import approvals, db, holding, operating, recovery, replying, yielding
from botplatform.pipeline.approvals import Request
from tests.pipeline.builders import (
    Saying,
    Waiting,
    WatchedTransport,
    answered,
    claimed,
    ended,
    executed,
    run_in_background,
    stored,
    until,
)
from tests.pipeline.builders import said as sent
from tests.pipeline.conftest import Say, SetAgent, SetFeatures


@pytest.fixture
async def session_id(say: Say) -> int:
    """A conversation with one message that waits to be answered."""
    return int((await say("my order is late")).session_id)


async def test_an_answer_does_not_take_the_place_of_what_the_operator_wrote(
    session_id: int, agent: SetAgent, fake: WatchedTransport, features: SetFeatures
) -> None:
    features(placeholder=True)
    waiting = Waiting()
    agent(waiting)
    task = await run_in_background(await claimed(session_id))
    await waiting.begun.wait()
    await until(lambda: bool(fake.texts))
    await holding.take_over(session_id, by="mara")
    await holding.write(session_id, "I am looking into it.", by="mara")
    await replying.deliver(session_id)
    await holding.release(session_id, by="mara", resume=True)
    waiting.go.set()  # the model call that was under way all the time
    await ended(task)
    await replying.deliver(session_id)
    assert fake.texts == ["I am looking into it.", "the answer"]


async def test_no_progress_is_shown_over_what_the_operator_wrote(
    session_id: int, agent: SetAgent, fake: WatchedTransport, features: SetFeatures
) -> None:
    features(placeholder=True, progress_seconds=0.05)
    waiting = Waiting()
    agent(waiting)
    task = await run_in_background(await claimed(session_id))
    await waiting.begun.wait()
    await until(lambda: len(fake.shown) > 1)
    await holding.take_over(session_id, by="mara")
    await holding.write(session_id, "I am looking into it.", by="mara")
    await replying.deliver(session_id)
    await holding.release(session_id, by="mara", resume=True)
    shown = len(fake.shown)
    await asyncio.sleep(0.3)
    assert (fake.shown[shown:], fake.texts) == ([], ["I am looking into it."])
    waiting.go.set()
    await ended(task)


async def test_work_that_was_parked_in_the_moment_of_the_release_goes_on(session_id: int) -> None:
    work = await claimed(session_id)
    await holding.take_over(session_id, by="mara")
    await Batch.objects.filter(pk=work.lease.batch_id).aupdate(
        state="waiting", worker="", lease_until=None, wake_at=None
    )  # as the park leaves it, that saw the take-over and not the release
    await db.change("UPDATE botplatform_session SET mode = 'normal', held_by = '', held_at = NULL")
    assert (await recovery.sweep()).sessions == [session_id]
    await answered(session_id)
    assert len(await sent()) == 1


async def test_a_release_before_the_run_has_parked_lets_it_go_on_at_once(session_id: int, agent: SetAgent) -> None:
    agent(Saying())
    work = await claimed(session_id)
    run = await db.row(
        "INSERT INTO botplatform_run (batch_id, epoch, state, agent, note, error, worker, switched_from) "
        "VALUES (%s, %s, 'running', 'simple-agent', '', '', '', '') RETURNING id",
        (work.lease.batch_id, work.lease.epoch),
    )
    assert run
    await holding.take_over(session_id, by="mara")
    await holding.release(session_id, by="mara", resume=True)
    await yielding.park(work.lease, run["id"])
    await answered(session_id)
    assert await sent() == ["the answer"]


async def test_what_still_waits_for_a_person_is_left_to_him(session_id: int, say: Say) -> None:
    work = await claimed(session_id)
    await holding.take_over(session_id, by="mara")
    await Batch.objects.filter(pk=work.lease.batch_id).aupdate(
        state="waiting", worker="", lease_until=None, wake_at=None
    )
    other = await say("hello", chat="c2")
    await AgentConfig.objects.filter(name="simple-agent").aupdate(paused=True)
    await Batch.objects.filter(session_id=other.session_id).aupdate(
        state="waiting", wake_at=None, paused_agent="simple-agent"
    )
    assert (await recovery.sweep()).sessions == []
    assert await Batch.objects.filter(wake_at=None).acount() == 2


async def test_an_agent_that_was_resumed_in_the_moment_of_parking_gets_its_batch(session_id: int) -> None:
    await Batch.objects.aupdate(state="waiting", wake_at=None, paused_agent="simple-agent")
    assert (await recovery.sweep()).sessions == [session_id]
    await answered(session_id)
    assert (await Batch.objects.aget()).paused_agent == ""


async def test_asking_for_an_approval_and_writing_do_not_wait_for_each_other(session_id: int) -> None:
    work = await claimed(session_id)
    run = await db.row(
        "INSERT INTO botplatform_run (batch_id, epoch, state, agent, note, error, worker, switched_from) "
        "VALUES (%s, %s, 'running', 'simple-agent', '', '', '', '') RETURNING id",
        (work.lease.batch_id, work.lease.epoch),
    )
    assert run
    await holding.take_over(session_id, by="mara")
    request = Request("delete_history", "toolu_1", {}, "Delete.", "", "high", "risky", "requester", ["u"], [])
    async with db.transaction() as connection:  # a write that has come as far as the conversation's row
        await connection.execute(b"SELECT id FROM botplatform_session WHERE id = %s FOR NO KEY UPDATE", (session_id,))
        asking = asyncio.create_task(approvals.ask(work.lease, run["id"], request))
        await until_waiting()
        await connection.execute(b"SET LOCAL lock_timeout = '300ms'")
        await connection.execute(
            b"SELECT id FROM botplatform_batch WHERE id = %s FOR KEY SHARE", (work.lease.batch_id,)
        )
    await asking
    assert await Approval.objects.acount() == 1


async def test_a_release_and_a_run_that_ends_do_not_wait_for_each_other(session_id: int) -> None:
    work = await claimed(session_id)
    batch = await Batch.objects.aget(pk=work.lease.batch_id)
    await stored(session_id, "Thinking …", kind="placeholder", batch=batch, state="sent", provider_id="7", part=0)
    await holding.take_over(session_id, by="mara")
    async with db.transaction() as connection:  # a run that ends has its batch's row
        await connection.execute(b"UPDATE botplatform_batch SET error = '' WHERE id = %s", (batch.pk,))
        releasing = asyncio.create_task(holding.release(session_id, by="mara"))
        await until_waiting()
        await connection.execute(b"SET LOCAL lock_timeout = '300ms'")
        assert await yielding.standing(connection, batch.pk, "7") == "7"
    assert (await releasing).done


async def until_waiting() -> None:
    """Until a statement waits for a lock."""
    for _ in range(200):
        if await db.row("SELECT 1 AS one FROM pg_locks WHERE NOT granted"):
            return
        await asyncio.sleep(0.02)
    raise AssertionError("nothing waits")


async def test_a_reply_that_was_replaced_while_it_was_sent_is_not_tried_again(
    session_id: int, agent: SetAgent, fake: WatchedTransport
) -> None:
    agent(Saying("the old answer"))
    await executed(session_id)
    batch = await Batch.objects.aget()
    await db.change(
        "UPDATE botplatform_reply SET state = 'sending', claim = claim + 1, claimed_at = now() - interval '1 hour'"
    )
    assert (await operating.retry_batch(batch.pk, by="mara", anew=True)).done
    await recovery.sweep()
    agent(Saying("the new answer"))
    await answered(session_id)
    assert "the old answer" not in fake.texts
    assert fake.texts[-1] == "the new answer"


async def test_work_that_steps_aside_ends_with_the_release_too(session_id: int) -> None:
    work = await claimed(session_id)
    await Batch.objects.aupdate(lost_leases=1, attempts=0)
    await holding.take_over(session_id, by="mara")
    await db.change("UPDATE botplatform_batch SET lease_until = now() - interval '1 second'")
    await recovery.sweep()
    assert (await Batch.objects.aget()).state == "waiting"
    await holding.release(session_id, by="mara")
    assert (await Batch.objects.aget(pk=work.lease.batch_id)).reason == "operator"


async def test_what_waits_for_a_paused_agent_ends_with_the_release_too(session_id: int) -> None:
    await Batch.objects.aupdate(state="waiting", wake_at=None, paused_agent="simple-agent")
    await holding.take_over(session_id, by="mara")
    await holding.write(session_id, "It left yesterday.", by="mara")
    await holding.release(session_id, by="mara")
    assert (await Batch.objects.aget()).reason == "operator"
    assert await Reply.objects.filter(kind="notice").acount() == 0


async def test_what_waited_for_an_agent_that_goes_on_meanwhile_ends_with_the_release_too(
    session_id: int, agent: SetAgent
) -> None:
    agent(Saying())
    config = await AgentConfig.objects.aget(name="simple-agent")
    await operating.pause_agent(config.pk, by="mara")
    await executed(session_id)
    await holding.take_over(session_id, by="mara")
    await holding.write(session_id, "It left yesterday.", by="mara")
    await operating.resume_agent(config.pk, by="otto")
    await holding.release(session_id, by="mara")
    assert (await Batch.objects.aget()).reason == "operator"


async def test_what_an_operator_had_answered_again_is_answered_after_the_release(
    session_id: int, agent: SetAgent
) -> None:
    agent(Saying("the old answer"))
    await answered(session_id)
    await holding.take_over(session_id, by="mara")
    agent(Saying("the new answer"))
    assert (await operating.retry_batch((await Batch.objects.aget()).pk, by="mara", anew=True)).done
    await holding.release(session_id, by="mara")
    await answered(session_id)
    assert await sent() == ["the old answer", "the new answer"]
