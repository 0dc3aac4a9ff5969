from __future__ import annotations

import random
from collections.abc import AsyncIterator

import pytest
from structlog.testing import capture_logs

from agents import backoff, calling
from agents.base import AgentError, StepState, Turn
from agents.excuses import MISCONFIGURED, OVERLOADED, PUBLIC, UNREACHABLE
from agents.loop import converse
from agents.providers.base import ModelEvent, ModelProvider, ModelRequest
from tests.agents.context import MemoryContext
from tests.agents.scripted import ScriptedProvider, called, error, said


class BreaksOff(ScriptedProvider):
    """Its first stream ends without an answer."""

    async def stream(self, request: ModelRequest) -> AsyncIterator[ModelEvent]:
        async for event in super().stream(request):
            if self.replies:
                return
            yield event


async def fails(context: MemoryContext) -> AgentError:
    with pytest.raises(AgentError) as caught:
        await converse(context, system="")
    return caught.value


@pytest.mark.parametrize("kind", ["overloaded", "rate_limited", "timeout", "connection", "server", "malformed"])
async def test_passing_failure_is_survived(kind: str) -> None:
    context = MemoryContext(ScriptedProvider(error(kind), said("Here.")))
    assert (await converse(context, system="")).text == "Here."
    assert context.states() == [StepState.FAILED, StepState.RUNNING]
    assert context.results[1].error == f"{kind}: it was {kind}"


async def test_back_off_grows_with_full_jitter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(random, "uniform", lambda low, high: (low + high) / 2)
    context = MemoryContext(ScriptedProvider(*[error("overloaded")] * 3, said("Here.")))
    await converse(context, system="")
    assert context.pauses == [0.5, 1.0, 2.0]


def test_back_off_is_capped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(random, "uniform", lambda _, high: high)
    assert backoff.delay_seconds(30, error("overloaded")) == backoff.BACKOFF_CAP_SECONDS


async def test_wait_that_the_provider_asks_for_is_kept() -> None:
    context = MemoryContext(ScriptedProvider(error("rate_limited", retry_after=42), said("Here.")))
    await converse(context, system="")
    assert context.pauses == [42]


async def test_wait_that_is_too_long_counts_as_failed() -> None:
    context = MemoryContext(ScriptedProvider(error("rate_limited", retry_after=61)))
    failure = await fails(context)
    assert (context.pauses, failure.retry_after, failure.retryable) == ([], 61, True)


async def test_storm_ends_in_one_clear_message() -> None:
    main, spare = ScriptedProvider(*[error("overloaded")] * 9), ScriptedProvider(*[error("overloaded")] * 9)
    context = MemoryContext(providers={"main": main, "spare": spare}, fallback_models=("spare",))
    failure = await fails(context)
    assert (failure.public, failure.retryable) == (OVERLOADED, True)
    assert (len(main.requests), len(spare.requests)) == (4, 2)


async def test_fallback_answers_and_stays() -> None:
    main = ScriptedProvider(error("auth", retryable=False))
    spare = ScriptedProvider(called("calculator", {"expression": "1+1"}), said("Two."))
    providers: dict[str, ModelProvider] = {"main": main, "spare": spare}
    context = MemoryContext(providers=providers, fallback_models=("spare",), tools=["calculator"])
    assert (await converse(context, system="")).text == "Two."
    assert (len(main.requests), len(spare.requests)) == (1, 2)
    assert [start.name for start in context.starts.values()] == ["main", "spare", "calculator", "spare"]


async def test_fallback_does_not_get_the_other_models_thinking() -> None:
    thinking = {"type": "thinking", "thinking": "Hm", "signature": "s"}
    first = called("calculator", {"expression": "1+1"})
    first.content.insert(0, thinking)
    main, spare = ScriptedProvider(first, error("auth", retryable=False)), ScriptedProvider(said("Two."))
    context = MemoryContext(providers={"main": main, "spare": spare}, fallback_models=("spare",), tools=["calculator"])
    await converse(context, system="")
    assert thinking in main.requests[1].messages[1]["content"]
    assert [block["type"] for block in spare.requests[0].messages[1]["content"]] == ["tool_use"]


@pytest.mark.parametrize("kind", ["auth", "not_found", "bad_request"])
async def test_lasting_failure_is_not_repeated(kind: str) -> None:
    provider = ScriptedProvider(error(kind, retryable=False))
    failure = await fails(MemoryContext(provider))
    assert (failure.public, failure.retryable, len(provider.requests)) == (MISCONFIGURED, False, 1)


async def test_model_that_is_not_configured_is_skipped() -> None:
    context = MemoryContext(providers={"spare": ScriptedProvider(said("Here."))}, fallback_models=("spare",))
    assert (await converse(context, system="")).text == "Here."


async def test_no_model_configured_is_said_plainly() -> None:
    failure = await fails(MemoryContext())
    assert (failure.public, str(failure)) == (MISCONFIGURED, "main is not configured")


async def test_overflow_leaves_out_the_older_half_and_says_so() -> None:
    provider = ScriptedProvider(error("context_overflow", retryable=False), said("Here."))
    turns = [Turn("assistant" if number % 2 else "user", f"turn {number}") for number in range(9)]
    await converse(MemoryContext(provider, turns=turns), system="")
    assert [len(request.messages) for request in provider.requests] == [9, 3]
    assert provider.requests[1].messages[0]["content"] == "[6 earlier messages were left out]\n\nturn 6"


async def test_overflow_twice_is_said_plainly() -> None:
    overflow = error("context_overflow", retryable=False)
    failure = await fails(MemoryContext(ScriptedProvider(overflow, overflow)))
    assert (failure.public, failure.retryable) == (PUBLIC["context_overflow"], False)


async def test_retrying_is_bounded_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calling, "RETRYING_SECONDS", 0)
    main, spare = ScriptedProvider(error("timeout")), ScriptedProvider(said("Here."))
    context = MemoryContext(providers={"main": main, "spare": spare}, fallback_models=("spare",))
    assert (await converse(context, system="")).text == "Here."


async def test_each_failure_is_logged() -> None:
    with capture_logs() as logs:
        await converse(MemoryContext(ScriptedProvider(*[error("overloaded")] * 2, said("Here."))), system="")
    found = [
        (entry["error"], entry["retryable"], entry["attempts"]) for entry in logs if entry["event"] == "llm.call_failed"
    ]
    assert found == [("overloaded", True, 1), ("overloaded", True, 2)]


async def test_stream_without_an_end_is_tried_again() -> None:
    context = MemoryContext(BreaksOff(said("Half"), said("Whole.")))
    assert (await converse(context, system="")).text == "Whole."


async def test_worst_kind_of_all_models_decides_nothing_a_passing_one_does() -> None:
    main, spare = ScriptedProvider(error("auth", retryable=False)), ScriptedProvider(*[error("server")] * 2)
    context = MemoryContext(providers={"main": main, "spare": spare}, fallback_models=("spare",))
    failure = await fails(context)
    assert (failure.public, failure.retryable) == (UNREACHABLE, True)
