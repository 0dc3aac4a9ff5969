"""The run's side of `RunContext`: every step committed under the epoch, every wait ended by a lost lease."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import NoReturn, Protocol

from agents.base import (
    AgentError,
    AgentSettings,
    Page,
    PageRead,
    Parked,
    Permission,
    PlanDraft,
    PlanReport,
    RunContext,
    Services,
    StepKind,
    StepRecord,
    StepResult,
    StepStart,
    Tool,
    ToolCall,
    Turn,
)
from agents.providers.base import ModelProvider, Usage
from agents.providers.prices import Price, cost, shipped_price
from botplatform.pipeline import db, erasing, keeping, permitting, reminding, stepping, todos
from botplatform.pipeline.bots import BotRow
from botplatform.pipeline.leases import Lease
from botplatform.pipeline.parking import Wait
from botplatform.pipeline.permits import Circumstances
from botplatform.pipeline.plans import affording, dispatching
from transports.base import Conversation

SHORTEST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 1.0, 86_400.0
"""Of what a call may wait for before it is made again: never at once, and never for good."""


class Shown(Protocol):
    """Where a run's words go while it works."""

    answer: str
    provider_id: str

    async def stop(self, patience_seconds: float | None = None) -> None:
        """Show nothing more."""


@dataclass(kw_only=True)
class PipelineContext(RunContext):
    """One run of one batch."""

    lease: Lease
    run_id: int
    settings: AgentSettings
    turns: Sequence[Turn]
    facts: str
    earlier: Sequence[StepRecord]
    offered_tools: Sequence[str]
    pages: Sequence[Page]
    open_approvals: Sequence[str]
    notes: Sequence[str]
    spent_tokens: int
    spent_usd: Decimal
    circumstances: Circumstances
    untrusted: list[str]
    private: list[str]
    session_id: int
    request_id: str
    bot: BotRow
    to: Conversation
    shown: Shown
    resolve: Callable[[str], tuple[ModelProvider, str]]
    prices: dict[str, Price]
    services: Services = field(default_factory=Services)
    more_tools: Mapping[str, Tool] = field(default_factory=dict)
    workers: Mapping[str, str] = field(default_factory=dict)
    plan: PlanReport | None = None
    waits: list[Wait] = field(default_factory=list)
    """What calls of this run wait for, beside decisions."""
    forgetful: bool = False
    """Whether prompts are no longer stored, because they begin with what was deleted."""

    async def start_step(self, start: StepStart) -> int:
        if start.kind is StepKind.MODEL and self.lease.step_id is not None:
            await affording.afford(self.settings, self.lease.batch_id)
        return await stepping.begin(
            self.lease, self.run_id, self.settings.agent, start, forgetful=self.forgetful, request_id=self.request_id
        )

    async def finish_step(self, step: int, result: StepResult) -> None:
        await stepping.finish(self.lease, step, result)

    async def progress(self, text: str) -> None:
        self.shown.answer = text

    def check(self) -> None:
        self.lease.check()

    def provider(self, model: str) -> tuple[ModelProvider, str]:
        return self.resolve(model)

    def price(self, model: str, tokens_in: int, tokens_out: int, cache_read: int = 0, cache_write: int = 0) -> Decimal:
        price = self.prices.get(model) or self.prices.get(model.partition(":")[2]) or shipped_price(model)
        return cost(price, Usage(tokens_in, tokens_out, cache_read, cache_write)) if price else Decimal(0)

    async def pause(self, seconds: float) -> None:
        await stepping.stand_still(self.lease, seconds)
        await asyncio.sleep(seconds)
        self.check()

    async def permit(self, call: ToolCall) -> Permission:
        return await permitting.permit(self, call, harmless=call.tool.harmless(call.arguments, self))

    async def note_untrusted(self, source: str) -> None:
        await self._note(self.untrusted, source)

    async def note_private(self, source: str) -> None:
        await self._note(self.private, source)

    async def _note(self, sources: list[str], source: str) -> None:
        if source not in sources:
            sources.append(source)
            await stepping.note_read(self.lease, self.run_id, untrusted=self.untrusted, private=self.private)

    async def dispatch(self, plan: PlanDraft) -> NoReturn:
        if self.lease.step_id is not None:
            raise AgentError("a worker's step cannot have a plan of its own", retryable=False)
        raise await dispatching.dispatch(self.lease, self.run_id, self.settings, plan)

    async def wait(self, seconds: float, what: str, *, key: str = "") -> NoReturn:
        bounded = min(max(SHORTEST_WAIT_SECONDS, seconds), LONGEST_WAIT_SECONDS)
        self.waits.append(Wait(bounded, what, key))
        raise Parked(what)

    async def keep(self, name: str, text: str) -> None:
        await keeping.keep(self.lease, name, text)

    async def kept(self) -> Mapping[str, str]:
        return await keeping.kept(self.lease)

    async def todo(self, asked: str) -> str:
        async with db.transaction() as connection:
            return await todos.change(connection, self.session_id, asked)

    async def remind(self, at: datetime, text: str) -> str:
        try:
            return await reminding.remind(
                self.session_id, at, text, asked_by=self.circumstances.requesters, request_id=self.request_id
            )
        except ValueError as error:
            raise AgentError(str(error), retryable=False) from None

    async def pages_read(self) -> Sequence[PageRead]:
        return await keeping.pages_read(self.lease.batch_id)

    async def delete_history(self) -> int:
        erased = await erasing.erase(self.lease)
        self.forgetful = True
        if self.bot.transport.features.streams:  # pages that are open show what they have shown until they are told
            for message_id in erased.shown:
                await self.bot.transport.delete(self.to, message_id)
        return erased.messages
