"""Taken over by an operator: the agents stop, he writes, and they get the conversation back."""

from __future__ import annotations

from typing import Any

import pytest

from botplatform.models import Batch, Message, Reply, Run, Session, Step, Update
from botplatform.pipeline import batching, db, ending, holding, operating, recovery, replying, running
from botplatform.pipeline.batching import Later, Work
from tests.agents.scripted import called, said
from tests.pipeline.builders import (
    Saying,
    Waiting,
    WatchedTransport,
    answered,
    claimed,
    due,
    ended,
    executed,
    run_in_background,
    stored,
    until,
)
from tests.pipeline.builders import said as sent
from tests.pipeline.conftest import Say, SetAgent, SetFeatures, SetModel


@pytest.fixture
async def session_id(say: Say) -> int:
    """A conversation with one message that waits to be answered."""
    return int((await say("my order is late")).session_id)


async def taken_while_running(session_id: int, agent: Waiting) -> Work:
    """Taken over while the model thinks; then the model answers."""
    work = await claimed(session_id)
    task = await run_in_background(work)
    await agent.begun.wait()
    assert (await holding.take_over(session_id, by="mara")).done
    agent.go.set()
    await ended(task)
    return work


# -- while it is held


async def test_nothing_of_a_run_under_way_is_sent(session_id: int, agent: SetAgent, fake: WatchedTransport) -> None:
    waiting = Waiting()
    agent(waiting)
    await taken_while_running(session_id, waiting)
    await replying.deliver(session_id)
    assert await sent() == []
    batch, run = await Batch.objects.aget(), await Run.objects.aget()
    assert (batch.state, batch.wake_at, batch.worker, run.state) == ("waiting", None, "", "waiting")


async def test_the_model_call_that_was_paid_is_kept(session_id: int, model: SetModel) -> None:
    provider = model(called("calculator", {"expression": "6 * 7"}), said("It is 42."))
    finish = ending.finish

    async def finish_taken_over(*args: Any, **more: Any) -> None:
        await holding.take_over(session_id, by="mara")
        await finish(*args, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ending, "finish", finish_taken_over)
        await executed(session_id)
    assert await Reply.objects.filter(kind="answer").acount() == 0
    await holding.release(session_id, by="mara", resume=True)
    await answered(session_id)
    assert (await sent(), len(provider.requests)) == (["It is 42."], 2)


async def test_no_step_begins_while_it_is_held(session_id: int, model: SetModel) -> None:
    provider = model(said("It left yesterday."))
    work = await claimed(session_id)
    await holding.take_over(session_id, by="mara")
    await running.execute(work)
    assert provider.requests == []
    await holding.release(session_id, by="mara", resume=True)
    await answered(session_id)
    assert await sent() == ["It left yesterday."]


async def test_an_answer_that_was_not_sent_yet_is_stopped(session_id: int, fake: WatchedTransport) -> None:
    await executed(session_id)
    await holding.take_over(session_id, by="mara")
    await replying.deliver(session_id)
    reply = await Reply.objects.aget(kind="answer")
    assert (await sent(), reply.state, reply.error) == ([], "failed", "stopped: mara took over")


