"""What the router's model makes of labelled cases, with the time that is ours told apart from the model's."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

from agents.providers.base import ModelEvent, ModelProvider, ModelRequest
from agents.routing.classifying import Question, Unclassified, classify
from agents.routing.evaluating import Case, Decided, Report
from agents.routing.target import SIMPLE, choose

AT_ONCE = 4


class Timed(ModelProvider):
    """A provider with a stopwatch."""

    def __init__(self, provider: ModelProvider) -> None:
        self.name = provider.name  # type: ignore[misc]  # it stands for the one it times
        self.seconds = 0.0
        self._provider = provider

    async def stream(self, request: ModelRequest) -> AsyncIterator[ModelEvent]:
        began = time.perf_counter()
        async for event in self._provider.stream(request):
            self.seconds += time.perf_counter() - began
            yield event
            began = time.perf_counter()


async def by_model(report: Report, *, provider: ModelProvider, model: str, prompt: str) -> Report:
    """The same report, with what was left open classified by a model of the provider."""
    turnstile = asyncio.Semaphore(AT_ONCE)

    async def settle(case: Case, got: Decided) -> tuple[Case, Decided]:
        if got.target:
            return case, got
        async with turnstile:
            return case, await _ask(case, got, Timed(provider), model=model, prompt=prompt)

    return Report(await asyncio.gather(*(settle(case, got) for case, got in report.outcomes)))


async def _ask(case: Case, got: Decided, provider: Timed, *, model: str, prompt: str) -> Decided:
    began = time.perf_counter()
    try:
        question = Question(case.text, case.platform, case.before)
        found = await classify(question, provider=provider, model=model, prompt=prompt, check=lambda: None)
    except Unclassified:
        method, target = "fallback", SIMPLE
    else:
        method, target = "model", choose(found.classification)
    took = (time.perf_counter() - began) * 1000 + got.milliseconds
    return Decided(method, target, took, took - provider.seconds * 1000)
