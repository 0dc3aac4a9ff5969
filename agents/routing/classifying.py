"""The second stage of routing: a small model classifies what no pattern settles, quickly or not at all."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import cast

from pydantic import ValidationError

from agents.clock import milliseconds_since
from agents.providers.base import ModelError, ModelEvent, ModelProvider, ModelRequest, ModelResponse, Usage
from agents.routing.asking import WAYS, Question, request, way_after_nonsense, way_after_refusal
from agents.routing.target import Classification
from agents.structured import Way, input_of, object_in
from agents.thread import text_of

__all__ = ["Classified", "Question", "Unclassified", "classify"]

ATTEMPTS = 2
ATTEMPT_SECONDS = 3.0
RAW_CHARS = 2_000
"""Kept of what the model wrote."""

_ways: dict[tuple[str, str], Way] = {}
"""(provider, model) → the way of asking that is tried first, in this process."""


@dataclass(frozen=True, slots=True)
class Classified:
    """What the model said, and what it took."""

    classification: Classification
    raw: str
    """The answer as it came: JSON."""
    model: str
    usage: Usage
    """Of all attempts."""
    milliseconds: int
    attempts: int


class Unclassified(Exception):
    """No attempt brought a classification. `reason` is for operators and holds nothing of the message."""

    def __init__(self, reason: str, attempts: int, raw: str, usage: Usage) -> None:
        super().__init__(reason)
        self.reason, self.attempts, self.raw, self.usage = reason, attempts, raw, usage


class Nonsense(ValueError):
    """The answer is no classification."""


async def classify(
    question: Question,
    *,
    provider: ModelProvider,
    model: str,
    prompt: str,
    check: Callable[[], None],
    seconds: float = ATTEMPT_SECONDS,
) -> Classified:
    """Ask the model, twice at most, `seconds` each. Raises Unclassified; what `check` raises passes through."""
    began = time.monotonic()
    slot = (provider.name, model)
    way, usage, raw, reason = _ways.get(slot, WAYS[0]), Usage(), "", ""
    for attempt in range(1, ATTEMPTS + 1):
        check()
        try:
            response = await _answer(provider, request(question, model=model, prompt=prompt, way=way, seconds=seconds))
            usage, raw = _sum(usage, response.usage), _raw(response)
            classification = read(response)
        except ModelError as error:
            reason = f"{error.kind}: {error}"
            way = way_after_refusal(way, error) if error.kind == "bad_request" else way
        except Nonsense as error:
            reason, way = f"malformed: {error}", way_after_nonsense(way)
        else:
            _ways[slot] = way
            took = milliseconds_since(began)
            return Classified(classification, raw, response.model or model, usage, took, attempt)
    _ways[slot] = way
    raise Unclassified(reason, ATTEMPTS, raw, usage)


def read(response: ModelResponse) -> Classification:
    """The classification in an answer. Raises Nonsense."""
    try:
        return Classification.model_validate(object_in(response.content))
    except ValidationError as error:
        fields = sorted({str(each["loc"][0]) if each["loc"] else "everything" for each in error.errors()})
        raise Nonsense(f"unusable {', '.join(fields)} ({response.stop_reason})") from None
    except ValueError:
        raise Nonsense(f"no JSON object ({response.stop_reason})") from None


async def _answer(provider: ModelProvider, asked: ModelRequest) -> ModelResponse:
    """The whole answer, in time. Raises ModelError."""
    try:
        async with (
            asyncio.timeout(asked.timeout_seconds),
            aclosing(cast(AsyncGenerator[ModelEvent, None], provider.stream(asked))) as events,
        ):
            async for event in events:
                if isinstance(event, ModelResponse):
                    return event
    except TimeoutError:
        raise ModelError("timeout", f"no answer in {asked.timeout_seconds:g} s", retryable=True) from None
    raise ModelError("malformed", "the stream ended without an answer", retryable=True)


def _raw(response: ModelResponse) -> str:
    found = input_of(response.content)
    text = text_of(response.content) if found is None else json.dumps(found, ensure_ascii=False)
    return text[:RAW_CHARS]


def _sum(one: Usage, other: Usage) -> Usage:
    return Usage(
        one.tokens_in + other.tokens_in,
        one.tokens_out + other.tokens_out,
        one.cache_read + other.cache_read,
        one.cache_write + other.cache_write,
    )