async def test_a_reply_that_was_claimed_already_does_not_leave(
    session_id: int, fake: WatchedTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    await executed(session_id)
    claim = replying._claim_whole

    async def claim_then_lose(of: int) -> object:
        claimed_reply = await claim(of)
        if claimed_reply:
            await holding.take_over(session_id, by="mara")
        return claimed_reply

    monkeypatch.setattr(replying, "_claim_whole", claim_then_lose)
    await replying.deliver(session_id)
    assert (await Reply.objects.aget(kind="answer")).state == "failed"
    assert fake.texts in ([], ["Thinking …"])


async def test_an_operator_may_send_what_was_stopped(session_id: int) -> None:
    await executed(session_id)
    await holding.take_over(session_id, by="mara")
    reply = await Reply.objects.aget(kind="answer")
    assert (await operating.resend_reply(reply.pk, by="mara")).done
    await replying.deliver(session_id)
    assert len(await sent()) == 1


async def test_what_comes_in_meanwhile_is_not_answered_and_stays_in_the_history(
    session_id: int, say: Say, model: SetModel
) -> None:
    await holding.take_over(session_id, by="mara")
    await due()
    assert isinstance(await batching.claim(session_id), Later)
    assert (await Batch.objects.aget()).reason == "operator"
    await holding.release(session_id, by="mara")
    provider = model(said("Hello again."))
    await say("are you there?")
    await executed(session_id)
    assert "my order is late" in str(provider.requests[0].messages)


async def test_results_of_commands_are_sent_all_the_same(session_id: int) -> None:
    await holding.take_over(session_id, by="mara")
    await stored(session_id, "Commands: …", kind="notice")
    await replying.deliver(session_id)
    assert await sent() == ["Commands: …"]


async def test_a_delivery_that_is_stopped_asks_for_no_other_look(session_id: int) -> None:
    await Session.objects.filter(pk=session_id).aupdate(mode="held", held_by="mara")
    work_batch = await Batch.objects.aget()
    await stored(session_id, "May I?", kind="prompt", batch=work_batch)
    assert await replying.deliver(session_id) is None
    assert session_id not in (await recovery.sweep()).deliveries


# -- what the operator says


async def test_the_operator_writes_through_the_bot(session_id: int, fake: WatchedTransport) -> None:
    await holding.take_over(session_id, by="mara")
    outcome = await holding.write(session_id, "It is on its way.", by="mara")
    assert (outcome.done, outcome.session_id) == (True, session_id)
    await replying.deliver(session_id)
    assert fake.texts == ["It is on its way."]
    batch, update = await Batch.objects.aget(), await Update.objects.aget()
    assert (batch.state, batch.reason, update.state) == ("done", "operator", "done")


async def test_his_message_takes_the_place_of_the_placeholder(
    session_id: int, agent: SetAgent, fake: WatchedTransport, features: SetFeatures
) -> None:
    features(placeholder=True)
    waiting = Waiting()
    agent(waiting)
    work = await claimed(session_id)
    task = await run_in_background(work)
    await waiting.begun.wait()
    await until(lambda: bool(fake.texts))
    await holding.take_over(session_id, by="mara")
    waiting.go.set()
    await ended(task)
    await holding.write(session_id, "I am looking into it.", by="mara")
    await replying.deliver(session_id)
    assert fake.texts == ["I am looking into it."]


@pytest.mark.parametrize("text", ["", "  \n", "\x00"])
async def test_nothing_is_not_sent(session_id: int, text: str) -> None:
    await holding.take_over(session_id, by="mara")
    assert not (await holding.write(session_id, text, by="mara")).done
    assert not await Reply.objects.aexists()


async def test_only_who_holds_it_writes(session_id: int) -> None:
    await holding.take_over(session_id, by="mara")
    assert not (await holding.write(session_id, "Hello", by="otto")).done
    assert (await holding.take_over(session_id, by="otto")).done
    assert not (await holding.write(session_id, "Hello", by="mara")).done


async def test_a_long_message_arrives_whole(session_id: int, fake: WatchedTransport, features: SetFeatures) -> None:
    await holding.take_over(session_id, by="mara")
    await holding.write(session_id, "word " * 3000, by="mara")
    await replying.deliver(session_id)
    assert "".join(fake.texts).split() == ["word"] * 3000


# -- handing back


async def test_the_agent_reads_what_was_said_and_the_note(session_id: int, say: Say, model: SetModel) -> None:
    await holding.take_over(session_id, by="mara")
    await holding.write(session_id, "It is on its way.", by="mara")
    await holding.release(session_id, by="mara", note="She gets ten per cent off.")
    provider = model(said("You are welcome."))
    await say("thanks")
    await answered(session_id)
    [request] = provider.requests
    assert {"role": "assistant", "content": "It is on its way."} in request.messages
    assert "She gets ten per cent off." in request.system
    assert "ten per cent" not in str(await sent())


async def test_paused_work_goes_on_with_what_it_has(session_id: int, agent: SetAgent) -> None:
    waiting = Waiting()
    agent(waiting)
    await taken_while_running(session_id, waiting)
    await holding.release(session_id, by="mara", resume=True)
    agent(Saying("The answer after all."))
    await answered(session_id)
    assert await sent() == ["The answer after all."]
    assert (await Run.objects.aget()).state == "succeeded"  # the same run went on


async def test_or_ends_as_answered_by_the_operator(session_id: int, agent: SetAgent, fake: WatchedTransport) -> None:
    waiting = Waiting()
    agent(waiting)
    await taken_while_running(session_id, waiting)
    await holding.release(session_id, by="mara")
    assert await batching.claim(session_id) == Later(None)
    await replying.deliver(session_id)
    batch, run, update = await Batch.objects.aget(), await Run.objects.aget(), await Update.objects.aget()
    assert (batch.state, batch.reason, run.state, update.state) == ("done", "operator", "cancelled", "done")
    assert fake.texts in ([], [holding.CLOSED])


async def test_a_run_that_has_not_noticed_yet_says_nothing_after_the_release(session_id: int, agent: SetAgent) -> None:
    waiting = Waiting()
    agent(waiting)
    task = await run_in_background(await claimed(session_id))
    await waiting.begun.wait()
    await holding.take_over(session_id, by="mara")
    await holding.release(session_id, by="mara")
    waiting.go.set()
    await ended(task)
    await replying.deliver(session_id)
    assert "the answer" not in await sent()


async def test_the_summary_tells_what_the_operator_said(session_id: int) -> None:
    await holding.take_over(session_id, by="mara")
    await holding.write(session_id, "It is on its way.", by="mara")
    told = await holding.summary(session_id)
    assert "mara" in told
    assert "It is on its way." in told
    assert "my order is late" not in told  # a stranger's words do not become an operator's


async def test_there_is_no_summary_of_what_is_not_held(session_id: int) -> None:
    assert await holding.summary(session_id) == ""
    assert not (await holding.release(session_id, by="mara")).done


async def test_a_worker_that_dies_meanwhile_loses_nothing(session_id: int) -> None:
    await claimed(session_id)
    await holding.take_over(session_id, by="mara")
    await db.change("UPDATE botplatform_batch SET lease_until = now() - interval '1 second'")
    assert session_id not in (await recovery.sweep()).sessions
    assert await batching.claim(session_id) == Later(None)
    await holding.release(session_id, by="mara", resume=True)
    await answered(session_id)
    assert len(await sent()) == 1
    assert await Message.objects.filter(role="assistant").acount() == 1
    assert await Step.objects.filter(state="running").acount() == 0
