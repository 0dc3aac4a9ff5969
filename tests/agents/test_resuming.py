from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from agents.base import StepKind, StepRecord, StepState
from agents.loop import converse
from agents.thread import LOST
from tests.agents.context import MemoryContext
from tests.agents.scripted import ScriptedProvider, SendLetter, called, error, said

TOOLS = ["calculator", "send_letter"]


class KilledError(Exception):
    """The process dies here."""


async def crash(context: MemoryContext, **settings: Any) -> MemoryContext:
    """Run until the process is killed; return the context of the run that replaces it."""
    with pytest.raises(KilledError):
        await converse(context, system="")
    return MemoryContext(turns=context.turns, earlier=context.records(), tools=TOOLS, **settings)


def killed_at_check(number: int, *replies: Any) -> MemoryContext:
    """A run that dies when the lease is checked for the n-th time."""
    context = MemoryContext(ScriptedProvider(*replies), tools=TOOLS)

    def check() -> None:
        if context.log.count("check") == number:
            raise KilledError

    context.on_check = check
    return context


async def resumed(context: MemoryContext, *replies: Any) -> tuple[str, ScriptedProvider]:
    provider = ScriptedProvider(*replies)
    context._provider = provider
    return (await converse(context, system="")).text, provider


async def test_unfinished_model_step_is_discarded() -> None:
    context = await crash(killed_at_check(1))
    text, provider = await resumed(context, said("Here."))
    assert (text, provider.requests[0].messages) == ("Here.", [{"role": "user", "content": "Hello?"}])


async def test_finished_model_step_is_not_paid_again() -> None:
    context = await crash(killed_at_check(3, called("calculator", {"expression": "6*7"})))
    text, provider = await resumed(context, said("It is 42."))
    assert (text, len(provider.requests)) == ("It is 42.", 1)
    assert provider.requests[0].messages[-1]["content"][0]["content"] == "6*7 = 42"


async def test_finished_tool_is_not_called_again(letters: SendLetter) -> None:
    context = await crash(killed_at_check(3, called("send_letter", {"to": "Ada"})))
    await resumed(context, said("Sent."))
    assert letters.sent == ["Ada"]


async def test_prompt_goes_on_exactly_where_it_was() -> None:
    first = killed_at_check(3, called("calculator", {"expression": "6*7"}))
    whole = MemoryContext(ScriptedProvider(called("calculator", {"expression": "6*7"}), said("Done.")), tools=TOOLS)
    await converse(whole, system="")
    _, provider = await resumed(await crash(first), said("Done."))
    assert provider.requests[0].messages == whole.kinds(StepKind.MODEL)[1].request["messages"]


async def test_tool_call_that_was_never_started_is_made() -> None:
    context = await crash(killed_at_check(2, called("calculator", {"expression": "6*7"})))
    unstarted = [step for step in context.earlier if step.kind is StepKind.MODEL]
    context.earlier = unstarted
    _, provider = await resumed(context, said("Done."))
    assert provider.requests[0].messages[-1]["content"][0]["content"] == "6*7 = 42"


async def test_repeatable_tool_that_was_interrupted_is_called_again() -> None:
    context = await crash(killed_at_check(2, called("calculator", {"expression": "6*7"})))
    assert context.earlier[-1].state is StepState.RUNNING
    _, provider = await resumed(context, said("Done."))
    assert provider.requests[0].messages[-1]["content"][0]["content"] == "6*7 = 42"


async def test_unrepeatable_tool_that_was_interrupted_is_unknown(letters: SendLetter) -> None:
    context = await crash(killed_at_check(2, called("send_letter", {"to": "Ada"})))
    _, provider = await resumed(context, said("I do not know."))
    assert letters.sent == []
    assert provider.requests[0].messages[-1]["content"] == [
        {"type": "tool_result", "tool_use_id": "call-1", "content": LOST, "is_error": True}
    ]
    assert context.results[2].state is StepState.UNKNOWN


async def test_unknown_outcome_stays_unknown_in_the_next_run(letters: SendLetter) -> None:
    context = await crash(killed_at_check(2, called("send_letter", {"to": "Ada"})))
    context.earlier = [*context.earlier[:-1], replace(context.earlier[-1], state=StepState.UNKNOWN)]
    _, provider = await resumed(context, said("I do not know."))
    assert (letters.sent, provider.requests[0].messages[-1]["content"][0]["content"]) == ([], LOST)


async def test_same_call_id_of_an_earlier_step_is_another_call() -> None:
    first, second = called("calculator", {"expression": "1+1"}), called("calculator", {"expression": "6*7"})
    context = await crash(killed_at_check(4, first, second))
    _, provider = await resumed(context, said("Done."))
    results = [message["content"][0]["content"] for message in provider.requests[0].messages[2::2]]
    assert results == ["1+1 = 2", "6*7 = 42"]


