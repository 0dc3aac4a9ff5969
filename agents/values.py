"""What passes between an agent and the pipeline: values without behaviour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

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
    max_tokens: int | None = None
    """Input and output tokens of all model calls for one answer, those of earlier runs included."""
    max_cost_usd: Decimal | None = None
    """US dollars of all model calls for one answer, those of earlier runs included, at stored prices."""
    parallel_steps: int = 3
    """Steps of one plan that run at the same time."""
    step_attempts: int = 3
    """Attempts at one step of a plan."""
    fallback_agent: str = ""
    """Answers when this agent fails for good."""
    version: int = 0


@dataclass(frozen=True, slots=True)
class Turn:
    """One entry of the conversation handed to the model, oldest first."""

    role: str
    """`user` or `assistant`."""
    text: str
    author: str = ""
    """The author's display name in shared conversations; empty in private ones."""


class Risk(StrEnum):
    """How much harm a tool's call may do."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


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
    approval: int | None = None
    """The approval that this call uses up, in the same transaction."""
    resumes: int | None = None
    """The step of the same call that was begun and may simply go on; no other is stored."""
    audit: str = ""
    """What it changes outside, for the audit log; empty: nothing."""


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
class AgentResult:
    """What an agent has to say, in Markdown.

    `last_step` and `last_result` are the model call that ended the run, not yet stored:
    the pipeline commits them in one transaction with the replies.
    """

    text: str
    last_step: int | None = None
    last_result: StepResult | None = None
    note: str = ""
    """For the operator: why the answer is cut short, if it is (`max_tokens`, `refusal`, `max_steps` …)."""


class Verdict(StrEnum):
    ALLOWED = "allowed"
    """Make the call, with the permission's arguments."""
    REFUSED = "refused"
    """Do not; the model reads `told`."""
    WAITING = "waiting"
    """Somebody has been asked; the call is made or refused by a later run."""


@dataclass(frozen=True, slots=True)
class Permission:
    """Whether a tool call may be made now."""

    verdict: Verdict
    arguments: Mapping[str, Any] = field(default_factory=dict)
    """Exactly those that were approved; an approver may have edited them."""
    approval: int | None = None
    """Used up by the step that makes the call."""
    told: str = ""
    """For the model: why not, or what the approver changed."""


@dataclass(frozen=True, slots=True)
class Page:
    """What an operator wrote about the bot and its owner."""

    title: str
    text: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What the model reads back."""

    content: str
    is_error: bool = False
    untrusted: str = ""
    """Where strangers' text in it came from; empty: as the tool says of all its results."""
    private: str = ""
    """Where text in it came from that not everybody may read."""
