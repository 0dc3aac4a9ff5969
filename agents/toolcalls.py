"""One tool call: checked, stored before it starts, bounded in time and size. The model reads whatever goes wrong."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import jsonschema
import structlog

from agents.base import AgentError, Block, RunContext, StepKind, StepResult, StepStart, StepState, Tool, ToolResult
from agents.clock import Clock, milliseconds_since
from agents.text import cut_end, storable, strip_invisible
from agents.thread import tool_result

RESULT_CHARS = 20_000

log = structlog.get_logger(__name__)


def specification(tool: Tool) -> dict[str, Any]:
    """The tool as the model is told of it."""
    return {"name": tool.name, "description": tool.description, "input_schema": dict(tool.input_schema)}


async def call_tool(context: RunContext, tools: Mapping[str, Tool], block: Block, clock: Clock) -> Block:
    """Make the call that a `tool_use` block asks for, and return its `tool_result` block."""
    name, call_id, arguments = str(block.get("name")), str(block.get("id")), block.get("input")
    tool = tools.get(name)
    seconds = min(tool.timeout_seconds, clock.left()) if tool else 1.0
    request = arguments if isinstance(arguments, dict) else {"input": arguments}
    start = StepStart(StepKind.TOOL, name, request, seconds, call_id, tool.repeatable if tool else True)
    step = await context.start_step(start)
    began = time.monotonic()
    result = await _outcome(context, tool, name, arguments, seconds)
    text = cut_end(storable(strip_invisible(result.content)), RESULT_CHARS)
    finished = StepResult(
        StepState.FAILED if result.is_error else StepState.SUCCEEDED,
        response={"content": text, "is_error": result.is_error},
        milliseconds=milliseconds_since(began),
        error=text[:500] if result.is_error else "",
    )
    await context.finish_step(step, finished)
    return tool_result(call_id, text, is_error=result.is_error)


async def _outcome(context: RunContext, tool: Tool | None, name: str, arguments: Any, seconds: float) -> ToolResult:
    if tool is None:
        return ToolResult(f"There is no tool named {name}.", is_error=True)
    if wrong := _wrong(tool, arguments):
        return ToolResult(f"The arguments are not valid: {wrong}", is_error=True)
    context.check()
    try:
        async with asyncio.timeout(seconds):
            return await tool.call(arguments, context)
    except TimeoutError:
        log.warning("tool.failed", tool=name, error="timeout")
        return ToolResult(f"The tool gave no result within {seconds:.0f} seconds.", is_error=True)
    except AgentError:
        raise
    except Exception as error:
        # A run that may no longer act ends here; only the tool's own fault goes on to the model.
        context.check()
        log.exception("tool.failed", tool=name, error=type(error).__name__)
        return ToolResult(f"The tool failed ({type(error).__name__}).", is_error=True)


def _wrong(tool: Tool, arguments: Any) -> str:
    """Return what is wrong with the arguments, or an empty string."""
    validator = jsonschema.Draft202012Validator(dict(tool.input_schema))
    error = jsonschema.exceptions.best_match(validator.iter_errors(arguments))
    if error is None:
        return ""
    return f"{error.json_path}: {error.message}"[:400]
