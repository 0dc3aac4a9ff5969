"""What an agent is, and the one window through which it sees and touches the world.

An agent knows no Django, no transport and no Celery. The pipeline implements `RunContext`; tests implement it in
memory.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from agents.abilities import Abilities
from agents.errors import AgentError, Parked, SwitchAgent
from agents.plans import PageRead, PlanDraft, PlanReport, WorkerInput, WorkerResult
from agents.providers.base import ModelProvider
from agents.services import Need, Services
from agents.values import (
    AgentResult,
    AgentSettings,
    Block,
    Page,
    Permission,
    Risk,
    StepKind,
    StepRecord,
    StepResult,
    StepStart,
    StepState,
    ToolResult,
    Turn,
    Verdict,
)

__all__ = [
    "Agent",
    "AgentError",
    "AgentResult",
    "AgentSettings",
    "Block",
    "Need",
    "Page",
    "PageRead",
    "Parked",
    "Permission",
    "PlanDraft",
    "PlanReport",
    "Risk",
    "RunContext",
    "Services",
    "StepKind",
    "StepRecord",
    "StepResult",
    "StepStart",
    "StepState",
    "SwitchAgent",
    "Tool",
    "ToolCall",
    "ToolResult",
    "Turn",
    "Verdict",
    "Worker",
    "WorkerInput",
    "WorkerResult",
]


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A checked call that the model asks for."""

    tool: Tool
    tool_use_id: str
    arguments: Mapping[str, Any]
    said: str = ""
    """What the model wrote before it asked."""


class RunContext(Abilities, ABC):
    """The agent's only window outward: the conversation in, steps and progress out.

    Every method may raise to end the run at once (lease lost, cancelled); an agent lets such exceptions pass.
    """

    settings: AgentSettings
    turns: Sequence[Turn]
    """The conversation, the messages to answer last, as one `user` turn."""
    facts: str
    """What the transport says about the conversation (untrusted data, marked as such by the loop)."""
    earlier: Sequence[StepRecord]
    """Steps of the run that this one replaces, in order; empty on a first attempt."""
    offered_tools: Sequence[str]
    """Names of the tools this installation and conversation can offer, out of those in the settings."""
    pages: Sequence[Page] = ()
    """What operators wrote about the bot and its owner, in their order."""
    open_approvals: Sequence[str] = ()
    """What waits for a decision in this conversation, one line each."""
    notes: Sequence[str] = ()
    """What operators tell the agents about this conversation; trusted, and seen by nobody in it."""
    services: Services = Services()
    """What its tools can reach."""
    more_tools: Mapping[str, Tool] = {}
    """Tools beside the registry's that were made for this run: those of MCP servers."""
    workers: Mapping[str, str] = {}
    """Workers that a plan may give steps to: name and what each can do."""
    plan: PlanReport | None = None
    """The plan that this run has dispatched, all of its steps at an end."""
    spent_tokens: int = 0
    spent_usd: Decimal = Decimal(0)
    """What earlier runs of this batch have used."""

    @property
    def query(self) -> str:
        """What is to be answered: the last turn."""
        return self.turns[-1].text if self.turns else ""

    @abstractmethod
    async def start_step(self, start: StepStart) -> int:
        """Commit a step as running and return its id."""

    @abstractmethod
    async def finish_step(self, step: int, result: StepResult) -> None:
        """Commit the end of a step."""

    @abstractmethod
    async def progress(self, text: str) -> None:
        """Tell those who wait the answer as it stands so far (streaming platforms show it). Cheap; may be dropped."""

    @abstractmethod
    def check(self) -> None:
        """Raise when this run may no longer act. Called immediately before every call to a provider."""

    @abstractmethod
    def provider(self, model: str) -> tuple[ModelProvider, str]:
        """Resolve `provider:model` to the provider and the model's name there.

        Raises AgentError when it is not configured.
        """

    @abstractmethod
    def price(self, model: str, tokens_in: int, tokens_out: int, cache_read: int = 0, cache_write: int = 0) -> Decimal:
        """US dollars for one call of `provider:model` at today's stored prices; zero for a model without a price."""

    async def recorded(self, call: ToolCall) -> ToolResult | None:
        """What the model reads in the place of a call that is not made; None: go on with it.

        A run that only tries something out answers every call so, and nothing that it asks for is done.
        """
        return None

    @abstractmethod
    async def permit(self, call: ToolCall) -> Permission:
        """Whether the call may be made; where it needs a person's decision, ask for it once."""

    @abstractmethod
    async def note_untrusted(self, source: str) -> None:
        """Remember that the run has read text from strangers."""

    async def note_private(self, source: str) -> None:
        """Remember that the run has read what not everybody may."""

    @abstractmethod
    async def delete_history(self) -> int:
        """Delete what was said in this conversation before the messages being answered; the number of messages."""

    @abstractmethod
    async def pause(self, seconds: float) -> None:
        """Wait without a step, for a back-off or a quota; ends early by raising when the run may no longer act."""


