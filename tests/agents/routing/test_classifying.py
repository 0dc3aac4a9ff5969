from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from agents.providers.base import ModelError, ModelEvent, ModelProvider, ModelRequest, ModelResponse, Usage
from agents.providers.offline import OfflineProvider
from agents.routing import classifying
from agents.routing.classifying import Classified, Question, Unclassified, classify
from tests.agents.scripted import Said, ScriptedProvider, called, error, said

GOOD = {
    "reasoning": "A greeting.",
    "type": "simple",
    "category": "general",
    "complexity": "low",
    "requires_human_approval": False,
}


@pytest.fixture(autouse=True)
def ways(monkeypatch: pytest.MonkeyPatch) -> dict[tuple[str, str], Any]:
    """What the process has learnt about endpoints: nothing yet."""
    learnt: dict[tuple[str, str], Any] = {}
    monkeypatch.setattr(classifying, "_ways", learnt)
    return learnt


def answer(**changes: Any) -> ModelResponse:
    return said(json.dumps({**GOOD, **changes}))


async def ask(provider: ModelProvider, text: str = "hi", *, model: str = "small-1", **more: Any) -> Classified:
    arguments: dict[str, Any] = {"prompt": "Classify.", "check": lambda: None, **more}
    return await classify(Question(text, "telegram"), provider=provider, model=model, **arguments)


async def failed(provider: ModelProvider, **more: Any) -> Unclassified:
    with pytest.raises(Unclassified) as caught:
        await ask(provider, **more)
    return caught.value


async def test_answer_to_the_schema_is_the_classification() -> None:
    provider = ScriptedProvider(answer(category="code"))
    found = await ask(provider)
    assert found.classification.model_dump(mode="json") == {**GOOD, "category": "code"}
    assert json.loads(found.raw)["category"] == "code"
    assert (found.model, found.attempts, found.usage) == ("main-1", 1, Usage(10, 5))
    assert provider.requests[0].system == "Classify."
    assert provider.requests[0].temperature is None


@pytest.mark.parametrize("wrapped", ["```json\n{}\n```", "Here it is: {} Anything else?"])
async def test_words_around_the_object_are_passed_over(wrapped: str) -> None:
    provider = ScriptedProvider(said(wrapped.replace("{}", json.dumps(GOOD))))
    assert (await ask(provider)).attempts == 1


MALFORMED = [
    said("It is a greeting."),
    said(""),
    said('{"type": "simple"', stop_reason="max_tokens"),
    said("", stop_reason="refusal"),
    said("[1, 2]"),
    answer(type="unknown"),
    answer(confidence=0.9),
    said(json.dumps({name: value for name, value in GOOD.items() if name != "complexity"})),
    called("classify", {"type": "simple"}),
    error("malformed"),
]


@pytest.mark.parametrize("bad", MALFORMED, ids=str)
async def test_malformed_answer_is_asked_for_once_more(bad: Said) -> None:
    provider = ScriptedProvider(bad, called("classify", GOOD))
    found = await ask(provider)
    assert (found.attempts, len(provider.requests)) == (2, 2)


@pytest.mark.parametrize("bad", MALFORMED, ids=str)
async def test_second_failure_is_the_last(bad: Said) -> None:
    provider = ScriptedProvider(bad, bad, answer())
    problem = await failed(provider)
    assert problem.attempts == len(provider.requests) == 2
    assert problem.reason.startswith("malformed: ")


@pytest.mark.parametrize("kind", ["overloaded", "rate_limited", "server", "connection", "auth", "not_found"])
async def test_failed_call_is_made_once_more_in_the_same_way(kind: str) -> None:
    provider = ScriptedProvider(error(kind), error(kind), answer())
    problem = await failed(provider)
    assert problem.reason == f"{kind}: it was {kind}"
    first, second = provider.requests
    assert first == second


async def test_what_failed_attempts_used_is_counted() -> None:
    assert (await ask(ScriptedProvider(said("Hm."), called("classify", GOOD)))).usage == Usage(20, 10)
    problem = await failed(ScriptedProvider(said("Hm."), said("Hm?")))
    assert (problem.usage, problem.raw) == (Usage(20, 10), "Hm?")


