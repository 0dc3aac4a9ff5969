"""measure(): what a change of the router's prompt does to routing, on the labelled cases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agents.routing.target import ROUTER
from botplatform.pipeline import configs, rulebook
from botplatform.pipeline.composing import Place, compose

Figures = Mapping[str, Any]
"""`accuracy` (a share, or None), `cases`, `matrix` (right target → target given → cases)."""


@dataclass(frozen=True, slots=True)
class Measured:
    """The prompt in force beside the one that would be; None where no model could be asked."""

    before: Figures | None = None
    after: Figures | None = None

    @property
    def loss(self) -> str:
        """Why publishing would be one; empty if it would not, or nobody knows."""
        was, now = _accuracy(self.before), _accuracy(self.after)
        if was is None or now is None or now >= was:
            return ""
        return f"Accuracy would fall from {was:.1%} to {now:.1%}."

    def __str__(self) -> str:
        """One line for the version's note."""
        was, now = _accuracy(self.before), _accuracy(self.after)
        if now is None:
            return "routing not measured"
        return f"routing {now:.1%} right" if was is None else f"routing {was:.1%} → {now:.1%} right"


def measurable() -> bool:
    """Whether there is a model to ask."""
    return configs.connected(configs.default_router_model())


async def measure(before: str, after: str) -> Measured:
    """Ask the router's model about every case, with both prompts. Takes a minute or two."""
    if not measurable():
        return Measured()
    try:
        return Measured(await _evaluate(before), await _evaluate(after))
    finally:
        await configs.close()


async def _evaluate(prompt: str) -> Figures | None:
    evaluate = getattr(rulebook, "evaluate_prompt", None)
    found: Figures | None = await evaluate(compose(ROUTER, Place(), prompt)) if evaluate else None
    return found


def _accuracy(figures: Figures | None) -> float | None:
    found = figures.get("accuracy") if figures else None
    return float(found) if found is not None else None