class Agent(ABC):
    """Behaviour; its configuration comes with the run."""

    name: ClassVar[str]
    description: ClassVar[str]
    default_tools: ClassVar[tuple[str, ...]] = ()
    """Tools of a configuration that nobody has edited."""
    plans: ClassVar[bool] = False
    """Whether it may dispatch plans; only then it is told of workers."""

    @abstractmethod
    async def run(self, query: str, context: RunContext) -> AgentResult:
        """AgentResult the last turn.

        Raises AgentError when it cannot, SwitchAgent when another agent should, Parked when the run waits for people.
        """


class Worker(ABC):
    """Carries out one step of a plan; only plans give it work."""

    name: ClassVar[str]
    description: ClassVar[str]
    """For the model that plans, and for operators."""
    default_tools: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    async def work(self, given: WorkerInput, context: RunContext) -> WorkerResult:
        """Do it. Raises AgentError when it cannot, Parked when the step waits."""


class Tool(ABC):
    """Something a model may call."""

    name: str
    description: str
    """For the model: what it does, and when to use it."""
    input_schema: Mapping[str, Any]
    """JSON Schema of the arguments."""
    repeatable: bool = False
    """Whether a call that may already have happened can be made again without harm."""
    timeout_seconds: float = 30.0
    risk: Risk = Risk.LOW
    needs_approval: bool = False
    """Whether every call needs a person's decision."""
    writes: bool = False
    """Whether it changes anything outside the run: then it needs a decision once the run has read strangers' text."""
    confined: bool = False
    """Whether it touches nothing but the requester's own conversation: then he may decide, where he is alone."""
    returns_untrusted: bool = False
    """Whether what it returns was written by strangers."""
    returns_private: bool = False
    """Whether what it returns may be what not everybody may read."""
    reaches_out: bool = False
    """Whether it sends what the model composed to somebody outside: then it needs a decision once the run has read
    strangers' text and private text."""
    asks: ClassVar[bool] = False
    """Whether it puts a question to the requester, whose words are its result."""
    needs: frozenset[Need] = frozenset()
    """What must be there for it to be offered."""
    platforms: ClassVar[frozenset[str]] = frozenset()
    """Transports on which it makes sense; empty: all."""
    trusted_only: bool = False
    """Whether it is kept from runs that answer strangers."""

    def describe(self, arguments: Mapping[str, Any]) -> str:
        """One sentence for whoever decides: what this call does. Written by code, not by the model."""
        return f"Call the tool {self.name}."

    def harmless(self, arguments: Mapping[str, Any], context: RunContext) -> bool:
        """Whether this very call, though the tool writes, does no more than an answer in this conversation would."""
        return False

    @abstractmethod
    async def call(self, arguments: Mapping[str, Any], context: RunContext) -> ToolResult:
        """Do it. Arguments are checked against `input_schema` before. An exception becomes an error the model sees."""