class Slow(ModelProvider):
    """Begins to answer, and goes on for ever, so many times; then answers at once."""

    name = "slow"

    def __init__(self, times: int) -> None:
        self.left, self.stopped = times, 0

    async def stream(self, request: ModelRequest) -> AsyncIterator[ModelEvent]:
        self.left -= 1
        if self.left >= 0:
            try:
                await asyncio.Event().wait()
            finally:
                self.stopped += 1
        yield answer()


async def test_slow_call_is_stopped_and_made_once_more() -> None:
    provider = Slow(1)
    found = await ask(provider, seconds=0.05)
    assert (found.attempts, provider.stopped) == (2, 1)
    assert found.milliseconds >= 50


async def test_budget_holds_for_each_of_two_attempts() -> None:
    provider = Slow(9)
    problem = await failed(provider, seconds=0.05)
    assert (problem.attempts, provider.stopped, problem.usage) == (2, 2, Usage())
    assert problem.reason == "timeout: no answer in 0.05 s"


def test_attempt_has_three_seconds() -> None:
    assert (classifying.ATTEMPTS, classifying.ATTEMPT_SECONDS) == (2, 3.0)


async def test_endpoint_that_knows_no_schema_is_asked_with_a_forced_tool_from_then_on() -> None:
    provider = ScriptedProvider(
        error("bad_request", retryable=False), called("classify", GOOD), called("classify", GOOD)
    )
    assert (await ask(provider)).attempts == 2
    assert (await ask(provider)).attempts == 1
    assert [bool(request.tool_choice) for request in provider.requests] == [False, True, True]


async def test_what_is_learnt_of_one_model_is_not_held_against_another() -> None:
    provider = ScriptedProvider(error("bad_request"), called("classify", GOOD), answer())
    await ask(provider, model="one")
    await ask(provider, model="another")
    assert provider.requests[-1].output_schema


async def test_model_that_always_thinks_is_let_think() -> None:
    refused = ModelError(
        "bad_request", '400 "thinking.type.disabled" is not supported for this model.', retryable=False
    )
    provider = ScriptedProvider(refused, answer())
    assert (await ask(provider)).attempts == 2
    assert provider.requests[-1].thinking == "brief"


async def test_way_goes_on_where_the_last_message_left_it() -> None:
    provider = ScriptedProvider(error("bad_request"), error("bad_request"), answer())
    await failed(provider)
    assert (await ask(provider)).attempts == 1
    assert [request.thinking for request in provider.requests] == ["off", "off", "brief"]


async def test_check_is_made_before_every_call_and_ends_it() -> None:
    class Stop(Exception):
        pass

    calls: list[int] = []

    def check() -> None:
        calls.append(1)
        if len(calls) == 2:
            raise Stop

    provider = ScriptedProvider(error("server"), answer())
    with pytest.raises(Stop):
        await ask(provider, check=check)
    assert len(provider.requests) == 1


async def test_stream_without_an_answer_is_malformed() -> None:
    class Silent(ModelProvider):
        name = "silent"

        async def stream(self, request: ModelRequest) -> AsyncIterator[ModelEvent]:
            return
            yield

    assert (await failed(Silent())).reason.startswith("malformed")


async def test_cancelled_classification_stops_the_call() -> None:
    provider = Slow(1)
    task = asyncio.ensure_future(ask(provider, seconds=60))
    while provider.left:
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert provider.stopped == 1


@pytest.mark.parametrize("refusing", [False, True])
async def test_offline_model_classifies_the_message_and_not_the_instructions(
    refusing: bool, ways: dict[tuple[str, str], Any]
) -> None:
    if refusing:
        ways["offline", "offline"] = classifying.WAYS[1]
    found = await ask(OfflineProvider(), "Merge the pull request\nand close the issue", model="offline")
    assert (found.classification.category, found.classification.requires_human_approval) == ("github", True)
    assert found.model == "offline"
