"""One test for each row of docs/stop-reasons.md."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.base import StepState
from agents.loop import converse
from agents.outcome import CUT, EMPTY, NO_ROOM, REFUSED
from agents.providers.base import ModelResponse
from tests.agents.context import MemoryContext
from tests.agents.scripted import ScriptedProvider, SendLetter, called, said


def cut_call() -> ModelResponse:
    """A reply that was cut inside a tool call."""
    reply = called("send_letter", {}, text="I write.")
    return ModelResponse(reply.content, "max_tokens", "main-1")


async def test_end_turn_is_the_answer() -> None:
    answer = await converse(MemoryContext(ScriptedProvider(said("Done."))), system="")
    assert (answer.text, answer.note) == ("Done.", "")


async def test_stop_sequence_is_the_answer() -> None:
    answer = await converse(MemoryContext(ScriptedProvider(said("Done.", "stop_sequence"))), system="")
    assert (answer.text, answer.note) == ("Done.", "")


async def test_tool_use_runs_the_tool_and_goes_on(letters: SendLetter) -> None:
    provider = ScriptedProvider(called("send_letter", {"to": "Ada"}), said("Sent."))
    answer = await converse(MemoryContext(provider, tools=["send_letter"]), system="")
    assert (answer.text, letters.sent) == ("Sent.", ["Ada"])


async def test_tool_use_without_a_call_is_the_answer() -> None:
    answer = await converse(MemoryContext(ScriptedProvider(said("Done.", "tool_use"))), system="")
    assert answer.text == "Done."


async def test_a_call_without_the_stop_reason_still_runs(letters: SendLetter) -> None:
    reply = called("send_letter", {"to": "Ada"})
    provider = ScriptedProvider(ModelResponse(reply.content, "end_turn", "main-1"), said("Sent."))
    await converse(MemoryContext(provider, tools=["send_letter"]), system="")
    assert letters.sent == ["Ada"]


async def test_max_tokens_keeps_the_text_and_says_that_it_was_cut() -> None:
    answer = await converse(MemoryContext(ScriptedProvider(said("Half of it", "max_tokens"))), system="")
    assert (answer.text, answer.note) == (f"Half of it\n\n{CUT}", "max_tokens")


async def test_max_tokens_inside_a_tool_call_asks_again_with_double_room(letters: SendLetter) -> None:
    provider = ScriptedProvider(cut_call(), said("All of it."))
    context = MemoryContext(provider, tools=["send_letter"])
    answer = await converse(context, system="")
    assert (answer.text, letters.sent) == ("All of it.", [])
    assert [request.max_tokens for request in provider.requests] == [4096, 8192]
    assert provider.requests[1].messages == provider.requests[0].messages
    assert context.states()[0] is StepState.FAILED


async def test_max_tokens_inside_a_tool_call_twice_keeps_the_text(letters: SendLetter) -> None:
    context = MemoryContext(ScriptedProvider(cut_call(), cut_call()), tools=["send_letter"])
    answer = await converse(context, system="")
    assert (answer.text, letters.sent) == (f"I write.\n\n{CUT}", [])


async def test_max_tokens_spent_on_thinking_asks_again_with_double_room() -> None:
    thought = ModelResponse([{"type": "thinking", "thinking": "Hm", "signature": "s"}], "max_tokens", "main-1")
    provider = ScriptedProvider(thought, said("At last."))
    assert (await converse(MemoryContext(provider), system="")).text == "At last."
    assert provider.requests[1].max_tokens == 8192


async def test_refusal_is_a_plain_sentence() -> None:
    answer = await converse(MemoryContext(ScriptedProvider(said("I would first", "refusal"))), system="")
    assert (answer.text, answer.note) == (REFUSED, "refusal")


async def test_pause_turn_goes_on_and_joins_the_text() -> None:
    provider = ScriptedProvider(said("First,", "pause_turn"), said(" then."))
    context = MemoryContext(provider)
    assert (await converse(context, system="")).text == "First, then."
    assert provider.requests[1].messages[-1] == {"role": "assistant", "content": [{"type": "text", "text": "First,"}]}
    assert context.shown[-1] == "First, then. "


async def test_full_context_window_keeps_the_text_and_says_so() -> None:
    reply = said("As far as", "model_context_window_exceeded")
    answer = await converse(MemoryContext(ScriptedProvider(reply)), system="")
    assert (answer.text, answer.note) == (f"As far as\n\n{NO_ROOM}", "model_context_window_exceeded")


@pytest.mark.parametrize("reason", ["brand_new_reason", ""])
async def test_unknown_reason_is_the_answer_with_a_note(reason: str) -> None:
    answer = await converse(MemoryContext(ScriptedProvider(said("Done.", reason))), system="")
    assert (answer.text, answer.note) == ("Done.", f"stop reason {reason or 'missing'}")


async def test_empty_answer_is_asked_for_once_more() -> None:
    answer = await converse(MemoryContext(ScriptedProvider(said(""), said("Here."))), system="")
    assert answer.text == "Here."


async def test_empty_answer_twice_is_a_plain_sentence() -> None:
    answer = await converse(MemoryContext(ScriptedProvider(said(""), said(""))), system="")
    assert (answer.text, answer.note) == (EMPTY, "empty")


def test_every_known_reason_has_its_row() -> None:
    table = (Path(__file__).parents[2] / "docs" / "stop-reasons.md").read_text()
    known = "end_turn stop_sequence tool_use max_tokens refusal pause_turn model_context_window_exceeded"
    assert [reason for reason in known.split() if f"| `{reason}`" not in table] == []
