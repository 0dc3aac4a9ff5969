from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from agents.base import AgentError
from agents.providers.base import ModelEvent, ModelRequest
from botplatform.models import AgentConfig, Message, Reply, Run, Step, Update
from botplatform.pipeline import batching, configs, db, ending, running
from botplatform.pipeline.batching import Work
from tests.agents.scripted import Said, ScriptedProvider, called, said
from tests.pipeline.builders import (
    Failing,
    Saying,
    WatchedTransport,
    answered,
    claimed,
    ended,
    executed,
    run_in_background,
    the_batch,
    until,
)
from tests.pipeline.conftest import Say, SetAgent, SetModel


async def again(session_id: int) -> None:
    """The retry's time has come."""
    await db.change("UPDATE botplatform_batch SET retry_at = now()")
    await executed(session_id)


async def wait() -> timedelta:
    row = await db.row("SELECT retry_at - now() AS wait FROM botplatform_batch")
    assert row
    found: timedelta = row["wait"]
    return found


# -- an answer


async def test_answer_is_stored_with_everything_that_ends(say: Say, model: SetModel) -> None:
    model(said("Good day."))
    await executed((await say("hello")).session_id)
    batch, run, step = await the_batch(), await Run.objects.aget(), await Step.objects.aget()
    assert (batch.state, run.state, step.state) == ("done", "succeeded", "succeeded")
    assert (step.stop_reason, step.tokens_in, step.tokens_out) == ("end_turn", 10, 5)
    assert (await Reply.objects.aget(kind="answer")).text == "Good day."
    assert (await Message.objects.aget(role="assistant")).text == "Good day."
    assert (await Update.objects.aget()).state == "done"


async def test_long_answer_is_stored_in_parts(say: Say, agent: SetAgent) -> None:
    agent(Saying("x" * 2500))
    await executed((await say("hello")).session_id)
    parts = [(reply.part, len(reply.text)) async for reply in Reply.objects.filter(kind="answer").order_by("id")]
    assert parts == [(1, 1000), (2, 1000), (3, 500)]


async def test_answer_with_what_cannot_be_stored_is_cleaned(say: Say, agent: SetAgent) -> None:
    agent(Saying("a\x00b\ud800c"))
    await executed((await say("hello")).session_id)
    assert (await Reply.objects.aget(kind="answer")).text == "abc"
    assert (await Message.objects.aget(role="assistant")).text == "abc"


# -- errors


@pytest.mark.parametrize(("attempts", "seconds"), [(0, 5), (1, 20)])
async def test_error_is_tried_again_after_a_growing_wait(
    say: Say, agent: SetAgent, attempts: int, seconds: int
) -> None:
    agent(Failing())
    receipt = await say("hello")
    await executed(receipt.session_id)
    for _ in range(attempts):
        await again(receipt.session_id)
    batch = await the_batch()
    assert (batch.state, batch.worker, batch.attempts) == ("processing", "", attempts + 1)
    assert timedelta(seconds=seconds - 1) < await wait() <= timedelta(seconds=seconds)
    assert batch.error == "the model is away"


async def test_provider_chooses_the_wait(say: Say, agent: SetAgent) -> None:
    agent(Failing(retry_after=33))
    await executed((await say("hello")).session_id)
    assert timedelta(seconds=31) < await wait() <= timedelta(seconds=33)


async def test_no_wait_holds_the_conversation_for_long(say: Say, agent: SetAgent) -> None:
    agent(Failing(retry_after=3600))
    await executed((await say("hello")).session_id)
    assert await wait() <= timedelta(seconds=60)


async def test_nothing_is_said_while_it_is_tried_again(say: Say, agent: SetAgent, fake: WatchedTransport) -> None:
    agent(Failing())
    await answered((await say("hello")).session_id)
    assert fake.texts == ["Thinking …"]


async def test_retry_that_succeeds_answers_in_place_of_the_placeholder(
    say: Say, agent: SetAgent, fake: WatchedTransport
) -> None:
    agent(Failing())
    receipt = await say("hello")
    await answered(receipt.session_id)
    agent(Saying("at last"))
    await db.change("UPDATE botplatform_batch SET retry_at = now()")
    await answered(receipt.session_id)
    assert fake.texts == ["at last"]


async def test_third_error_fails_and_is_told_once_with_the_reference(
    say: Say, agent: SetAgent, fake: WatchedTransport
) -> None:
    agent(Failing(public="The model is overloaded."))
    receipt = await say("hello")
    await executed(receipt.session_id)
    await again(receipt.session_id)
    await again(receipt.session_id)
    batch = await the_batch()
    assert (batch.state, batch.attempts) == ("failed", 3)
    notice = await Reply.objects.aget(kind="notice")
    assert notice.text == f"Sorry, I could not answer that. The model is overloaded. Reference: {batch.request_id}"
    assert (await Update.objects.aget()).state == "failed"


