"""The run's side of `RunContext`: every step committed under the epoch, every wait ended by a lost lease."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from psycopg.types.json import Jsonb

from agents.base import (
    AgentSettings,
    Page,
    Permission,
    RunContext,
    StepKind,
    StepRecord,
    StepResult,
    StepStart,
    ToolCall,
    Turn,
)
from agents.providers.base import ModelProvider, Usage
from agents.providers.prices import Price, cost, shipped_price
from botplatform.pipeline import db, erasing, permitting, yielding
from botplatform.pipeline.leases import BETWEEN_STEPS_SECONDS, GRACE_SECONDS, Lease
from botplatform.pipeline.permits import Circumstances, fingerprint
from botplatform.pipeline.progress import Progress

# Each statement moves the batch's progress on, and by that proves the epoch, before it writes anything.
_MOVE = """
    WITH mine AS (
        UPDATE botplatform_batch SET progress_at = now(), progress_until = now() + %(limit)s
        WHERE id = %(batch)s AND epoch = %(epoch)s AND state = 'processing' RETURNING id)"""
# No step begins while an operator has taken the conversation over; one that has begun ends as usual.
_MOVE_UNHELD = _MOVE.replace(
    " RETURNING id)",
    """ AND NOT EXISTS (SELECT FROM botplatform_session s WHERE s.id = session_id AND s.mode = 'held') RETURNING id)""",
)
_INSERT = """
    INSERT INTO botplatform_step (run_id, agent, kind, name, request, tool_use_id, repeatable)
    SELECT %(run)s, %(agent)s, %(kind)s, %(name)s, %(request)s, %(tool_use)s, %(repeatable)s"""
_START = f"{_MOVE_UNHELD}{_INSERT} FROM mine RETURNING id"
# An approval is used up by the statement that stores the step: once, and only for the arguments that were shown.
_START_APPROVED = f"""{_MOVE_UNHELD}, used AS (
        UPDATE botplatform_approval SET state = 'executed', executed_at = now() FROM mine
        WHERE botplatform_approval.id = %(approval)s AND state = 'approved' AND arguments_hash = %(hash)s
        RETURNING botplatform_approval.id)
    {_INSERT} FROM mine, used RETURNING id"""
_UNTRUSTED = f"""{_MOVE}
    UPDATE botplatform_run SET untrusted = %(untrusted)s FROM mine WHERE botplatform_run.id = %(run)s RETURNING botplatform_run.id"""
FINISH = """
    UPDATE botplatform_step SET state = %(state)s, response = %(response)s, name = coalesce(nullif(%(model)s, ''), name),
        stop_reason = %(stop_reason)s, tokens_in = %(tokens_in)s, tokens_out = %(tokens_out)s, cost_usd = %(cost)s,
        ms = %(ms)s, error = %(error)s, finished_at = now()"""
_FINISH = f"{_MOVE}{FINISH} FROM mine WHERE botplatform_step.id = %(step)s RETURNING botplatform_step.id"


def _storable(value: Any) -> Any:
    """JSON that PostgreSQL takes: no NUL, no lone surrogate, in whatever a model or a tool said."""
    if isinstance(value, str):
        return value.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, dict):
        return {_storable(key): _storable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_storable(item) for item in value]
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return str(value)
    return value


def result_values(step: int, result: StepResult) -> db.Row:
    """A step's end as parameters of `FINISH`."""
    return {
        "step": step, "state": result.state.value, "response": Jsonb(_storable(dict(result.response))), "model": result.model,
        "stop_reason": result.stop_reason, "tokens_in": result.tokens_in, "tokens_out": result.tokens_out,
        "cost": result.cost_usd, "ms": result.milliseconds, "error": _storable(result.error[:4000]),
    }  # fmt: skip


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
    shown: Progress
    resolve: Callable[[str], tuple[ModelProvider, str]]
    prices: dict[str, Price]
    forgetful: bool = False
    """Whether prompts are no longer stored, because they begin with what was deleted."""

    async def start_step(self, start: StepStart) -> int:
        request = (
            {**start.request, "messages": []} if self.forgetful and start.kind is StepKind.MODEL else start.request
        )
        values = {
            "run": self.run_id, "kind": start.kind.value, "name": start.name[:200],
            "request": Jsonb(_storable(dict(request))), "tool_use": start.tool_use_id, "repeatable": start.repeatable,
            "agent": self.settings.agent, "approval": start.approval, "hash": fingerprint(start.request),
        }  # fmt: skip
        sql = _START if start.approval is None else _START_APPROVED
        row = await db.row(sql, {**values, **self._move(start.deadline_seconds + GRACE_SECONDS)})
        if row is None:
            raise await yielding.lost(self.lease)
        return int(row["id"])

    async def finish_step(self, step: int, result: StepResult) -> None:
        self._mine(await db.row(_FINISH, {**result_values(step, result), **self._move(BETWEEN_STEPS_SECONDS)}))

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
        """The wait counts as progress, so that it is not taken for a hang; the heartbeat goes on meanwhile."""
        move = f"{_MOVE} SELECT id FROM mine"
        self._mine(await db.row(move, self._move(seconds + BETWEEN_STEPS_SECONDS)))
        await asyncio.sleep(seconds)
        self.check()

    async def permit(self, call: ToolCall) -> Permission:
        return await permitting.permit(self, call)

    async def note_untrusted(self, source: str) -> None:
        if source not in self.untrusted:
            self.untrusted.append(source)
            values = {"run": self.run_id, "untrusted": Jsonb(self.untrusted), **self._move(BETWEEN_STEPS_SECONDS)}
            self._mine(await db.row(_UNTRUSTED, values))

    async def delete_history(self) -> int:
        erased = await erasing.erase(self.lease)
        self.forgetful = True
        if (
            self.shown.bot.transport.features.streams
        ):  # pages that are open show what they have shown until they are told
            for message_id in erased.shown:
                await self.shown.bot.transport.delete(self.shown.to, message_id)
        return erased.messages

    def _move(self, seconds: float) -> db.Row:
        return {"batch": self.lease.batch_id, "epoch": self.lease.epoch, "limit": timedelta(seconds=seconds)}

    def _mine(self, row: db.Row | None) -> db.Row:
        if row is None:
            raise self.lease.forfeit()
        return row
