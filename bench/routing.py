"""What routing costs beside the model: a decision by patterns, and our own part of a classification."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator, Callable, Sequence

from agents.providers.base import ModelEvent, ModelProvider, ModelRequest, ModelResponse
from agents.providers.messages import MessagesProvider
from agents.routing.classifying import Question, classify
from agents.routing.evaluating import load
from agents.routing.matching import compile_alone
from agents.routing.normalising import messages_of
from agents.routing.patterns import MESSAGE_CHARS, Pattern, PatternSet
from agents.routing.shipped import SHIPPED
from bench.report import Row
from bench.statistics import median, percentile
from tests.fakes.model import FakeModel

PATTERNS, DECISION_MS, OWN_MS = 200, 1, 20
WARM_UP = 100
SAID = json.dumps(
    {"reasoning": "A greeting.", "type": "simple", "category": "general", "complexity": "low",
     "requires_human_approval": False}
)  # fmt: skip


class Instant(ModelProvider):
    """Answers before it is asked."""

    name = "instant"

    async def stream(self, request: ModelRequest) -> AsyncIterator[ModelEvent]:
        yield ModelResponse([{"type": "text", "text": SAID}], "end_turn", request.model)


def _patterns(dice: random.Random, words: Sequence[str]) -> list[Pattern]:
    """The shipped ones, and as many more as operators might write: of keywords, whole messages, words with gaps."""

    def some() -> str:
        return f"(?:{'|'.join(dice.sample(words, 5))})"

    kinds = (
        *(lambda: rf"\b{some()} (?:the |my )?unlikely\b",) * 4,
        lambda: rf"^(?:please )?{some()} {some()} unlikely[?.!]*$",
        lambda: rf"\b{some()}\b.*\bunlikely {some()}\b",
    )
    count = PATTERNS - len(SHIPPED)
    return [*SHIPPED, *(Pattern(f"more-{n}", kinds[n % len(kinds)](), "simple-agent") for n in range(count))]


def _long(dice: random.Random, texts: Sequence[str]) -> str:
    """A message of the greatest length that patterns look at, put together from real ones."""
    text = ""
    while len(text) < MESSAGE_CHARS:
        text += dice.choice(texts).replace("\n---\n", "\n") + dice.choice((" ", "\n"))
    return text[:MESSAGE_CHARS]


def _times(decide: Callable[[str], object], texts: Sequence[str]) -> tuple[list[float], list[float]]:
    """Milliseconds by the processor's clock and by the wall's, after a warm-up with other texts."""
    processor, wall = [], []
    for said in texts:
        began, at = time.thread_time(), time.perf_counter()
        decide(said)
        processor.append((time.thread_time() - began) * 1000)
        wall.append((time.perf_counter() - at) * 1000)
    return processor[WARM_UP:], wall[WARM_UP:]


def _row(what: str, times: tuple[list[float], list[float]], goal: str) -> Row:
    processor, wall = times
    measured = f"p50 {median(processor):.3f} ms, p99 {percentile(processor, 99):.3f} ms"
    return Row("routing", what, measured, goal, f"processor time; wall p99 {percentile(wall, 99):.3f} ms")


def _decisions(count: int) -> list[Row]:
    dice = random.Random(1)
    texts = [case.text for case in load("development")]
    words = sorted({word for text in texts for word in text.split() if word.isalpha()})
    patterns = PatternSet(_patterns(dice, words))
    single = [compile_alone(pattern.expression) for pattern in patterns.patterns]
    long = [_long(dice, texts) for _ in range(count + WARM_UP)]

    def one_by_one(text: str) -> None:
        for message in messages_of(text):
            any(expression.search(message) for expression in single)

    def decide(text: str) -> object:
        return patterns.decide(text, "github")

    usual = (texts * 4)[: count + WARM_UP]
    return [
        _row("decision, 10,000 characters", _times(decide, long), f"p99 < {DECISION_MS} ms"),
        _row("decision, usual messages", _times(decide, usual), f"p99 < {DECISION_MS} ms"),
        _row("the same expressions one by one, 10,000 characters", _times(one_by_one, long[: WARM_UP * 2]), ""),
    ]


async def _classified(provider: ModelProvider, count: int) -> tuple[list[float], list[float]]:
    processor, wall = [], []
    question = Question("word " * 2_000, "telegram")
    for _ in range(count + WARM_UP):
        began, at = time.process_time(), time.perf_counter()
        await classify(question, provider=provider, model="m", prompt="Classify. " * 500, check=lambda: None)
        processor.append((time.process_time() - began) * 1000)
        wall.append((time.perf_counter() - at) * 1000)
    await provider.aclose()
    return processor[WARM_UP:], wall[WARM_UP:]


async def _classifications(count: int) -> list[Row]:
    with FakeModel() as model:
        wired = await _classified(MessagesProvider("anthropic", model.url, "k", "x-api-key"), count)
    bare = await _classified(Instant(), count)
    return [
        _row("classification, instant model in memory", bare, f"p99 < {OWN_MS} ms"),
        _row("classification, instant model over HTTP, its own work included", wired, f"p99 < {OWN_MS} ms"),
    ]


def measure(quick: bool) -> list[Row]:
    count = 100 if quick else 1_000
    return [*_decisions(count), *asyncio.run(_classifications(count))]
