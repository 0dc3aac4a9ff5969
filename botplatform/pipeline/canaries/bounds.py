"""Whether a difference between two samples is more than chance: one-sided bounds, cautious enough for a look every 30 s."""

from __future__ import annotations

import math
from dataclasses import dataclass

Z = 3.0
"""Standard errors. One look alone errs about once in 700; a canary is looked at many times."""


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    hits: int
    of: int

    @property
    def value(self) -> float:
        return self.hits / self.of if self.of else 0.0

    def bounds(self) -> tuple[float, float]:
        """Where the true share lies: Wilson's score interval. Source: E. B. Wilson, JASA 22 (1927), 209."""
        if not self.of:
            return 0.0, 1.0
        square = Z * Z / self.of
        middle = self.value + square / 2
        spread = Z * math.sqrt(self.value * (1 - self.value) / self.of + square / self.of / 4)
        return max(0.0, (middle - spread) / (1 + square)), min(1.0, (middle + spread) / (1 + square))


@dataclass(frozen=True, slots=True)
class Mean:
    """The mean of so many figures, and their standard deviation."""

    value: float
    deviation: float
    of: int


def surely_above(share: Share, other: Share) -> float:
    """By how much the first share exceeds the other at least; negative or zero: perhaps it does not.

    Source: the hybrid score interval of R. G. Newcombe, Statistics in Medicine 17 (1998), 873, method 10.
    """
    below, above = share.bounds()[0], other.bounds()[1]
    return share.value - other.value - math.hypot(share.value - below, above - other.value)


def surely_more(mean: Mean, other: Mean) -> float:
    """The same for means, each with its own spread (Welch)."""
    if mean.of < 2 or other.of < 2:
        return 0.0
    error = math.sqrt(mean.deviation**2 / mean.of + other.deviation**2 / other.of)
    return mean.value - other.value - Z * error
