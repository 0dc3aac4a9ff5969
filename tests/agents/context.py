"""A run in memory: what an agent does is written down here instead of in a database."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NoReturn

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
    StepState,
    ToolCall,
    Turn,
    Verdict,
)
from agents.providers.base import ModelProvider


class MemoryContext(RunContext):
    """`provider` answers for every model, or `providers` for those it names.

    `permissions` answers for tool calls, by the call's id or the tool's name; all other calls are allowed.
    """

    def __init__(
        self,
        provider: ModelProvider | None = None,
        *,
        text: str = "Hello?",
        turns: Sequence[Turn] | None = None,
        facts: str = "",
        earlier: Sequence[StepRecord] = (),
        tools: Sequence[str] = (),
        providers: Mapping[str, ModelProvider] | None = None,
        permissions: Mapping[str, Permission] | None = None,
        pages: Sequence[Page] = (),
        open_approvals: Sequence[str] = (),
        spent_tokens: int = 0,
        spent_usd: Decimal = Decimal(0),
        history: int = 0,
        workers: Mapping[str, str] | None = None,
        plan: PlanReport | None = None,
        read: Sequence[PageRead] = (),
        services: Services | None = None,
        **settings: Any,
    ) -> None:
        self.settings = AgentSettings(**({"agent": "simple-agent", "prompt": "Be kind.", "model": "main"} | settings))
        self.turns = turns if turns is not None else [Turn("user", text)]
        self.facts, self.earlier, self.offered_tools = facts, earlier, tools
        self.pages, self.open_approvals = pages, open_approvals
        self.spent_tokens, self.spent_usd = spent_tokens, spent_usd
        self.permissions = dict(permissions or {})
        self.history = history
        """Messages that `delete_history` finds."""
        self.workers, self.plan, self.read = workers or {}, plan, read
        self.services = services or Services()
        self.dispatched: list[PlanDraft] = []
        self.notes_kept: dict[str, str] = {}
        self.todos: list[str] = []
        """What the conversation's list was asked."""
        self.reminders: list[tuple[datetime, str]] = []
        self.asked: list[ToolCall] = []
        self.used: list[int] = []
        """Approvals that steps have used up."""
        self.untrusted: list[str] = []
        self.starts: dict[int, StepStart] = {}
        self.results: dict[int, StepResult] = {}
        self.shown: list[str] = []
        self.pauses: list[float] = []
        self.log: list[str] = []
        self.on_check: Callable[[], None] = lambda: None
        self._providers = dict(providers or {})
        self._provider = provider

    async def start_step(self, start: StepStart) -> int:
        step = len(self.earlier) + len(self.starts) + 1
        self.starts[step] = copy.deepcopy(start)
        self.log.append(f"start {start.kind}")
        if start.approval is not None:
            self.used.append(start.approval)
        return step

    async def finish_step(self, step: int, result: StepResult) -> None:
        self.results[step] = copy.deepcopy(result)
        self.log.append(f"finish {step}")

    async def progress(self, text: str) -> None:
        self.shown.append(text)

    def check(self) -> None:
        self.log.append("check")
        self.on_check()

    def provider(self, model: str) -> tuple[ModelProvider, str]:
        found = self._providers.get(model, self._provider)
        if found is None:
            raise AgentError(f"{model} is not configured", retryable=False)
        return found, model.partition(":")[2] or model

    def price(self, model: str, tokens_in: int, tokens_out: int, cache_read: int = 0, cache_write: int = 0) -> Decimal:
        return Decimal(tokens_in + 2 * tokens_out) / 1000

    async def permit(self, call: ToolCall) -> Permission:
        self.asked.append(call)
        allowed = Permission(Verdict.ALLOWED, call.arguments)
        return self.permissions.get(call.tool_use_id) or self.permissions.get(call.tool.name) or allowed

    async def note_untrusted(self, source: str) -> None:
        self.untrusted.append(source)

    async def dispatch(self, plan: PlanDraft) -> NoReturn:
        self.dispatched.append(plan)
        raise Parked

    async def keep(self, name: str, text: str) -> None:
        self.notes_kept[name] = text
        if not text:
            del self.notes_kept[name]

    async def kept(self) -> Mapping[str, str]:
        return dict(self.notes_kept)

    async def todo(self, asked: str) -> str:
        self.todos.append(asked)
        return "Things to do: none."

    async def remind(self, at: datetime, text: str) -> str:
        self.reminders.append((at, text))
        return f"reminder {len(self.reminders)}"

    async def pages_read(self) -> Sequence[PageRead]:
        return self.read

    async def delete_history(self) -> int:
        deleted, self.history = self.history, 0
        return deleted

    async def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)

    def kinds(self, kind: StepKind) -> list[StepStart]:
        return [start for start in self.starts.values() if start.kind is kind]

    def states(self) -> list[StepState]:
        """The states of the steps as stored; what was never finished is running."""
        return [self.results[step].state if step in self.results else StepState.RUNNING for step in self.starts]

    def records(self) -> list[StepRecord]:
        """The steps as the next run of the same batch reads them."""
        return [*self.earlier, *(self._record(step, start) for step, start in self.starts.items())]

    def _record(self, step: int, start: StepStart) -> StepRecord:
        result = self.results.get(step, StepResult(StepState.RUNNING))
        return StepRecord(
            id=step,
            kind=start.kind,
            name=start.name,
            state=result.state,
            request=start.request,
            response=result.response,
            tool_use_id=start.tool_use_id,
            repeatable=start.repeatable,
        )