async def test_permanent_error_fails_at_once(say: Say, agent: SetAgent) -> None:
    agent(Failing(retryable=False))
    await executed((await say("hello")).session_id)
    assert ((await the_batch()).state, (await Run.objects.aget()).state) == ("failed", "failed")
    assert await Reply.objects.filter(kind="notice").acount() == 1


async def test_failure_takes_the_place_of_the_placeholder(say: Say, agent: SetAgent, fake: WatchedTransport) -> None:
    agent(Failing(retryable=False))
    await answered((await say("hello")).session_id)
    assert len(fake.texts) == 1
    assert fake.texts[0].startswith(ending.SORRY)


async def test_details_stay_out_of_the_chat(say: Say, agent: SetAgent) -> None:
    agent(Failing(AgentError("401 from https://key@api", retryable=False)))
    await executed((await say("hello")).session_id)
    assert "401" not in (await Reply.objects.aget(kind="notice")).text
    assert "401" in (await the_batch()).error


async def test_crash_of_an_agent_is_an_error_like_others(say: Say, agent: SetAgent) -> None:
    agent(Failing(ZeroDivisionError("division\x00 by zero")))
    await executed((await say("hello")).session_id)
    batch = await the_batch()
    assert (batch.state, batch.attempts, batch.error) == ("processing", 1, "ZeroDivisionError: division by zero")


async def test_agent_without_a_configuration_fails_visibly(say: Say) -> None:
    await AgentConfig.objects.aupdate(published=None)
    configs.forget()
    await executed((await say("hello")).session_id)
    assert (await the_batch()).state == "failed"
    assert await Reply.objects.filter(kind="notice").acount() == 1


# -- handing back


class Held(ScriptedProvider):
    """Plays its replies, then says no more."""

    async def stream(self, request: ModelRequest) -> AsyncIterator[ModelEvent]:
        if not self.replies:
            self.requests.append(request)
            await asyncio.Event().wait()
        async for event in super().stream(request):
            yield event


async def shut_down(work: Work, provider: ScriptedProvider, calls: int) -> None:
    """The worker ends while the model's last call is under way."""
    task = await run_in_background(work)
    await until(lambda: len(provider.requests) == calls)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await ended(task)


def holding(monkeypatch: pytest.MonkeyPatch, *replies: Said) -> Held:
    provider = Held(*replies)
    monkeypatch.setattr(configs, "provider", lambda name: (provider, name))
    return provider


async def test_handed_back_batch_costs_no_attempt(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    work = await claimed((await say("hello")).session_id)
    await shut_down(work, holding(monkeypatch), calls=1)
    batch, run = await the_batch(), await Run.objects.aget()
    assert (batch.state, batch.worker, batch.attempts, batch.lost_leases) == ("processing", "", 0, 0)
    assert (run.state, run.error) == ("cancelled", "handed back")


async def test_handed_back_batch_is_free_at_once(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    work = await claimed((await say("hello")).session_id)
    await shut_down(work, holding(monkeypatch), calls=1)
    assert isinstance(await batching.claim(work.batch["session_id"]), Work)


async def test_next_run_goes_on_after_the_last_whole_step(
    say: Say, model: SetModel, monkeypatch: pytest.MonkeyPatch, fake: WatchedTransport
) -> None:
    work = await claimed((await say("what is 6 * 7?")).session_id)
    await shut_down(work, holding(monkeypatch, called("calculator", {"expression": "6 * 7"})), calls=2)
    provider = model(said("It is 42."))
    await running.execute(await claimed(work.batch["session_id"]))
    [request] = provider.requests
    [result] = request.messages[-1]["content"]
    assert (result["type"], result["content"]) == ("tool_result", "6 * 7 = 42")
    assert await Step.objects.filter(kind="tool").acount() == 1
    assert (await Reply.objects.aget(kind="answer")).text == "It is 42."


async def test_next_run_names_the_one_it_replaces(say: Say, model: SetModel, monkeypatch: pytest.MonkeyPatch) -> None:
    work = await claimed((await say("hello")).session_id)
    await shut_down(work, holding(monkeypatch), calls=1)
    model(said("Good day."))
    await running.execute(await claimed(work.batch["session_id"]))
    first, second = [run async for run in Run.objects.order_by("id")]
    assert (second.replaces_id, second.state) == (first.pk, "succeeded")
