"""measure(): what a change of the router's prompt or model does to routing, on the labelled cases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agents.routing.evaluating import Case, Report, by_patterns, evaluate, load, loses
from agents.routing.labelled import turns
from agents.routing.measuring import by_model
from agents.routing.target import ROUTER
from botplatform.models.agent import AgentFields
from botplatform.pipeline import configs, db, rulebook
from botplatform.pipeline.composing import Place, compose

Figures = Mapping[str, Any]
"""What `Report.as_dict` gives."""
_CASES = "SELECT text, platform, target, before FROM botplatform_routingcase ORDER BY id"


@dataclass(frozen=True, slots=True)
class Measured:
    """What is in force beside what would be; None where no model could be asked."""

    before: Figures | None = None
    after: Figures | None = None
    loss: str = ""
    """Why publishing would be one; empty if it would not, or nobody knows."""

    def __str__(self) -> str:
        """One line for the version's note."""
        was, now = (figures and figures.get("accuracy") for figures in (self.before, self.after))
        if now is None:
            return "routing not measured"
        return f"routing {now:.1%} right" if was is None else f"routing {was:.1%} → {now:.1%} right"


def measurable(says: AgentFields) -> bool:
    """Whether there is a model to ask."""
    return configs.connected(_model(says))


async def measure(before: AgentFields | None, after: AgentFields) -> Measured:
    """Ask the router's model about every case that no pattern settles, with both. Takes a minute or two."""
    if not measurable(after):
        return Measured()
    settled = await _by_patterns()
    try:
        now = await _asked(settled, after)
        was = await _asked(settled, before) if before and measurable(before) else None
    finally:
        await configs.close()
    if now is None:
        return Measured()
    return Measured(was.as_dict() if was else None, now.as_dict(), loses(was, now) if was else "")


async def _by_patterns() -> Report:
    """The cases held apart and those that operators named, as the patterns in force settle them."""
    own = [
        Case(row["text"], row["platform"], row["target"], turns(row["before"] or [])) for row in await db.rows(_CASES)
    ]
    return evaluate([*load("held_out"), *own], by_patterns((await rulebook.current()).patterns))


async def _asked(settled: Report, says: AgentFields) -> Report | None:
    """None if the model gave not one answer that could be used."""
    provider, model = configs.provider(_model(says))
    prompt = compose(ROUTER, Place(), says.prompt)
    report = await by_model(settled, provider=provider, model=model, prompt=prompt)
    return report if report.settled("model") else None


def _model(says: AgentFields) -> str:
    return says.model or configs.default_router_model()
