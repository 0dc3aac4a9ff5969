"""Going on where an earlier run stopped: nothing is paid twice, nothing unrepeatable is done twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from agents.base import Block, RunContext, StepKind, StepRecord, StepResult, StepState, Turn
from agents.prompt import Message, opening
from agents.thread import LOST, Thread, lost, tool_result, tool_uses, without_thinking


@dataclass(slots=True)
class Resumed:
    """Where a run begins: at its opening, or behind the last whole step."""

    thread: Thread
    last: StepRecord | None = None
    """The last whole model step, not yet part of the thread."""
    results: Mapping[str, Block] = field(default_factory=dict)
    """Results of its tool calls that are known already, by `tool_use_id`."""
    begun: Mapping[str, int] = field(default_factory=dict)
    """Steps of its tool calls that were begun and may simply be made again, by `tool_use_id`."""
    model_calls: int = 0


def succeeded(context: RunContext, purpose: str) -> list[StepRecord]:
    """The earlier model steps that brought an answer and were made for this purpose, in order."""
    return [
        step
        for step in context.earlier
        if step.kind is StepKind.MODEL
        and step.state is StepState.SUCCEEDED
        and step.request.get("purpose", "") == purpose
    ]


async def resume(
    context: RunContext, *, turns: Sequence[Turn], request: Mapping[str, object], facts: str, purpose: str = ""
) -> Resumed:
    """Read the earlier steps. A model step that did not succeed, or was made for another purpose, counts for nothing.

    `facts` is data for the opening; a prompt that was stored has its own.
    `request` holds `model`, `system` and `tools` of the coming calls: if they have changed since, thinking is left out.
    """
    models = succeeded(context, purpose)
    if not models:
        return Resumed(Thread(opening(turns, facts)))
    last = models[-1]
    since = context.earlier[list(context.earlier).index(last) + 1 :]
    thread = _stored_thread(last) or _rebuilt_thread(context, models, opening(turns, facts))
    if any(last.request.get(name) != value for name, value in request.items()):
        thread.forget_thinking()
        content = without_thinking(last.response.get("content", []))
        last = replace(last, response={**last.response, "content": content})
    results = {
        block["tool_use_id"]: block for block in [await _settle(context, step) for step in _tools(since)] if block
    }
    begun = {step.tool_use_id: step.id for step in _tools(since) if step.state is StepState.RUNNING and step.repeatable}
    return Resumed(thread, last, results, begun, len(models))


def _tools(steps: Sequence[StepRecord]) -> list[StepRecord]:
    """The tool steps, one for each call: a finished one counts more than one that was never finished."""
    chosen: dict[str, StepRecord] = {}
    for step in steps:
        if step.kind is StepKind.TOOL and _weight(step) >= _weight(chosen.get(step.tool_use_id)):
            chosen[step.tool_use_id] = step
    return list(chosen.values())


def _weight(step: StepRecord | None) -> int:
    if step is None:
        return 0
    if step.state in (StepState.SUCCEEDED, StepState.FAILED):
        return 3
    return 1 if step.state is StepState.RUNNING and step.repeatable else 2


async def _settle(context: RunContext, step: StepRecord) -> Block | None:
    """Return the result of a tool step, or None when the call may simply be made again."""
    if step.state is StepState.RUNNING:
        if step.repeatable:
            return None
        response = {"content": LOST, "is_error": True}
        await context.finish_step(step.id, StepResult(StepState.UNKNOWN, response, error="outcome unknown"))
    if step.state in (StepState.RUNNING, StepState.UNKNOWN):
        return lost(step.tool_use_id)
    return _result(step)


def _result(step: StepRecord) -> Block:
    failed = step.state is StepState.FAILED
    text = str(step.response.get("content") or ("The tool failed." if failed else ""))
    return tool_result(step.tool_use_id, text, is_error=bool(step.response.get("is_error", failed)))


def _stored_thread(step: StepRecord) -> Thread | None:
    """The very messages that the step was asked with."""
    stored = step.request.get("messages")
    if not stored:
        return None
    messages: list[Message] = [dict(message) for message in stored]
    begins = max(index for index, message in enumerate(messages) if _is_turn(message)) + 1
    return Thread(messages[:begins], messages[begins:])


def _is_turn(message: Message) -> bool:
    content = message["content"]
    return message["role"] == "user" and (
        isinstance(content, str) or all(block.get("type") != "tool_result" for block in content)
    )


def _rebuilt_thread(context: RunContext, models: Sequence[StepRecord], begun_with: list[Message]) -> Thread:
    """Without stored prompts: the conversation, then each model step but the last with the results that followed it."""
    thread = Thread(begun_with)
    earlier = list(context.earlier)
    for begin, end in pairwise([earlier.index(step) for step in models]):
        content = earlier[begin].response.get("content", [])
        thread.said(content)
        if tool_uses(content):
            finished = [step for step in _tools(earlier[begin:end]) if step.state is not StepState.RUNNING]
            thread.returned([_result(step) for step in finished])
    return thread
