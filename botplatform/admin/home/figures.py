"""What charts are drawn from: sums by bucket, and histograms, read from rollups alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from botplatform.admin.home.looking import MODELS, Look
from botplatform.admin.home.spans import Span
from botplatform.pipeline.rollups.histogram import CLASSES, added

_WHERE = """grain = %(grain)s AND kind = ANY(%(kinds)s) AND at >= %(since)s AND bot_id IS NOT NULL
        AND (%(bots)s::bigint[] IS NULL OR bot_id = ANY(%(bots)s))"""
_SUMS = f"""
    SELECT kind, date_bin(%(bucket)s, at, %(since)s), name, detail, sum(count), sum(errors), sum(amount), sum(share), sum(milliseconds),
        sum(tokens_in), sum(tokens_out), sum(cost_usd), max(last_at)
    FROM botplatform_rollup WHERE {_WHERE} GROUP BY 1, 2, 3, 4"""  # noqa: S608 - of constants, as are the next two
_HISTOGRAMS = f"""
    SELECT kind, date_bin(%(bucket)s, at, %(since)s), detail, ARRAY[{", ".join(f"sum(histogram[{n}])" for n in range(1, CLASSES + 1))}]
    FROM botplatform_rollup WHERE {_WHERE} AND histogram <> '{{}}' GROUP BY 1, 2, 3"""  # noqa: S608
_LAST = f"SELECT name, max(last_at) FROM botplatform_rollup WHERE {_WHERE} GROUP BY 1"  # noqa: S608
CHARTED = frozenset({"answer", "batch", "route", "run", "model"})
LOOKED_BACK = timedelta(days=30)
"""For the last run of each agent."""


@dataclass(frozen=True, slots=True)
class Sum:
    """Of one bucket, and one name and detail."""

    kind: str
    at: datetime
    name: str
    detail: str
    count: int
    errors: int
    amount: int
    share: float
    milliseconds: int
    tokens_in: int
    tokens_out: int
    cost: Decimal
    last_at: datetime | None


@dataclass(slots=True)
class Figures:
    """All that one page of charts needs."""

    span: Span
    starts: Sequence[datetime]
    kinds: frozenset[str]
    """What the person may see."""
    sums: dict[str, list[Sum]] = field(default_factory=lambda: defaultdict(list))
    """By kind."""
    histograms: list[tuple[str, datetime, str, list[int]]] = field(default_factory=list)
    """Kind, bucket, detail, and how many durations fell into each class."""
    last_runs: dict[str, datetime] = field(default_factory=dict)
    """By agent, up to LOOKED_BACK ago."""

    def histogram(self, kind: str, *, at: datetime | None = None, detail: str | None = None) -> list[int]:
        """Of a kind; of one bucket, of one detail."""
        return added(
            histogram
            for own, start, what, histogram in self.histograms
            if own == kind and at in (None, start) and detail in (None, what)
        )


def kinds_for(look: Look) -> frozenset[str]:
    return frozenset(kind for kind, model in MODELS.items() if look.sees(model))


def read(look: Look, span: Span, now: datetime) -> Figures:
    """Three statements, whatever there is."""
    starts, kinds = span.starts(now), kinds_for(look)
    figures = Figures(span, starts, kinds)
    bots = look.bots()
    asked: dict[str, Any] = {
        "grain": span.grain, "kinds": list(kinds & CHARTED), "since": starts[0], "bucket": span.bucket,
        "bots": None if bots is None else list(bots),
    }  # fmt: skip
    timed = [kind for kind in ("answer", "model") if kind in kinds]
    last: dict[str, Any] = {"grain": "day", "kinds": ["run"] if "run" in kinds else [], "since": now - LOOKED_BACK}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL jit = off")  # compiling takes longer than the statements do
        cursor.execute(_SUMS, asked)
        for row in cursor.fetchall():
            figures.sums[row[0]].append(Sum(*row))
        cursor.execute(_HISTOGRAMS, {**asked, "kinds": timed})
        figures.histograms = [
            (kind, at, detail, [count or 0 for count in counts]) for kind, at, detail, counts in cursor.fetchall()
        ]
        cursor.execute(_LAST, {**asked, **last})
        figures.last_runs = dict(cursor.fetchall())
    return figures


def last_hour(look: Look, now: datetime) -> list[int]:
    """The histogram of the time to answer."""
    bots = look.bots()
    asked: dict[str, Any] = {"grain": "minute", "kinds": ["answer"], "since": now - timedelta(hours=1), "bucket": timedelta(hours=2),
             "bots": None if bots is None else list(bots)}  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_HISTOGRAMS, asked)
        return added([count or 0 for count in counts] for *_, counts in cursor.fetchall())


def by_bucket(figures: Figures, sums: Iterable[Sum], what: str) -> list[Any]:
    """One figure a bucket; 0 where nothing happened."""
    found: dict[datetime, Any] = defaultdict(int)
    for one in sums:
        found[one.at] += getattr(one, what)
    return [found[start] for start in figures.starts]
