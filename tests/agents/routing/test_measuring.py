from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

from agents.providers.base import ModelEvent, ModelProvider, ModelRequest, ModelResponse
from agents.routing.evaluating import Case, Decided, Report
from agents.routing.measuring import by_model
from agents.routing.target import INFO, SIMPLE

SAID = {"reasoning": "", "type": "simple", "category": "info", "complexity": "low", "requires_human_approval": False}


class Thinker(ModelProvider):
    """Takes its time; has nothing to say about what is hopeless."""

    name = "thinker"

    async def stream(self, request: ModelRequest) -> AsyncIterator[ModelEvent]:
        await asyncio.sleep(0.05)
        text = "Hm." if "hopeless" in str(request.messages) else json.dumps(SAID)
        yield ModelResponse([{"type": "text", "text": text}], "end_turn", "m")


async def measured(*texts: str) -> list[Decided]:
    settled = (Case("hi", "telegram", SIMPLE), Decided("pattern", SIMPLE, 0.1))
    outcomes = [settled, *((Case(text, "telegram", INFO), Decided(milliseconds=1.0)) for text in texts)]
    report = await by_model(Report(outcomes), provider=Thinker(), model="m", prompt="Classify.")
    return [decided for _, decided in report.outcomes]


async def test_only_what_is_open_is_asked() -> None:
    kept, asked = await measured("who are you")
    assert kept == Decided("pattern", SIMPLE, 0.1)
    assert (asked.method, asked.target) == ("model", INFO)


async def test_our_own_part_leaves_the_providers_time_out() -> None:
    _, asked = await measured("who are you")
    assert asked.own_milliseconds is not None
    assert asked.milliseconds >= 51
    assert asked.own_milliseconds <= asked.milliseconds - 50


async def test_what_the_model_cannot_classify_counts_as_fallback() -> None:
    _, asked = await measured("hopeless")
    assert (asked.method, asked.target) == ("fallback", SIMPLE)
