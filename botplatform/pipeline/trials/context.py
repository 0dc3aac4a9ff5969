"""A run in memory: models are asked, tools never."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from agents.base import (
    AgentSettings,
    Page,
    Permission,
    Risk,
    RunContext,
    StepKind,
    StepRecord,
    StepResult,
    StepStart,
    ToolCall,
    ToolResult,
    Turn,
    Verdict,
)
from agents.providers.base import ModelProvider, Usage
from agents.providers.prices import Price, cost, shipped_price
from agents.thread import text_of
from botplatform.pipeline.permits import Policy, reason_to_ask
from botplatform.pipeline.trials.recording import Records

CALLS = 8
"""Model calls of one side, attempts that failed included."""
SHOWN_CHARS = 4_000
"""Kept of what a model or a tool said in one step."""
RECORDED, NOT_RECORDED, WOULD_ASK = "recorded", "not recorded", "would ask for approval"
_TOLD = (
    "Not recorded: this is a trial in which no tool is called, and no result of this very call was kept. "
    "Answer as well as you can without it, and do not make the call again."
)
_ASKED = (
    "Not recorded: this is a trial in which no tool is called. In earnest a person would be asked to approve this call "
    "first, because {reason}. Nothing was done; do not make the call again."
)


class TrialOver(Exception):
    """A trial has used up what it may."""


@dataclass(kw_only=True)
class TrialContext(RunContext):
    """One side of a trial. `steps` is what it has done so far, as JSON."""

    settings: AgentSettings
    turns: Sequence[Turn]
    pages: Sequence[Page]
    offered_tools: Sequence[str]
    records: Records
    policy: Callable[[str], Awaitable[Policy]]
    ask_from: Risk
    untrusted: list[str]
    resolve: Callable[[str], tuple[ModelProvider, str]]
    prices: Mapping[str, Price]
    moved: Callable[[], Awaitable[None]]
    """Told after each step."""
    notes: Sequence[str] = ()
    facts: str = ""
    earlier: Sequence[StepRecord] = ()
    steps: list[dict[str, Any]] = field(default_factory=list)
    marks: dict[str, tuple[str, str]] = field(default_factory=dict)
    """By call: where its result came from, and why a person would have been asked."""

    async def recorded(self, call: ToolCall) -> ToolResult:
        """The result that was kept of the same call, or that there is none."""
        rules, known = await self.policy(call.tool.name), self.records.of(call.tool.name, call.arguments)
        reason = reason_to_ask(
            call.tool, call.arguments, policy=rules, ask_from=self.ask_from, untrusted=self.untrusted
        )
        if call.tool.returns_untrusted:
            await self.note_untrusted(call.tool.name)
        if reason:
            self.marks[call.tool_use_id] = (WOULD_ASK, reason)
            return ToolResult(_ASKED.format(reason=reason), is_error=True)
        self.marks[call.tool_use_id] = (RECORDED if known else NOT_RECORDED, "")
        return known or ToolResult(_TOLD, is_error=True)

    async def permit(self, call: ToolCall) -> Permission:
        """Never: should a call ever get past `recorded`, it ends here."""
        return Permission(Verdict.REFUSED, told=_TOLD)

    async def delete_history(self) -> int:
        """Nothing is deleted."""
        return 0

    async def start_step(self, start: StepStart) -> int:
        if start.kind is StepKind.MODEL and self.model_calls >= CALLS:
            raise TrialOver(f"stopped after {CALLS} model calls, the most that a trial may make")
        step: dict[str, Any] = {"kind": start.kind.value, "name": start.name, "state": "running"}
        if start.kind is StepKind.TOOL:
            source, reason = self.marks.get(start.tool_use_id, ("", ""))
            step |= {"arguments": dict(start.request), "source": source, "reason": reason}
        self.steps.append(step)
        return len(self.steps)

    async def finish_step(self, step: int, result: StepResult) -> None:
        self.steps[step - 1] |= {
            "state": result.state.value, "said": _said(result.response), "ms": result.milliseconds,
            "error": result.error[:SHOWN_CHARS], "stop_reason": result.stop_reason, "tokens_in": result.tokens_in,
            "tokens_out": result.tokens_out, "cost_usd": str(result.cost_usd),
        }  # fmt: skip
        await self.moved()

    @property
    def model_calls(self) -> int:
        return sum(step["kind"] == StepKind.MODEL.value for step in self.steps)

    async def progress(self, text: str) -> None:
        """Nobody waits for half an answer."""

    def check(self) -> None:
        """No lease can be lost."""

    def provider(self, model: str) -> tuple[ModelProvider, str]:
        return self.resolve(model)

    def price(self, model: str, tokens_in: int, tokens_out: int, cache_read: int = 0, cache_write: int = 0) -> Decimal:
        price = self.prices.get(model) or self.prices.get(model.partition(":")[2]) or shipped_price(model)
        return cost(price, Usage(tokens_in, tokens_out, cache_read, cache_write)) if price else Decimal(0)

    async def pause(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def note_untrusted(self, source: str) -> None:
        if source not in self.untrusted:
            self.untrusted.append(source)


def _said(response: Mapping[str, Any]) -> str:
    content = response.get("content", "")
    text = content if isinstance(content, str) else text_of(content)
    return text[:SHOWN_CHARS]
