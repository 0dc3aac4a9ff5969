"""judge(): whether a canary has passed a threshold, from the figures of both versions alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from botplatform.pipeline.canaries.bounds import Share, surely_above, surely_more
from botplatform.pipeline.canaries.figures import Figures

JUDGED_LEAST = 5
"""Judged answers of the canary before verdicts say anything."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """See the fields of Canary."""

    min_runs: int
    max_error_percent: float
    max_cost_percent: float
    max_wrong_percent: float


def judge(canary: Figures, beside: Figures, allowed: Thresholds) -> str:
    """Why the canary has to go back, in words; empty while it may stay.

    A threshold counts only where the difference is more than chance besides. With too few runs of the published version
    to compare with, the canary's own share of failures counts, at its lower bound.
    """
    if canary.runs < allowed.min_runs:
        return ""
    return "; ".join(_reasons(canary, beside, allowed))


def _reasons(canary: Figures, beside: Figures, allowed: Thresholds) -> Iterator[str]:
    if beside.runs < allowed.min_runs:
        if canary.errors.bounds()[0] > allowed.max_error_percent / 100:
            yield f"{_of(canary.errors, 'runs')} failed, and the published version has too few runs to compare with"
        return
    if _passes(canary.errors, beside.errors, allowed.max_error_percent):
        yield f"{_of(canary.errors, 'runs')} failed, against {_of(beside.errors, 'runs')}"
    if _costs_more(canary, beside, allowed.max_cost_percent):
        more = (canary.cost_usd / beside.cost_usd - 1) * 100
        yield f"a run costs ${canary.cost_usd:.6f}, {more:.0f} % more than ${beside.cost_usd:.6f}"
    if canary.judged >= JUDGED_LEAST and _passes(canary.verdicts, beside.verdicts, allowed.max_wrong_percent):
        said = _of(canary.verdicts, "judged answers"), _of(beside.verdicts, "judged answers")
        yield f"{said[0]} are wrong, against {said[1]}"


def _passes(share: Share, other: Share, points: float) -> bool:
    return (share.value - other.value) * 100 > points and surely_above(share, other) > 0


def _costs_more(canary: Figures, beside: Figures, percent: float) -> bool:
    """A published version that costs nothing has a model without a price: there is nothing to compare."""
    if beside.cost_usd <= 0 or canary.cost_usd <= beside.cost_usd * (1 + percent / 100):
        return False
    return surely_more(canary.cost, beside.cost) > 0


def _of(share: Share, what: str) -> str:
    return f"{share.value:.1%} ({share.hits} of {share.of} {what})"
