from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from agents.base import AgentError, StepKind, StepState
from agents.loop import converse
from agents.outcome import TOO_LONG, TOO_MANY_STEPS
from agents.registry import AGENTS
from tests.agents.context import MemoryContext
from tests.agents.scripted import ScriptedProvider, SendLetter, called, said


class LeaseLostError(Exception):
    """What a context raises when the run may no longer act."""


async def test_answer_is_handed_back_unstored() -> None:
    context = MemoryContext(ScriptedProvider(said("Good day.")))
    answer = await converse(context, system="Be kind.")
    assert answer.text == "Good day."
    assert answer.last_step == 1
    assert answer.last_result
    assert answer.last_result.response["content"] == [{"type": "text", "text": "Good day."}]
    assert context.states() == [StepState.RUNNING]


async def test_tokens_cost_model_and_stop_reason_are_recorded() -> None:
    answer = await converse(MemoryContext(ScriptedProvider(said("Hi."))), system="")
    result = answer.last_result
    assert result is not None
    assert (result.tokens_in, result.tokens_out, result.cost_usd) == (10, 5, Decimal("0.02"))
    assert (result.model, result.stop_reason) == ("main-1", "end_turn")


async def test_step_stores_the_whole_prompt() -> None:
    context = MemoryContext(ScriptedProvider(said("Hi.")), tools=["calculator"])
    await converse(context, system="Be kind.")
    request = context.starts[1].request
    assert request["messages"] == [{"role": "user", "content": "Hello?"}]
    assert request["system"].startswith("Be kind.")
    assert [tool["name"] for tool in request["tools"]] == ["calculator"]
    assert (request["model"], request["max_tokens"]) == ("main", 4096)


async def test_progress_shows_the_text_as_it_grows() -> None:
    context = MemoryContext(ScriptedProvider(said("one two")))
    await converse(context, system="")
    assert context.shown == ["one ", "one two "]


async def test_lease_is_checked_immediately_before_the_call() -> None:
    context = MemoryContext(ScriptedProvider(said("Hi.")))
    await converse(context, system="")
    assert context.log == ["start model", "check"]


async def test_lost_lease_stops_the_run_before_the_call() -> None:
    provider = ScriptedProvider(said("Hi."))
    context = MemoryContext(provider)

    def lost() -> None:
        raise LeaseLostError

    context.on_check = lost
    with pytest.raises(LeaseLostError):
        await converse(context, system="")
    assert provider.requests == []
    assert context.states() == [StepState.RUNNING]


async def test_tool_result_goes_back_to_the_model() -> None:
    provider = ScriptedProvider(called("calculator", {"expression": "6*7"}), said("It is 42."))
    context = MemoryContext(provider, tools=["calculator"])
    assert (await converse(context, system="")).text == "It is 42."
    assert provider.requests[1].messages[-1] == {
        "role": "user",
        "content": [{"type": "tool_result", "tool_use_id": "call-1", "content": "6*7 = 42"}],
    }
    assert context.states() == [StepState.SUCCEEDED, StepState.SUCCEEDED, StepState.RUNNING]


async def test_several_tools_run_in_order_each_its_own_step(letters: SendLetter) -> None:
    both = called("send_letter", {"to": "Ada"}, call="a")
    both.content.append({"type": "tool_use", "id": "b", "name": "send_letter", "input": {"to": "Bob"}})
    context = MemoryContext(ScriptedProvider(both, said("Done.")), tools=["send_letter"])
    await converse(context, system="")
    assert letters.sent == ["Ada", "Bob"]
    assert [start.tool_use_id for start in context.kinds(StepKind.TOOL)] == ["a", "b"]


async def test_tools_that_are_not_offered_are_not_in_the_list() -> None:
    provider = ScriptedProvider(said("Hi."))
    await converse(MemoryContext(provider, tools=["current_time", "no_such_tool"]), system="")
    assert [tool["name"] for tool in provider.requests[0].tools] == ["current_time"]


async def test_step_limit_ends_with_what_was_said_and_a_note(letters: SendLetter) -> None:
    provider = ScriptedProvider(
        called("calculator", {"expression": "1+1"}), called("send_letter", {"to": "Ada"}, text="I write now.")
    )
    context = MemoryContext(provider, tools=["calculator", "send_letter"], max_steps=2)
    answer = await converse(context, system="")
    assert answer.text == f"I write now.\n\n{TOO_MANY_STEPS}"
    assert (answer.note, answer.last_step) == ("max_steps", 3)
    assert letters.sent == []


async def test_time_limit_ends_with_what_was_said_and_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    provider = ScriptedProvider(called("calculator", {"expression": "1+1"}, text="Let me see."))
    context = MemoryContext(provider, tools=["calculator"])
    times = iter([False, True])
    monkeypatch.setattr("agents.clock.Clock.spent", lambda _: next(times))
    answer = await converse(context, system="")
    assert (answer.text, answer.note, answer.last_step) == (f"Let me see.\n\n{TOO_LONG}", "max_seconds", None)


async def test_time_limit_without_a_word_said_is_an_error() -> None:
    with pytest.raises(AgentError) as caught:
        await converse(MemoryContext(ScriptedProvider(), max_seconds=0), system="")
    assert "longer than I may" in caught.value.public
    assert not caught.value.retryable


async def test_nul_in_an_answer_does_not_reach_the_database() -> None:
    answer = await converse(MemoryContext(ScriptedProvider(said("a\x00b\ud800"))), system="")
    assert answer.text == "ab?"


async def test_temperature_of_the_settings_is_asked_for() -> None:
    provider = ScriptedProvider(said("Hi."))
    await converse(MemoryContext(provider, temperature=0.2), system="")
    assert provider.requests[0].temperature == 0.2


@pytest.mark.parametrize(("prompt", "begins"), [("Mine.", "Mine."), ("", "You are a helpful assistant")])
async def test_simple_agent_uses_its_prompt(prompt: str, begins: str) -> None:
    provider = ScriptedProvider(said("Hi."))
    context: Any = MemoryContext(provider, prompt=prompt)
    await AGENTS["simple-agent"].run(context.query, context)
    assert provider.requests[0].system.startswith(begins)
