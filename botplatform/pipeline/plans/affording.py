"""within(), afford(): what the steps of a plan may use, together and with the run that planned."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TypeVar

from agents.base import AgentError, AgentSettings
from agents.budget import COST, TOKENS
from agents.outcome import STOPPED
from botplatform.pipeline import db, history

_Limit = TypeVar("_Limit", int, Decimal)
_LIMITS = """
    SELECT v.max_tokens, v.max_cost_usd FROM botplatform_plan pl JOIN botplatform_run r ON r.id = pl.run_id
        JOIN botplatform_agentconfigversion v ON v.id = r.config_version_id WHERE pl.id = %s"""


async def within(settings: AgentSettings, plan_id: int) -> AgentSettings:
    """A worker's settings, with the limits of whoever planned where those are lower: both are for the whole answer."""
    limits = await db.row(_LIMITS, (plan_id,))
    if limits is None:
        return settings
    return replace(
        settings,
        max_tokens=_lower(settings.max_tokens, limits["max_tokens"]),
        max_cost_usd=_lower(settings.max_cost_usd, limits["max_cost_usd"]),
    )


def _lower(own: _Limit | None, other: _Limit | None) -> _Limit | None:
    return min((limit for limit in (own, other) if limit is not None), default=None)


async def afford(settings: AgentSettings, batch_id: int) -> None:
    """Raise AgentError where the answer has used up a limit: of what others spend meanwhile a step's own count knows nothing."""
    if settings.max_tokens is None and settings.max_cost_usd is None:
        return
    tokens, usd = await history.spent(batch_id)
    reached = ""
    if settings.max_tokens is not None and tokens >= settings.max_tokens:
        reached = TOKENS
    elif settings.max_cost_usd is not None and usd >= settings.max_cost_usd:
        reached = COST
    if reached:
        raise AgentError(
            f"{reached} reached by the whole answer", retryable=False, public=STOPPED[reached].strip("_()")
        )
