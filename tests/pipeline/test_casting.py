"""Who plays: agents that stand in, hand over and take over, each on the run's row."""

from __future__ import annotations

import pytest

from agents.base import AgentError, AgentResult, RunContext, SwitchAgent
from agents.registry import AGENTS
from botplatform.models import AgentConfig, AgentConfigVersion, Batch, Bot, Reply, Route, Run
from botplatform.pipeline import bots, configs, ending, operating
from tests.pipeline.builders import Failing, Saying, _TestAgent, answered, executed, said
from tests.pipeline.conftest import Say


class Handing(_TestAgent):
    """Hands over to another agent."""

    def __init__(self, to: str) -> None:
        self.to = to

    async def run(self, query: str, context: RunContext) -> AgentResult:
        raise SwitchAgent(self.to, "not my part")


async def direct(bot: bots.BotRow, agent: str) -> None:
    """Everything goes to this agent."""
    await Bot.objects.filter(pk=bot.id).aupdate(direct_agent=agent)
    bots.forget(bot.id)


async def configured(name: str, **fields: object) -> AgentConfig:
    """A published agent with the behaviour of its name."""
    config = await AgentConfig.objects.acreate(name=name, behaviour=name)
    version = await AgentConfigVersion.objects.acreate(config=config, number=1, prompt="Be kind.", **fields)
    await AgentConfig.objects.filter(pk=config.pk).aupdate(published=version)
    configs.forget()
    return config


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    """Let behaviours answer under these names."""

    def choose(**behaviours: _TestAgent) -> None:
        for name, behaviour in behaviours.items():
            monkeypatch.setitem(AGENTS, name.replace("_", "-"), behaviour)

    return choose


async def test_an_agent_that_is_not_there_yet_is_stood_in_for(say: Say, bot: bots.BotRow, play) -> None:  # type: ignore[no-untyped-def]
    play(simple_agent=Saying())
    await direct(bot, "poet-agent")
    await executed((await say("hello")).session_id)
    run = await Run.objects.aget()
    assert (await Route.objects.aget()).target == "poet-agent"
    assert (run.agent, run.note) == (
        "simple-agent",
        "poet-agent is not available here; simple-agent answers instead",
    )


async def test_a_run_may_hand_over_once(say: Say, bot: bots.BotRow, play) -> None:  # type: ignore[no-untyped-def]
    play(first_agent=Handing("simple-agent"), simple_agent=Saying("from simple"))
    await configured("first-agent")
    await direct(bot, "first-agent")
    await answered((await say("hello")).session_id)
    run = await Run.objects.aget()
    assert (run.state, run.agent, run.switched_from) == ("succeeded", "simple-agent", "first-agent")
    assert run.note == "handed over by first-agent: not my part"
    assert await said() == ["from simple"]


async def test_and_not_twice(say: Say, bot: bots.BotRow, play) -> None:  # type: ignore[no-untyped-def]
    play(first_agent=Handing("simple-agent"), simple_agent=Handing("first-agent"))
    await configured("first-agent")
    await direct(bot, "first-agent")
    await executed((await say("hello")).session_id)
    run = await Run.objects.aget()
    assert run.state == "failed"
    assert "once" in run.error


async def test_the_next_agent_answers_for_one_that_failed_for_good(
    say: Say, bot: bots.BotRow, play  # type: ignore[no-untyped-def]
) -> None:  # fmt: skip
    play(first_agent=Failing(retryable=False), simple_agent=Saying("from simple"))
    await configured("first-agent", fallback_agent="simple-agent")
    await direct(bot, "first-agent")
    session_id = (await say("hello")).session_id
    await executed(session_id)
    await answered(session_id)
    assert [(run.agent, run.state) async for run in Run.objects.order_by("id")] == [
        ("first-agent", "failed"), ("simple-agent", "succeeded"),
    ]  # fmt: skip
    assert await said() == ["from simple"]


async def test_when_both_fail_the_person_is_told_once(
    say: Say, bot: bots.BotRow, play  # type: ignore[no-untyped-def]
) -> None:  # fmt: skip
    play(first_agent=Failing(retryable=False), simple_agent=Failing(AgentError("away", retryable=True)))
    await configured("first-agent", fallback_agent="simple-agent")
    await direct(bot, "first-agent")
    session_id = (await say("hello")).session_id
    await executed(session_id)
    await answered(session_id)
    assert [text.startswith(ending.UNAVAILABLE) for text in await said()] == [True]
    assert await Reply.objects.filter(kind="notice").acount() == 1
    assert (await Batch.objects.aget()).state == "failed"


async def test_an_operators_retry_begins_with_the_first_agent_again(say: Say, bot: bots.BotRow, play) -> None:  # type: ignore[no-untyped-def]
    play(first_agent=Failing(retryable=False), simple_agent=Failing(retryable=False))
    await configured("first-agent", fallback_agent="simple-agent")
    await direct(bot, "first-agent")
    session_id = (await say("hello")).session_id
    await executed(session_id)
    work = await executed(session_id)
    await operating.retry_batch(work.lease.batch_id, by="olga")
    play(first_agent=Saying())
    await executed(session_id)
    last = await Run.objects.order_by("-id").afirst()
    assert last
    assert (last.agent, last.state) == ("first-agent", "succeeded")


async def test_without_a_next_agent_the_failure_is_said_as_before(say: Say, play) -> None:  # type: ignore[no-untyped-def]
    play(simple_agent=Failing(retryable=False, public="My model is not connected."))
    await answered((await say("hello")).session_id)
    assert (await said())[0].startswith(ending.SORRY)
