"""A bot or an agent that is paused: everything is accepted, nothing is answered, nothing is lost."""

from __future__ import annotations

import pytest

from botplatform.models import AgentConfig, Batch, Bot, Run, Session, Update
from botplatform.pipeline import batching, bots, caching, operating, recovery, replying
from botplatform.pipeline.batching import Later
from tests.pipeline.builders import Saying, WatchedTransport, answered, due, executed
from tests.pipeline.builders import said as sent
from tests.pipeline.conftest import Say, SetAgent


async def test_a_paused_bots_messages_wait(say: Say, bot: bots.BotRow) -> None:
    assert (await operating.pause_bot(bot.id, by="mara")).done
    receipt = await say("hello")
    await due()
    assert await batching.claim(receipt.session_id) == Later(None)
    assert (receipt.outcome, (await Batch.objects.aget()).state) == ("queued", "collecting")
    await Batch.objects.aupdate(due_at="2020-01-01T00:00:00Z")
    assert (await recovery.sweep()).sessions == []
    assert (await operating.resume_bot(bot.id, by="mara")).done
    assert (await recovery.sweep()).sessions == [receipt.session_id]
    await answered(receipt.session_id)
    assert len(await sent()) == 1


async def test_a_paused_bot_hides_no_other_bots_work(
    say: Say, bot: bots.BotRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recovery, "BITE", 1)
    await say("first", chat="c1")
    other = await Bot.objects.acreate(transport="fake", slug="other", paused=True)
    paused = await Batch.objects.aget()
    await say("second", chat="c2")
    await Session.objects.filter(pk=paused.session_id).aupdate(bot=other)
    await Batch.objects.aupdate(due_at="2020-01-01T00:00:00Z")
    assert len((await recovery.sweep()).sessions) == 1


async def test_what_is_meant_for_a_paused_agent_waits(say: Say, agent: SetAgent, fake: WatchedTransport) -> None:
    agent(Saying())
    config = await AgentConfig.objects.aget(name="simple-agent")
    assert (await operating.pause_agent(config.pk, by="mara")).done
    receipt = await say("hello")
    await executed(receipt.session_id)
    batch, run = await Batch.objects.aget(), await Run.objects.aget()
    assert (batch.state, batch.paused_agent, batch.wake_at, run.state) == ("waiting", "simple-agent", None, "waiting")
    assert (await Update.objects.aget()).state == "queued"
    await replying.deliver(receipt.session_id)
    assert "the answer" not in await sent()

    assert (await operating.resume_agent(config.pk, by="mara")).done
    assert (await recovery.sweep()).sessions == [receipt.session_id]
    await answered(receipt.session_id)
    assert (await sent())[-1] == "the answer"
    assert (await Batch.objects.aget()).paused_agent == ""


async def test_later_messages_do_not_wait_behind_a_paused_agent(say: Say, agent: SetAgent) -> None:
    agent(Saying())
    config = await AgentConfig.objects.aget(name="simple-agent")
    await operating.pause_agent(config.pk, by="mara")
    receipt = await say("hello")
    await executed(receipt.session_id)
    await Bot.objects.filter(transport="fake").aupdate(direct_agent="hitl-agent")
    bots.forget((await Bot.objects.aget(transport="fake")).pk)
    caching.forget()
    await say("hello again")
    await executed(receipt.session_id)
    assert {batch.state async for batch in Batch.objects.all()} == {"waiting", "done"}


async def test_pausing_twice_is_said(bot: bots.BotRow) -> None:
    await operating.pause_bot(bot.id, by="mara")
    assert not (await operating.pause_bot(bot.id, by="otto")).done
    await operating.resume_bot(bot.id, by="mara")
    assert not (await operating.resume_bot(bot.id, by="otto")).done


# -- blocked people


async def test_a_blocked_person_is_not_heard(say: Say, bot: bots.BotRow) -> None:
    session_id = (await say("hello")).session_id
    assert (await operating.block_person(session_id, "u", by="mara")).done
    bots.forget(bot.id)
    receipt = await say("hello?")
    update = await Update.objects.aget(pk=receipt.update_id)
    assert (receipt.outcome, update.reason) == ("ignored", "an operator has blocked the author")
    assert (await operating.unblock_person(session_id, "u", by="mara")).done
    bots.forget(bot.id)
    assert (await say("hello!")).outcome == "queued"
