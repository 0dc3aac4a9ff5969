"""Trials: what a draft would say, with nothing written, nothing sent and no tool called."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.apps import apps
from django.utils import timezone

from agents.base import RunContext, SwitchAgent, ToolResult
from agents.registry import TOOLS
from agents.tools.calculator import Calculator
from botplatform.models import AgentConfig, Batch, Bot, Message, ModelPrice, Run, Session, Step, Trial
from botplatform.pipeline import bots, configs, publishing, vetting
from botplatform.pipeline.permits import canonical
from botplatform.pipeline.trials import context, trying
from botplatform.pipeline.trials.asking import ask, ask_again, is_lost
from botplatform.pipeline.trials.recording import Records
from tests.agents.scripted import Said, ScriptedProvider, called, error, said
from tests.pipeline.builders import WatchedTransport, _TestAgent, executed
from tests.pipeline.conftest import Say, SetAgent, SetModel

SUM = {"expression": "6*7"}
Tries = Callable[..., Awaitable[Trial]]


class Spy(Calculator):
    """Tells whether it was called."""

    def __init__(self) -> None:
        self.calls: list[Mapping[str, Any]] = []

    async def call(self, arguments: Mapping[str, Any], run: RunContext) -> ToolResult:
        self.calls.append(arguments)
        return ToolResult("42")


@pytest.fixture
def spy(monkeypatch: pytest.MonkeyPatch) -> Spy:
    spy = Spy()
    monkeypatch.setitem(TOOLS, "calculator", spy)
    return spy


@pytest.fixture
def models(platform: None, monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, ScriptedProvider]]:
    """A model for the draft and one for the published version."""

    def choose(draft: list[Said], published: list[Said]) -> dict[str, ScriptedProvider]:
        known = {"draft": ScriptedProvider(*draft), "published": ScriptedProvider(*published)}
        monkeypatch.setattr(
            configs, "provider", lambda name: (known["draft" if name == "scripted:draft" else "published"], name)
        )
        return known

    return choose


async def the_agent() -> AgentConfig:
    return await AgentConfig.objects.select_related("published").aget(name="simple-agent")


async def drafted(**says: Any) -> AgentConfig:
    """The agent with a draft whose model is `scripted:draft`."""
    config = await the_agent()
    assert config.published
    fields = {**vetting.fields_of(config.published), "model": "scripted:draft", **says}
    await sync_to_async(publishing.save_draft)(config, fields, by="ada")
    return config


@pytest.fixture
def try_out(bot: bots.BotRow) -> Tries:
    """Ask for a trial and carry it out."""

    async def carry_out(config: AgentConfig, text: str = "What is 6*7?", batch: Batch | None = None) -> Trial:
        row = await Bot.objects.aget(pk=bot.id)
        trial = await sync_to_async(ask)(config, row, by="ada", text=text, batch=batch)
        await trying.try_out(trial.pk)
        return await Trial.objects.aget(pk=trial.pk)

    return carry_out


async def counts() -> dict[str, int]:
    """Rows of every table but that of trials."""
    return {
        model._meta.label: await model._base_manager.acount()
        for model in apps.get_models()
        if model is not Trial and model._meta.managed
    }


async def stored_batch(say: Say, model: SetModel) -> Batch:
    """A message that the published version answered with a call of the calculator."""
    model(called("calculator", SUM), said("It is 42."))
    await executed((await say("What is 6*7?")).session_id)
    return await Batch.objects.aget()


def tool_steps(trial: Trial, side: str = "draft") -> list[dict[str, Any]]:
    return [step for step in trial.sides[side]["steps"] if step["kind"] == "tool"]


# -- both sides


async def test_draft_and_published_answer_beside_each_other(try_out: Tries, models: Any) -> None:
    await ModelPrice.objects.acreate(model="scripted:draft", input_usd=1000, output_usd=0)
    known = models([said("The draft says 42.")], [said("42.")])
    trial = await try_out(await drafted(prompt="Be brief."))
    assert (trial.state, trial.error) == ("done", "")
    draft, published = trial.sides["draft"], trial.sides["published"]
    assert (draft["answer"], published["answer"]) == ("The draft says 42.", "42.")
    assert (draft["version"], published["version"]) == (None, 1)
    assert known["draft"].requests[0].system.startswith("Be brief.")
    step = draft["steps"][0]
    assert (step["tokens_in"], step["tokens_out"], float(step["cost_usd"])) == (10, 5, 0.01)
    assert draft["route"]["target"] == "simple-agent"


async def test_without_a_draft_the_published_version_is_tried_alone(try_out: Tries, models: Any) -> None:
    models([], [said("42.")])
    trial = await try_out(await the_agent())
    assert list(trial.sides) == ["published"]


async def test_the_draft_counts_as_it_was_when_it_was_asked_for(bot: bots.BotRow, models: Any) -> None:
    known = models([said("42.")], [said("42.")])
    config = await drafted(prompt="Be brief.")
    trial = await sync_to_async(ask)(config, await Bot.objects.aget(pk=bot.id), by="ada", text="Hello?")
    await drafted(prompt="Be long.")
    await trying.try_out(trial.pk)
    assert known["draft"].requests[0].system.startswith("Be brief.")


async def test_one_side_that_fails_leaves_the_other_its_answer(try_out: Tries, models: Any) -> None:
    models([error("auth", retryable=False)], [said("42.")])
    trial = await try_out(await drafted(fallback_models=["scripted:draft"]))
    assert trial.state == "done"
    assert "auth" in trial.sides["draft"]["error"]
    assert trial.sides["published"]["answer"] == "42."


# -- nothing happens


async def test_a_typed_message_writes_no_row_and_sends_nothing(
    try_out: Tries, models: Any, spy: Spy, fake: WatchedTransport
) -> None:
    models([called("calculator", SUM), said("I cannot say.")], [said("42.")])
    config = await drafted()
    before = await counts()
    trial = await try_out(config)
    assert await counts() == before
    assert (fake.sent, fake.shown, spy.calls) == ({}, [], [])
    assert [step["source"] for step in tool_steps(trial)] == ["not recorded"]


async def test_the_model_is_told_what_was_not_recorded(try_out: Tries, models: Any, spy: Spy) -> None:
    known = models([called("calculator", SUM), said("I cannot say.")], [said("42.")])
    await try_out(await drafted())
    result = known["draft"].requests[1].messages[-1]["content"][0]
    assert result["content"].startswith("Not recorded: ")


async def test_a_stored_message_gets_the_results_of_then(
    say: Say, model: SetModel, try_out: Tries, models: Any, spy: Spy
) -> None:
    batch = await stored_batch(say, model)
    spy.calls.clear()
    other = {"expression": "1+1"}
    known = models([called("calculator", SUM), said("Surely 42.")], [called("calculator", other), said("?")])
    config = await drafted()
    before = await counts()
    trial = await try_out(config, batch=batch)
    assert await counts() == before
    assert spy.calls == []
    assert [(step["source"], step["said"]) for step in tool_steps(trial)] == [("recorded", "42")]
    assert [step["source"] for step in tool_steps(trial, "published")] == ["not recorded"]
    assert known["draft"].requests[1].messages[-1]["content"][0]["content"] == "42"


async def test_arguments_in_another_order_are_the_same_call() -> None:
    records = Records({("t", canonical({"a": 1.0, "b": [2]})): ToolResult("x")})
    assert records.of("t", {"b": [2], "a": 1}) == ToolResult("x")
    assert records.of("t", {"b": [3], "a": 1}) is None


async def test_what_was_said_before_a_stored_message_is_read(
    say: Say, model: SetModel, try_out: Tries, models: Any
) -> None:
    model(said("Hello Ada."))
    await executed((await say("I am Ada.")).session_id)
    model(said("Ada."))
    await executed((await say("Who am I?")).session_id)
    known = models([said("Ada!")], [said("Ada?")])
    trial = await try_out(await drafted(), batch=await Batch.objects.alast())
    said_before = [str(message["content"]) for message in known["draft"].requests[0].messages]
    assert said_before == ["I am Ada.", "Hello Ada.", "Who am I?"]
    assert trial.text == "Who am I?"


async def test_a_call_that_needs_approval_asks_nobody(try_out: Tries, models: Any) -> None:
    models([called("delete_history", {}), said("Not done.")], [said("42.")])
    config = await drafted(tools=["delete_history"])
    await Message.objects.acreate(session=await _session(), text="keep me")
    before = await counts()
    trial = await try_out(config)
    [step] = tool_steps(trial)
    assert (step["source"], step["reason"]) == ("would ask for approval", "every call of this tool needs a decision")
    assert await counts() == before


async def _session() -> Session:
    bot = await Bot.objects.aget(transport="fake")
    return await Session.objects.acreate(bot=bot, key="kept", kind="private")


async def test_even_a_permitted_call_is_never_made(platform: None) -> None:
    """The second lock, should `recorded` ever let a call through."""
    run = context.TrialContext.__new__(context.TrialContext)
    assert (await run.permit(object())).verdict == "refused"  # type: ignore[arg-type]
    assert await run.delete_history() == 0


class Handing(_TestAgent):
    """Hands over."""

    async def run(self, query: str, context: RunContext) -> Any:
        raise SwitchAgent("info-agent", "not my part")


async def test_handing_over_is_shown_and_not_done(try_out: Tries, agent: SetAgent) -> None:
    agent(Handing())
    trial = await try_out(await drafted())
    assert trial.sides["draft"]["switch"] == {"agent": "info-agent", "reason": "not my part"}
    assert not await Run.objects.aexists()
    assert not await Step.objects.aexists()


# -- routes


async def test_the_route_is_that_of_the_patterns_in_force(try_out: Tries, models: Any, bot: bots.BotRow) -> None:
    models([said("Hm.")], [said("Hm.")])
    await Bot.objects.filter(pk=bot.id).aupdate(routing=True)
    bots.forget(bot.id)
    trial = await try_out(await drafted(), text="Delete the history of this chat")
    route = trial.sides["draft"]["route"]
    assert (route["method"], route["target"]) == ("pattern", "hitl-agent")
    assert route == trial.sides["published"]["route"]


async def test_a_draft_of_the_router_is_tried_by_its_route_alone(
    try_out: Tries, bot: bots.BotRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    await Bot.objects.filter(pk=bot.id).aupdate(routing=True)
    bots.forget(bot.id)
    config = await AgentConfig.objects.select_related("published").aget(name="router-agent")
    assert config.published
    fields = {**vetting.fields_of(config.published), "prompt": "Sort it."}
    await sync_to_async(publishing.save_draft)(config, fields, by="ada")
    trial = await try_out(config, text="Please write a program that sorts the lines of a file by length")
    assert {name: side["route"]["method"] for name, side in trial.sides.items()} == {
        "draft": "model",
        "published": "model",
    }
    assert "answer" not in trial.sides["draft"]


# -- limits


async def test_a_draft_that_never_ends_is_stopped(try_out: Tries, models: Any) -> None:
    calls = [called("calculator", {"expression": f"{n}+1"}, call=f"c{n}") for n in range(context.CALLS + 5)]
    known = models(calls, [said("42.")])
    trial = await try_out(await drafted(max_steps=100))
    assert len(known["draft"].requests) == context.CALLS
    assert trial.sides["draft"]["note"] == "max_steps"


async def test_attempts_that_fail_count_as_calls_too(
    try_out: Tries, models: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(context, "CALLS", 1)
    monkeypatch.setattr(context.TrialContext, "pause", lambda self, seconds: _at_once())
    known = models([error("overloaded"), said("42.")], [said("42.")])
    trial = await try_out(await drafted())
    assert len(known["draft"].requests) == 1
    assert "stopped after 1 model calls" in trial.sides["draft"]["error"]


async def _at_once() -> None:
    return None


async def test_the_drafts_own_limits_hold(try_out: Tries, models: Any) -> None:
    models([called("calculator", SUM), said("42.")], [said("42.")])
    trial = await try_out(await drafted(max_steps=1))
    assert trial.sides["draft"]["note"] == "max_steps"


# -- the row


async def test_a_trial_is_carried_out_once(bot: bots.BotRow, models: Any) -> None:
    known = models([], [said("42."), said("43.")])
    trial = await sync_to_async(ask)(await the_agent(), await Bot.objects.aget(pk=bot.id), by="ada", text="Hello?")
    await trying.try_out(trial.pk)
    await trying.try_out(trial.pk)
    assert len(known["published"].requests) == 1


async def test_a_lost_trial_is_started_again_and_the_old_worker_writes_nothing(bot: bots.BotRow, models: Any) -> None:
    models([], [said("anew")])
    trial = await sync_to_async(ask)(await the_agent(), await Bot.objects.aget(pk=bot.id), by="ada", text="Hello?")
    old = timezone.now() - trying.LOST_AFTER - timedelta(seconds=1)
    await Trial.objects.filter(pk=trial.pk).aupdate(state="running", started_at=old)
    await trial.arefresh_from_db()
    assert is_lost(trial)
    assert await sync_to_async(ask_again)(trial)
    await trying.try_out(trial.pk)
    await trying._end({"id": trial.pk, "started_at": old, "agent": "simple-agent"}, {}, "stale")
    await trial.arefresh_from_db()
    assert (trial.state, trial.sides["published"]["answer"]) == ("done", "anew")


async def test_a_trial_at_work_is_not_started_again(bot: bots.BotRow) -> None:
    trial = await sync_to_async(ask)(await the_agent(), await Bot.objects.aget(pk=bot.id), by="ada", text="Hello?")
    await Trial.objects.filter(pk=trial.pk).aupdate(state="running", started_at=timezone.now())
    assert not await sync_to_async(ask_again)(trial)


async def test_messages_that_are_gone_fail_the_trial_in_words(
    say: Say, model: SetModel, try_out: Tries, models: Any
) -> None:
    batch = await stored_batch(say, model)
    await Message.objects.filter(batch=batch).adelete()
    trial = await try_out(await the_agent(), batch=batch)
    assert trial.state == "failed"
    assert "the messages are gone" in trial.error