async def test_interrupted_repetition_counts_less_than_the_finished_call(letters: SendLetter) -> None:
    context = await crash(killed_at_check(3, called("send_letter", {"to": "Ada"})))
    again = replace(context.earlier[1], id=9, state=StepState.RUNNING, response={})
    context.earlier = [*context.earlier, again]
    _, provider = await resumed(context, said("Sent."))
    assert provider.requests[0].messages[-1]["content"][0]["content"] == "Sent to Ada."


async def test_final_answer_that_was_stored_is_not_asked_for_again() -> None:
    response = {"content": [{"type": "text", "text": "Done."}], "stop_reason": "end_turn"}
    record = StepRecord(1, StepKind.MODEL, "main", StepState.SUCCEEDED, {}, response)
    text, provider = await resumed(MemoryContext(earlier=[record]))
    assert (text, provider.requests) == ("Done.", [])


async def test_run_resumes_without_stored_prompts() -> None:
    context = await crash(killed_at_check(3, called("calculator", {"expression": "6*7"})))
    context.earlier = [replace(step, request={}) if step.kind is StepKind.MODEL else step for step in context.earlier]
    _, provider = await resumed(context, called("calculator", {"expression": "1+1"}), said("Done."))
    roles = [message["role"] for message in provider.requests[1].messages]
    assert roles == ["user", "assistant", "user", "assistant", "user"]


async def test_run_resumes_twice_without_stored_prompts() -> None:
    first, second = called("calculator", {"expression": "1+1"}), called("calculator", {"expression": "6*7"})
    context = await crash(killed_at_check(5, first, second))
    context.earlier = [replace(step, request={}) if step.kind is StepKind.MODEL else step for step in context.earlier]
    _, provider = await resumed(context, said("Done."))
    results = [message["content"][0]["content"] for message in provider.requests[0].messages[2::2]]
    assert results == ["1+1 = 2", "6*7 = 42"]


async def test_steps_of_all_runs_count_towards_the_limit() -> None:
    context = await crash(killed_at_check(3, called("calculator", {"expression": "6*7"})), max_steps=1)
    text, provider = await resumed(context)
    assert (provider.requests, "more steps than I may" in text) == ([], True)


@pytest.mark.parametrize(("model", "kept"), [("main", True), ("other", False)])
async def test_thinking_is_kept_for_the_model_that_thought_it(model: str, kept: bool) -> None:
    reply = called("calculator", {"expression": "6*7"})
    reply.content.insert(0, {"type": "thinking", "thinking": "Hm", "signature": "s"})
    _, provider = await resumed(await crash(killed_at_check(3, reply), model=model), said("Done."))
    kinds = [block["type"] for block in provider.requests[0].messages[1]["content"]]
    assert kinds == (["thinking", "tool_use"] if kept else ["tool_use"])


async def test_failed_attempts_of_the_earlier_run_leave_no_trace_in_the_prompt() -> None:
    context = await crash(killed_at_check(2, error("overloaded")))
    _, provider = await resumed(context, said("Here."))
    assert provider.requests[0].messages == [{"role": "user", "content": "Hello?"}]


async def test_paused_answer_is_continued_after_a_crash() -> None:
    context = await crash(killed_at_check(3, said("One, ", "pause_turn"), said("two, ", "pause_turn")))
    text, _ = await resumed(context, said("three."))
    assert text == "One, two, three."


async def test_known_results_are_not_taken_for_later_calls_of_the_same_id() -> None:
    context = await crash(killed_at_check(3, called("calculator", {"expression": "1+1"})))
    _, provider = await resumed(context, called("calculator", {"expression": "6*7"}), said("Done."))
    assert provider.requests[1].messages[-1]["content"][0]["content"] == "6*7 = 42"


async def test_stored_prompt_with_a_call_without_its_result_is_repaired() -> None:
    unpaired = {"role": "assistant", "content": called("calculator", {"expression": "1+1"}).content}
    request = {"messages": [{"role": "user", "content": "Hello?"}, unpaired]}
    response = {"content": called("calculator", {"expression": "6*7"}, call="b").content, "stop_reason": "tool_use"}
    record = StepRecord(1, StepKind.MODEL, "main", StepState.SUCCEEDED, request, response)
    _, provider = await resumed(MemoryContext(earlier=[record], tools=TOOLS), said("Done."))
    results = [message["content"][0]["content"] for message in provider.requests[0].messages[2::2]]
    assert results == [LOST, "6*7 = 42"]
