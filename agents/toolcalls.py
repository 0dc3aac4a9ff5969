"""One tool call: checked, stored before it starts, bounded in time and size. The model reads whatever goes wrong."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import structlog

from agents.base import (
    AgentError,
    Block,
    Parked,
    RunContext,
    StepKind,
    StepResult,
    StepStart,
    StepState,
    Tool,
    ToolCall,
    ToolResult,
    Verdict,
)
from agents.clock import Clock, milliseconds_since
from agents.schema import unfit
from agents.text import cut_end, storable, strip_invisible
from agents.thread import tool_result

RESULT_CHARS = 20_000

log = structlog.get_logger(__name__)


def specification(tool: Tool) -> dict[str, Any]:
    """The tool as the model is told of it."""
    return {"name": tool.name, "description": tool.description, "input_schema": dict(tool.input_schema)}


async def call_tool(
    context: RunContext,
    tools: Mapping[str, Tool],
    block: Block,
    clock: Clock,
    *,
    said: str = "",
    begun: int | None = None,
) -> Block | None:
    """Make the call that a `tool_use` block asks for, and return its `tool_result` block.

    None while a decision is awaited. `said` is what the model wrote before it asked. `begun` is the stored step of the
    same call, which was begun and may simply be made again. Raises Parked when the call itself waits.
    """
    name, call_id, arguments = str(block.get("name")), str(block.get("id")), block.get("input")
    tool = tools.get(name)
    wrong = f"There is no tool named {name}." if tool is None else _wrong(tool, arguments)
    asked = dict(arguments) if isinstance(arguments, Mapping) else {"input": arguments}
    unmade = StepStart(StepKind.TOOL, name, asked, 1.0, call_id)
    if tool is None or wrong:
        return await _stored(context, unmade, ToolResult(wrong, is_error=True))
    wanted = ToolCall(tool, call_id, asked, said)
    if (instead := await context.recorded(wanted)) is not None:
        return await _stored(context, unmade, instead)
    permission = await context.permit(wanted)
    if permission.verdict is Verdict.WAITING:
        return None
    # An approver may have edited the arguments.
    refused = permission.told if permission.verdict is Verdict.REFUSED else _wrong(tool, permission.arguments)
    if refused or permission.verdict is Verdict.REFUSED:
        return await _stored(context, unmade, ToolResult(refused or "The call was refused.", is_error=True))
    seconds = min(tool.timeout_seconds, clock.left())
    audit = tool.describe(permission.arguments) if tool.writes and not tool.confined else ""
    start = StepStart(
        StepKind.TOOL, name, permission.arguments, seconds, call_id, tool.repeatable, permission.approval, begun, audit
    )
    return await _made(context, tool, start, told=permission.told)


async def _made(context: RunContext, tool: Tool, start: StepStart, *, told: str) -> Block:
    """Make a permitted call, between two commits."""
    step = await context.start_step(start)
    began = time.monotonic()
    result = await _outcome(context, tool, start.request, start.deadline_seconds)
    if tool.returns_untrusted or result.untrusted:
        await context.note_untrusted(result.untrusted or tool.name)
    if tool.returns_private or result.private:
        await context.note_private(result.private or tool.name)
    if told:
        result = replace(result, content=f"{told}\n\n{result.content}".strip())
    return await _finished(context, step, start.tool_use_id, result, milliseconds_since(began))


async def _stored(context: RunContext, start: StepStart, instead: ToolResult) -> Block:
    """Store a call that is not made, with what the model reads instead."""
    step = await context.start_step(start)
    return await _finished(context, step, start.tool_use_id, instead, 0)


async def _finished(context: RunContext, step: int, call_id: str, result: ToolResult, milliseconds: int) -> Block:
    text = cut_end(storable(strip_invisible(result.content)), RESULT_CHARS)
    finished = StepResult(
        StepState.FAILED if result.is_error else StepState.SUCCEEDED,
        response={"content": text, "is_error": result.is_error},
        milliseconds=milliseconds,
        error=text[:500] if result.is_error else "",
    )
    await context.finish_step(step, finished)
    return tool_result(call_id, text, is_error=result.is_error)


async def _outcome(context: RunContext, tool: Tool, arguments: Mapping[str, Any], seconds: float) -> ToolResult:
    context.check()
    try:
        async with asyncio.timeout(seconds):
            return await tool.call(arguments, context)
    except TimeoutError:
        log.warning("tool.failed", tool=tool.name, error="timeout")
        return ToolResult(f"The tool gave no result within {seconds:.0f} seconds.", is_error=True)
    except (AgentError, Parked):
        raise
    except Exception as error:
        # A run that may no longer act ends here; only the tool's own fault goes on to the model.
        context.check()
        log.exception("tool.failed", tool=tool.name, error=type(error).__name__)
        return ToolResult(f"The tool failed ({type(error).__name__}).", is_error=True)


def _wrong(tool: Tool, arguments: Any) -> str:
    """What the model reads about arguments that do not fit; empty when they do."""
    wrong = unfit(tool.input_schema, arguments)
    return f"The arguments are not valid: {wrong}" if wrong else ""
