"""What a model said, and what its step keeps of it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from agents.base import Block, StepResult, StepState
from agents.providers.base import ModelResponse
from agents.thread import text_of


@dataclass(frozen=True, slots=True)
class Reply:
    """What the model said. A reply of an earlier run is stored already and has no step."""

    content: list[Block]
    stop_reason: str
    step: int | None = None
    result: StepResult | None = None

    @property
    def text(self) -> str:
        return text_of(self.content)


def measured(response: ModelResponse, *, model: str, cost_usd: Decimal, milliseconds: int) -> StepResult:
    """The end of a step that brought a whole answer. `model` where the response names none."""
    usage = response.usage
    return StepResult(
        StepState.SUCCEEDED,
        response={"content": response.content, "stop_reason": response.stop_reason},
        model=response.model or model,
        stop_reason=response.stop_reason,
        tokens_in=usage.tokens_in + usage.cache_read + usage.cache_write,
        tokens_out=usage.tokens_out,
        cost_usd=cost_usd,
        milliseconds=milliseconds,
    )
