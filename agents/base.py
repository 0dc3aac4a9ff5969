"""What an agent is, and the one window through which it sees and touches the world.

An agent knows no Django, no transport and no Celery. The pipeline implements `RunContext`; tests implement it in
memory.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar

from agents.providers.base import ModelProvider

Block = dict[str, Any]
"""One content block of the Messages API: text, tool_use or tool_result."""


@dataclass(frozen=True, slots=True)
class AgentSettings:
    """The published configuration a run works with; the run records its version."""

    agent: str
    prompt: str
    model: str
    """`provider:model`, or a bare model name of the default provider."""
    fallback_models: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    temperature: float | None = None
    max_steps: int = 12
    """Model calls in one run."""
    max_output_tokens: int = 4096
    """Output tokens of one model call."""
    max_seconds: int = 600
    """Wall-clock seconds of one run."""
    version: int = 0


@dataclass(frozen=True, slots=True)
class Turn:
    """One entry of the conversation handed to the model, oldest first."""

    role: str
    """`user` or `assistant`."""
    text: str
    author: str = ""
    """The author's display name in shared conversations; empty in private ones."""


class StepKind(StrEnum):
    MODEL = "model"
    """A model call."""
    TOOL = "tool"
    """A tool call."""


class StepState(StrEnum):
    RUNNING = "running"
    """Started, not finished: after a crash its outcome is unknown."""
    SUCCEEDED = "succeeded"
    """Finished; its result is stored and never made again."""
    FAILED = "failed"
    """Finished with an error that is stored."""
    UNKNOWN = "unknown"
    """Started by a run that died; may or may not have had its effect, and is not repeated."""


@dataclass(frozen=True, slots=True)
class StepStart:
    """What is stored before a step begins."""

    kind: StepKind
    name: str
    """The model's name, or the tool's."""
    request: Mapping[str, Any]
    """The whole prompt, or the tool's arguments; JSON-serialisable."""
    deadline_seconds: float
    """After this long without an end (and 10 s of grace) the step counts as hung."""
    tool_use_id: str = ""
    repeatable: bool = True
    """Whether a tool call that was started and never finished may simply be made again."""


@dataclass(frozen=True, slots=True)
class StepResult:
    """What is stored when a step ends."""

    state: StepState
    response: Mapping[str, Any] = field(default_factory=dict)
    """Model: `{"content": [blocks], "stop_reason": …}`. Tool: `{"content": text, "is_error": bool}`."""
    model: str = ""
    stop_reason: str = ""
    tokens_in: int = 0
    tokens_out: int = 0
    cost_usd: Decimal = Decimal(0)
    milliseconds: int = 0
    error: str = ""


@dataclass(frozen=True, slots=True)
class StepRecord:
    """A step as stored, read back when a run resumes."""

    id: int
    kind: StepKind
    name: str
    state: StepState
    request: Mapping[str, Any]
    response: Mapping[str, Any]
    tool_use_id: str = ""
    repeatable: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """What an agent has to say, in Markdown.

    `last_step` and `last_result` are the model call that ended the run, not yet stored:
    the pipeline commits them in one transaction with the replies.
    """

    text: str
    last_step: int | None = None
    last_result: StepResult | None = None
    note: str = ""
    """For the operator: why the answer is cut short, if it is (`max_tokens`, `refusal`, `max_steps` …)."""


class AgentError(Exception):
    """The agent cannot answer.

    `retryable`: whether a later attempt may succeed. `public` is safe to show in the chat; the message itself is for
    the console.
    """

    def __init__(self, message: str, *, retryable: bool, public: str = "", retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retryable = retryable
        self.public = public
        self.retry_after = retry_after


class RunContext(ABC):
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
        """US dollars for one call at today's stored prices; zero for a model without a price."""

    @abstractmethod
    async def pause(self, seconds: float) -> None:
        """Wait without a step, for a back-off or a quota; ends early by raising when the run may no longer act."""


class Agent(ABC):
    """Behaviour; its configuration comes with the run."""

    name: ClassVar[str]
    description: ClassVar[str]

    @abstractmethod
    async def run(self, context: RunContext) -> Answer:
        """Answer the last turn. Raises AgentError when it cannot."""


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What the model reads back."""

    content: str
    is_error: bool = False


class Tool(ABC):
    """Something a model may call."""

    name: ClassVar[str]
    description: ClassVar[str]
    """For the model: what it does, and when to use it."""
    input_schema: ClassVar[Mapping[str, Any]]
    """JSON Schema of the arguments."""
    repeatable: ClassVar[bool] = False
    """Whether a call that may already have happened can be made again without harm."""
    timeout_seconds: ClassVar[float] = 30.0

    @abstractmethod
    async def call(self, arguments: Mapping[str, Any], context: RunContext) -> ToolResult:
        """Do it. Arguments are checked against `input_schema` before. An exception becomes an error the model sees."""
