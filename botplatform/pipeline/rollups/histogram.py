"""Durations in classes: how many fell into each is enough to read any percentile later, and classes can be added up.

Twelve classes a decade from 10 ms to a little over three hours; the first holds what is shorter, the last what is longer.
A class ends 21 % above its beginning. A percentile read from it differs from the exact one by less than that, for durations
within the range; mostly by far less, because it is interpolated within its class.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate

SHORTEST_MS = 10.0
PER_DECADE = 12
INNER = 73
"""Classes between the first and the last."""
CLASSES = INNER + 2
LONGEST_MS = SHORTEST_MS * 10 ** (INNER / PER_DECADE)
STEP = 10 ** (1 / PER_DECADE)
"""Where a class ends, as a multiple of where it begins."""


def class_of(column: str) -> str:
    """SQL: the class of a duration in milliseconds, from 0; NULL of NULL."""
    low, high = 1, 1 + INNER / PER_DECADE
    return f"width_bucket(log(greatest({column}, 1)::float8), {low}, {high!r}, {INNER})"


def bounds(number: int) -> tuple[float, float]:
    """Where a class begins and ends, in milliseconds. The last has no end: its beginning stands for it."""
    if number <= 0:
        return 0.0, SHORTEST_MS
    begins = SHORTEST_MS * 10 ** ((number - 1) / PER_DECADE)
    return begins, begins * STEP if number <= INNER else begins


def percentile(histogram: Sequence[int], percent: float) -> float | None:
    """The duration in milliseconds that so many percent do not exceed; None of nothing."""
    wanted = sum(histogram) * percent / 100
    if not sum(histogram):
        return None
    for number, (count, reached) in enumerate(zip(histogram, accumulate(histogram), strict=True)):
        if count and reached >= wanted:
            begins, ends = bounds(number)
            return begins + (ends - begins) * max(0.0, 1 - (reached - wanted) / count)
    return bounds(len(histogram) - 1)[1]


def added(histograms: Iterable[Sequence[int]]) -> list[int]:
    """All of them as one."""
    total = [0] * CLASSES
    for histogram in histograms:
        for number, count in enumerate(histogram):
            total[number] += count
    return total
