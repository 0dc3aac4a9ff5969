from __future__ import annotations

import pytest

from botplatform.models import Batch, Reply, Run, Session, Step, Update
from botplatform.pipeline import batching, bots, operating, replying
from botplatform.pipeline.batching import Work
from tests.agents.scripted import called, error, said
from tests.pipeline.builders import (
    Failing,
    Saying,
    WatchedTransport,
    answered,
    claimed,
    executed,
    lapse,
    session_of,
    started,
    stored,
    the_batch,
)
from tests.pipeline.conftest import Say, SetAgent, SetModel


@pytest.fixture
async def failed(say: Say, agent: SetAgent) -> Batch:
    agent(Failing(retryable=False))
    await answered((await say("hello")).session_id)
    return await the_batch()


async def in_state(say: Say, state: str) -> Batch:
    """A batch with a lease that lives, if its state has one."""
    await claimed((await say("hello")).session_id)
    await Batch.objects.aupdate(state=state)
    return await the_batch()


# -- retry


async def test_failed_batch_is_answered_again(failed: Batch, agent: SetAgent, fake: WatchedTransport) -> None:
    outcome = await operating.retry_batch(failed.pk, by="ann")
    assert (outcome.done, outcome.session_id) == (True, failed.session_id)
    assert (await Update.objects.aget()).state == "queued"
    agent(Saying("at last"))
    await answered(failed.session_id)
    assert fake.texts[-1] == "at last"
    assert ((await the_batch()).state, (await Update.objects.aget()).state) == ("done", "done")


async def test_retried_batch_has_all_its_attempts(failed: Batch) -> None:
    await operating.retry_batch(failed.pk, by="ann")
    batch = await the_batch()
    assert (batch.attempts, batch.lost_leases, batch.finished_at) == (0, 0, None)


async def test_retry_does_not_pay_for_whole_steps_again(say: Say, model: SetModel) -> None:
    model(called("calculator", {"expression": "6 * 7"}), error("bad_request", retryable=False))
    receipt = await say("what is 6 * 7?")
    await executed(receipt.session_id)
    await operating.retry_batch((await the_batch()).pk, by="ann")
    provider = model(said("It is 42."))
    await executed(receipt.session_id)
    assert len(provider.requests) == 1
    assert (await Reply.objects.aget(kind="answer")).text == "It is 42."


async def test_stuck_batch_is_freed(say: Say) -> None:
    work = await claimed((await say("hello")).session_id)
    await started(work)
    await lapse()
    assert (await operating.retry_batch(work.lease.batch_id, by="ann")).done
    assert (await Run.objects.aget()).state == "lost"
    assert isinstance(await batching.claim(work.batch["session_id"]), Work)


async def test_from_the_start_every_call_is_made_again(say: Say, model: SetModel) -> None:
    model(called("calculator", {"expression": "6 * 7"}), error("bad_request", retryable=False))
    receipt = await say("what is 6 * 7?")
    await executed(receipt.session_id)
    await operating.retry_batch((await the_batch()).pk, by="ann", anew=True)
    provider = model(called("calculator", {"expression": "6 * 7"}), said("It is 42."))
    await executed(receipt.session_id)
    assert len(provider.requests) == 2
    assert (await Reply.objects.aget(kind="answer")).text == "It is 42."


async def test_an_answered_batch_is_sent_to_another_agent(say: Say, model: SetModel, fake: WatchedTransport) -> None:
    model(said("I cannot do that."))
    receipt = await say("delete everything")
    await answered(receipt.session_id)
    assert (await operating.retry_batch((await the_batch()).pk, by="ann", agent="hitl-agent")).done
    provider = model(said("Here is what I can do."))
    await answered(receipt.session_id)
    assert len(provider.requests) == 1
    assert fake.texts == ["I cannot do that.", "Here is what I can do."]  # the old answer stays where it is
    run = await Run.objects.alatest("pk")
    assert (run.agent, run.note) == ("hitl-agent", "sent to this agent by an operator")
    assert [reply.replaced_at is None async for reply in Reply.objects.filter(kind="answer").order_by("pk")] == [
        False,
        True,
    ]
    assert (await the_batch()).state == "done"


@pytest.mark.parametrize("state", ["processing", "collecting"])
async def test_what_is_being_answered_is_not_sent_elsewhere(say: Say, state: str) -> None:
    batch = await in_state(say, state)
    assert not (await operating.retry_batch(batch.pk, by="ann", agent="hitl-agent")).done


@pytest.mark.parametrize("state", ["cancelled", "waiting"])
async def test_batch_that_was_set_aside_is_retried(say: Say, state: str) -> None:
    batch = await in_state(say, state)
    assert (await operating.retry_batch(batch.pk, by="ann")).done
    assert isinstance(await batching.claim(batch.session_id), Work)


