"""The one interface behind which every model answers: the shapes of the Anthropic Messages API."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """One call, in the vocabulary of the Messages API."""

    model: str
    """The provider's own name of the model, without the `provider:` prefix."""
    messages: Sequence[Mapping[str, Any]]
    system: str = ""
    tools: Sequence[Mapping[str, Any]] = ()
    """`{"name", "description", "input_schema"}` each."""
    tool_choice: Mapping[str, Any] | None = None
    output_schema: Mapping[str, Any] | None = None
    """JSON Schema that the answer, as JSON in a text block, must fit. Endpoints that do not know it answer
    `bad_request` or in prose. Every object needs `additionalProperties: false`; lengths and ranges are not allowed:
    https://platform.claude.com/docs/en/build-with-claude/structured-outputs"""
    thinking: Literal["", "off", "brief"] = ""
    """Empty: as the model does by itself. `off` is a `bad_request` for models that always think; `brief` asks for
    little of it: https://platform.claude.com/docs/en/build-with-claude/thinking-troubleshooting"""
    max_tokens: int = 4096
    temperature: float | None = None
    timeout_seconds: float = 180.0
    """Wall-clock limit of the whole call, streaming included."""


@dataclass(frozen=True, slots=True)
class TextDelta:
    """A piece of the answer, as it streams."""

    text: str


@dataclass(frozen=True, slots=True)
class Usage:
    tokens_in: int = 0
    tokens_out: int = 0
    cache_read: int = 0
    cache_write: int = 0


@dataclass(frozen=True, slots=True)
class ModelResponse:
    """The whole answer; always the last event of a stream."""

    content: list[dict[str, Any]]
    """Content blocks as plain JSON: `text`, `tool_use` (and `thinking`, passed back unchanged)."""
    stop_reason: str
    """`end_turn`, `tool_use`, `max_tokens`, `stop_sequence`, `refusal`, `pause_turn`, `model_context_window_exceeded`.

    What each means for the user: docs/stop-reasons.md.
    """
    model: str
    usage: Usage = field(default_factory=Usage)
    request_id: str = ""


ModelEvent = TextDelta | ModelResponse


class ModelError(Exception):
    """A model call failed. The message never holds a key or a URL.

    `kind`: `overloaded`, `rate_limited`, `timeout`, `connection`, `server`, `malformed` (a broken stream or body),
    `context_overflow`, `auth`, `not_found`, `bad_request`. `retry_after` in seconds where the provider named it.
    """

    def __init__(self, kind: str, message: str, *, retryable: bool, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.retryable = retryable
        self.retry_after = retry_after


class ModelProvider(ABC):
    """A service that answers prompts. One instance serves one event loop."""

    name: ClassVar[str]

    @abstractmethod
    def stream(self, request: ModelRequest) -> AsyncIterator[ModelEvent]:
        """Yield text as it comes, then exactly one ModelResponse. Makes one attempt. Raises ModelError."""

    async def aclose(self) -> None:
        """Close connections."""
