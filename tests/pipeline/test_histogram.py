"""Percentiles read from classes of durations are near the exact ones."""

from __future__ import annotations

import math

import psycopg
import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as some

from botplatform.pipeline.rollups import histogram

DURATIONS = some.lists(some.floats(histogram.SHORTEST_MS, histogram.LONGEST_MS * 0.999), min_size=1, max_size=60)


def _class(ms: float) -> int:
    """As class_of has the database do it."""
    if ms < histogram.SHORTEST_MS:
        return 0
    return min(1 + math.floor(math.log10(ms / histogram.SHORTEST_MS) * histogram.PER_DECADE), histogram.INNER + 1)


def _histogram(durations: list[float]) -> list[int]:
    counts = [0] * histogram.CLASSES
    for ms in durations:
        counts[_class(ms)] += 1
    return counts


def _exact(durations: list[float], percent: float) -> float:
    ordered = sorted(durations)
    return ordered[max(math.ceil(len(ordered) * percent / 100), 1) - 1]


@given(durations=DURATIONS, percent=some.sampled_from([50, 95, 99]))
def test_percentile_is_within_one_class_of_the_exact_one(durations: list[float], percent: float) -> None:
    read = histogram.percentile(_histogram(durations), percent)
    assert read is not None
    assert 1 / histogram.STEP <= read / _exact(durations, percent) * (1 + 1e-9) <= histogram.STEP * (1 + 1e-6)


@given(durations=DURATIONS)
def test_higher_percentiles_are_not_lower(durations: list[float]) -> None:
    read = [histogram.percentile(_histogram(durations), percent) or 0 for percent in (1, 50, 95, 99, 100)]
    assert read == sorted(read)


@given(one=DURATIONS, other=DURATIONS)
def test_histograms_add_up(one: list[float], other: list[float]) -> None:
    assert histogram.added([_histogram(one), _histogram(other)]) == _histogram(one + other)


def test_nothing_has_no_percentile() -> None:
    assert histogram.percentile([], 50) is None
    assert histogram.percentile([0, 0], 50) is None


def test_what_is_beyond_the_classes_is_told_by_their_ends() -> None:
    assert 0 < (histogram.percentile(_histogram([0.5]), 50) or 0) <= histogram.SHORTEST_MS
    assert histogram.percentile(_histogram([1e9]), 50) == pytest.approx(histogram.LONGEST_MS)


def test_the_database_puts_durations_into_the_same_classes(servers: None) -> None:
    durations = [0.0, 0.4, 9.99, 10.5, 12.0, 12.2, 99.0, 101.0, 900.0, 5000.0, 61_000.0, 3.6e6, 1.2e7, 5e8]
    with psycopg.connect(settings.DATABASE_URL) as connection:
        sql = f"SELECT {histogram.class_of('ms')} FROM unnest(%s::float8[]) WITH ORDINALITY one(ms, n) ORDER BY n"
        found = [number for (number,) in connection.execute(sql.encode(), (durations,)).fetchall()]
    assert found == [_class(ms) for ms in durations]