@pytest.mark.parametrize("state", ["collecting", "processing", "done"])
async def test_batch_that_is_well_is_not_retried(say: Say, state: str) -> None:
    batch = await in_state(say, state)
    outcome = await operating.retry_batch(batch.pk, by="ann")
    assert (outcome.done, outcome.told) == (
        False,
        "is neither failed, cancelled nor stuck, or its messages are no longer kept",
    )
    assert (await the_batch()).state == state


# -- cancel


@pytest.mark.parametrize("state", ["collecting", "processing", "waiting", "failed"])
async def test_open_batch_is_cancelled(say: Say, state: str) -> None:
    batch = await in_state(say, state)
    outcome = await operating.cancel_batch(batch.pk, by="ann")
    assert (outcome.done, outcome.told) == (True, "was cancelled")
    batch = await the_batch()
    assert (batch.state, batch.reason, batch.worker) == ("cancelled", "cancelled by ann", "")
    assert (await Update.objects.aget()).state == "done"


async def test_cancel_settles_run_and_steps(say: Say) -> None:
    work = await claimed((await say("hello")).session_id)
    await Step.objects.acreate(run_id=await started(work), kind="tool", name="letter")
    await operating.cancel_batch(work.lease.batch_id, by="ann")
    assert ((await Run.objects.aget()).state, (await Step.objects.aget()).state) == ("cancelled", "unknown")


@pytest.mark.parametrize("state", ["done", "cancelled"])
async def test_finished_batch_is_not_cancelled(say: Say, state: str) -> None:
    batch = await in_state(say, state)
    outcome = await operating.cancel_batch(batch.pk, by="ann")
    assert (outcome.done, outcome.told) == (False, "is finished already")
    assert (await the_batch()).reason == ""


# -- resend


@pytest.fixture
async def session(bot: bots.BotRow) -> Session:
    return await session_of(bot.id)


@pytest.mark.parametrize("state", ["sent", "failed", "unknown"])
async def test_stored_reply_is_sent_again_as_it_is(session: Session, fake: WatchedTransport, state: str) -> None:
    reply = await stored(session.pk, "the answer", state=state, edits="77", attempts=30, claim=4)
    outcome = await operating.resend_reply(reply.pk, by="ann")
    assert (outcome.done, outcome.session_id) == (True, session.pk)
    await replying.deliver(session.pk)
    await reply.arefresh_from_db()
    assert (fake.texts, reply.state) == (["the answer"], "sent")


async def test_resending_asks_no_model(say: Say, model: SetModel, fake: WatchedTransport) -> None:
    provider = model(said("Good day."))
    await answered((await say("hello")).session_id)
    reply = await Reply.objects.aget(kind="answer")
    await operating.resend_reply(reply.pk, by="ann")
    await replying.deliver(reply.session_id)
    assert (len(provider.requests), fake.texts) == (1, ["Good day.", "Good day."])


@pytest.mark.parametrize(
    "fields", [{"state": "pending"}, {"state": "sending"}, {"state": "sent", "kind": "placeholder"}], ids=str
)
async def test_reply_that_cannot_be_sent_again(session: Session, fields: dict[str, str]) -> None:
    reply = await stored(session.pk, **fields)
    outcome = await operating.resend_reply(reply.pk, by="ann")
    assert (outcome.done, outcome.session_id) == (False, None)
    await reply.arefresh_from_db()
    assert reply.state == fields["state"]


# -- it arrived


async def test_reply_of_unknown_outcome_counts_as_arrived(session: Session, fake: WatchedTransport) -> None:
    reply = await stored(session.pk, state="unknown")
    assert (await operating.mark_arrived(reply.pk, by="ann")).done
    await replying.deliver(session.pk)
    await reply.arefresh_from_db()
    assert (reply.state, reply.error, fake.texts) == ("sent", "marked as arrived by ann", [])


@pytest.mark.parametrize("state", ["pending", "sending", "sent", "failed"])
async def test_reply_of_known_outcome_is_left_alone(session: Session, state: str) -> None:
    reply = await stored(session.pk, state=state)
    assert not (await operating.mark_arrived(reply.pk, by="ann")).done
    await reply.arefresh_from_db()
    assert reply.state == state


# -- modes


async def test_mode_is_set(session: Session) -> None:
    outcome = await operating.set_mode(session.pk, "held", by="ann")
    assert (outcome.done, outcome.told, outcome.session_id) == (True, "is now held", session.pk)
    await session.arefresh_from_db()
    assert session.mode == "held"


async def test_mode_that_is_set_already(session: Session) -> None:
    outcome = await operating.set_mode(session.pk, "normal", by="ann")
    assert (outcome.done, outcome.told) == (False, "was normal already, or is taken over")


async def test_paused_batch_goes_on_when_the_session_is_normal_again(say: Say) -> None:
    receipt = await say("hello")
    await operating.set_mode(receipt.session_id, "paused", by="ann")
    await operating.set_mode(receipt.session_id, "normal", by="ann")
    assert isinstance(await claimed(receipt.session_id), Work)
