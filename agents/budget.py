"""What the model calls of a run may still use. What earlier runs of the same batch have used counts too."""

from __future__ import annotations

from decimal import Decimal

from agents.base import RunContext, StepResult

TOKENS, COST = "max_tokens_of_run", "max_cost"
"""Names of the limits, as a run's note says them."""
_PRICED_TOKENS = 1_000_000


class Budget:
    """Counts tokens, input and output alike, and US dollars."""

    def __init__(self, context: RunContext) -> None:
        self._context, self._settings = context, context.settings
        self.tokens, self.usd = context.spent_tokens, context.spent_usd

    def add(self, result: StepResult) -> None:
        """Count a model call that was made."""
        self.tokens += result.tokens_in + result.tokens_out
        self.usd += result.cost_usd

    def room(self, wanted: int, model: str) -> int:
        """Output tokens that one call may have, at most `wanted`; what its input takes is known afterwards only."""
        return max(0, min(wanted, *self._left(model).values()))

    def spent(self, model: str) -> str:
        """The name of the limit that leaves no room for another call; empty while there is room."""
        return next((name for name, left in self._left(model).items() if left < 1), "")

    def _left(self, model: str) -> dict[str, int]:
        """Output tokens that each limit leaves; a limit that is not set leaves as many as anybody may want."""
        left = {TOKENS: _PRICED_TOKENS, COST: _PRICED_TOKENS}
        if self._settings.max_tokens is not None:
            left[TOKENS] = self._settings.max_tokens - self.tokens
        if self._settings.max_cost_usd is not None:
            left[COST] = self._affordable(self._settings.max_cost_usd - self.usd, model)
        return left

    def _affordable(self, usd: Decimal, model: str) -> int:
        price = self._context.price(model, 0, _PRICED_TOKENS)
        return int(usd / price * _PRICED_TOKENS) if price else _PRICED_TOKENS
