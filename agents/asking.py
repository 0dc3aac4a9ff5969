"""Asking a model for a structured answer, as a stored step that is not paid twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from agents.base import AgentError, RunContext, StepState
from agents.calling import ModelCalls
from agents.clock import Clock
from agents.outcome import STOPPED
from agents.prompt import Message, system_prompt
from agents.replies import Reply
from agents.resuming import succeeded
from agents.structured import Form, object_in
from agents.thread import Thread

ATTEMPTS = 2


@dataclass(frozen=True, slots=True)
class Asked:
    """An answer in its form."""

    value: dict[str, Any]
    """A JSON object; whether it fits the schema is for the caller to check."""
    reply: Reply
    """Its step is not stored yet where the caller wanted to have it so."""


class Formless(Exception):
    """No attempt brought a JSON object. `reply` is the last one, stored as failed."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(f"no JSON object ({reply.stop_reason or 'no stop reason'})")
        self.reply = reply


async def ask(
    context: RunContext, form: Form, *, purpose: str, system: str, messages: Sequence[Message], store: bool = True
) -> Asked:
    """One answer in a form. What an earlier run of this answer was told for the same purpose is taken as it is.

    Without `store` the step is left to the caller, who commits it with what it does next.
    Raises Formless, and AgentError when no model can answer; whatever the context raises passes through.
    """
    if earlier := succeeded(context, purpose):
        response = earlier[-1].response
        reply = Reply(list(response.get("content", [])), str(response.get("stop_reason") or ""))
        if (value := _value(reply)) is not None:
            return Asked(value, reply)
    models = ModelCalls(
        context,
        system=system_prompt(system, context.notes),
        clock=Clock(context.settings.max_seconds),
        purpose=purpose,
        form=form,
    )
    return await _ask(context, models, list(messages), store=store)


async def _ask(context: RunContext, models: ModelCalls, messages: list[Message], *, store: bool) -> Asked:
    max_tokens = context.settings.max_output_tokens
    for attempt in range(1, ATTEMPTS + 1):
        if limit := models.spent():
            raise AgentError(f"{limit} reached", retryable=False, public=STOPPED[limit].strip("_()"))
        reply = await models.reply(Thread([dict(message) for message in messages]), max_tokens=max_tokens)
        value = _value(reply)
        if value is not None:
            models.asking.understood()
            if store:
                await _store(context, reply)
            return Asked(value, reply)
        await _store(context, reply, wrong=f"no JSON object ({reply.stop_reason})")
        if reply.stop_reason == "max_tokens":
            max_tokens *= 2
        else:
            models.asking.passed_over()
        if attempt == ATTEMPTS:
            raise Formless(reply)
    raise AssertionError("unreachable: the last attempt returns or raises")


def _value(reply: Reply) -> dict[str, Any] | None:
    try:
        value = object_in(reply.content)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


async def _store(context: RunContext, reply: Reply, *, wrong: str = "") -> None:
    if reply.step is None or reply.result is None:
        return
    result = replace(reply.result, state=StepState.FAILED, error=wrong) if wrong else reply.result
    await context.finish_step(reply.step, result)
