"""One whole answer of a model: each attempt a stored step, failures retried with back-off, then the fallback models."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any, cast

import structlog

from agents.backoff import delay_seconds
from agents.base import AgentError, RunContext, StepKind, StepResult, StepStart, StepState
from agents.budget import Budget
from agents.clock import Clock, milliseconds_since
from agents.excuses import excuse
from agents.providers.base import ModelError, ModelEvent, ModelProvider, ModelRequest, ModelResponse, TextDelta
from agents.providers.registry import DEFAULT_PROVIDER, split_model
from agents.replies import Reply, measured
from agents.structured import Asking, Form
from agents.text import storable
from agents.thread import Thread

ATTEMPTS = 4
FALLBACK_ATTEMPTS = 2
RETRYING_SECONDS = 120.0
"""After this long each model that is left gets one attempt."""
CALL_SECONDS = 180.0

log = structlog.get_logger(__name__)


class ModelCalls:
    """Asks the models of one run. Stays with a fallback model once the main one has failed."""

    def __init__(
        self,
        context: RunContext,
        *,
        system: str,
        clock: Clock,
        tools: Sequence[Mapping[str, Any]] = (),
        purpose: str = "",
        form: Form | None = None,
    ) -> None:
        """`purpose` is stored with each step, so that a later run knows what it was asked for. `form`: of the answers."""
        settings = context.settings
        self._context, self._clock, self._purpose = context, clock, purpose
        self.asking = Asking(form)
        self._is_text = form is None
        self._budget = Budget(context)
        self._models = [(settings.model, ATTEMPTS)]
        self._models += [(name, FALLBACK_ATTEMPTS) for name in settings.fallback_models if name != settings.model]
        shown = [dict(tool) for tool in tools]
        self.fixed: dict[str, Any] = {"model": settings.model, "system": system, "tools": shown}
        """What every request of this run has in common, until a fallback model takes over."""

    def spent(self) -> str:
        """The name of the limit on tokens or money that forbids another call; empty while there is none."""
        return self._budget.spent(self._priced())

    async def reply(self, thread: Thread, *, max_tokens: int, before: str = "") -> Reply:
        """Return the model's next answer. `before` is text already shown, which the answer continues.

        Raises AgentError when no model can answer; whatever the context raises passes through.
        """
        try:
            return await self._any_model(thread, max_tokens, before)
        except ModelError:
            thread.shorten()
        try:
            return await self._any_model(thread, max_tokens, before)
        except ModelError as error:
            raise excuse([error]) from None

    async def _any_model(self, thread: Thread, max_tokens: int, before: str) -> Reply:
        """Try one model after the other. Raises ModelError for a prompt that is too long, else AgentError."""
        failures: list[ModelError | AgentError] = []
        retrying = Clock(RETRYING_SECONDS)
        while True:
            try:
                return await self._one_model(thread, max_tokens, before, retrying)
            except ModelError as error:
                if error.kind == "context_overflow":
                    raise
                failures.append(error)
            except AgentError as error:
                failures.append(error)
            if len(self._models) == 1 or self._clock.spent():
                raise excuse(failures)
            self._models.pop(0)
            self.fixed["model"] = self._models[0][0]
            thread.forget_thinking()

    async def _one_model(self, thread: Thread, max_tokens: int, before: str, retrying: Clock) -> Reply:
        """Try the current model. Raises its last ModelError."""
        name, attempts = self._models[0]
        provider, model = self._context.provider(name)
        for attempt in range(1, attempts + 1):
            try:
                return await self._attempt(provider, model, thread, max_tokens, before)
            except ModelError as error:
                log.warning(
                    "llm.call_failed",
                    error=error.kind,
                    detail=str(error),
                    retryable=error.retryable,
                    attempts=attempt,
                    model=name,
                )
                delay = delay_seconds(attempt, error)
                allowed = min(retrying.left(), self._clock.left())
                if not error.retryable or attempt == attempts or delay is None or delay >= allowed:
                    raise
            await self._context.pause(delay)
        raise AssertionError("unreachable: the last attempt returns or raises")

    async def _attempt(
        self, provider: ModelProvider, model: str, thread: Thread, max_tokens: int, before: str
    ) -> Reply:
        """Ask once, or once in each way of asking for a form. Raises ModelError."""
        while True:
            try:
                return await self._asked(provider, model, thread, max_tokens, before)
            except ModelError as error:
                if not self.asking.refused(error):
                    raise

    async def _asked(self, provider: ModelProvider, model: str, thread: Thread, max_tokens: int, before: str) -> Reply:
        seconds = min(CALL_SECONDS, max(1.0, self._clock.left()))
        max_tokens = max(1, self._budget.room(max_tokens, self._priced()))
        shape = {"tools": self.fixed["tools"], **self.asking.of(self.fixed["model"])}
        purpose = {"purpose": self._purpose} if self._purpose else {}
        request = storable({**self.fixed, **shape, **purpose, "messages": thread.messages(), "max_tokens": max_tokens})
        step = await self._context.start_step(StepStart(StepKind.MODEL, self.fixed["model"], request, seconds))
        asked = ModelRequest(
            model=model,
            messages=request["messages"],
            system=request["system"],
            **{name: request[name] for name in shape},
            max_tokens=max_tokens,
            temperature=self._context.settings.temperature,
            timeout_seconds=seconds,
        )
        began = time.monotonic()
        try:
            response = await self._stream(provider, asked, before)
        except ModelError as error:
            failed = StepResult(
                StepState.FAILED, model=model, milliseconds=milliseconds_since(began), error=f"{error.kind}: {error}"
            )
            await self._context.finish_step(step, failed)
            raise
        content = thread.with_own_ids(storable(response.content))
        return self._reply(step, model, replace(response, content=content), milliseconds_since(began))

    async def _stream(self, provider: ModelProvider, request: ModelRequest, before: str) -> ModelResponse:
        text = before
        self._context.check()
        async with aclosing(cast(AsyncGenerator[ModelEvent, None], provider.stream(request))) as events:
            async for event in events:
                if not isinstance(event, TextDelta):
                    return event
                text += event.text
                if self._is_text:
                    await self._context.progress(text)
        raise ModelError("malformed", "the stream ended without an answer", retryable=True)

    def _reply(self, step: int, model: str, response: ModelResponse, milliseconds: int) -> Reply:
        usage = response.usage
        cache = usage.cache_read, usage.cache_write
        cost = self._context.price(self._priced(), usage.tokens_in, usage.tokens_out, *cache)
        result = measured(response, model=model, cost_usd=cost, milliseconds=milliseconds)
        self._budget.add(result)
        return Reply(response.content, response.stop_reason, step, result)

    def _priced(self) -> str:
        """The current model as price lists name it."""
        return ":".join(split_model(self.fixed["model"], DEFAULT_PROVIDER))
