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
_BUCKET = "floor(date_part('epoch', at - %(since)s) / %(seconds)s)::int"
# No finer than the charts need it: to carry figures over and to make objects of them costs more than to add them up.
_SUMS = f"""
    SELECT kind, CASE WHEN kind IN ('answer', 'route', 'batch') THEN {_BUCKET} ELSE 0 END,
        CASE WHEN kind = 'batch' THEN '' ELSE name END, CASE WHEN kind IN ('answer', 'route') THEN '' ELSE detail END,
        sum(count), sum(amount), sum(share), sum(tokens_in), sum(tokens_out), sum(cost_usd)
    FROM botplatform_rollup WHERE {_WHERE} GROUP BY 1, 2, 3, 4"""  # noqa: S608 - of constants, as are the next two
_HISTOGRAMS = f"""
    SELECT kind, {_BUCKET}, CASE WHEN kind = 'answer' THEN detail ELSE '' END,
        ARRAY[{", ".join(f"sum(histogram[{n}])" for n in range(1, CLASSES + 1))}]
    FROM botplatform_rollup WHERE {_WHERE} AND histogram <> '{{}}' GROUP BY 1, 2, 3"""  # noqa: S608
_LAST = f"SELECT name, max(last_at) FROM botplatform_rollup WHERE {_WHERE} GROUP BY 1"  # noqa: S608
CHARTED = frozenset({"answer", "batch", "route", "run", "model"})
LOOKED_BACK = timedelta(days=30)
"""For the last run of each agent."""


@dataclass(frozen=True, slots=True)
class Sum:
    """Of one name and one detail: batches have no name, answers and routes no detail, runs and model calls no bucket."""

    kind: str
    bucket: int
    name: str
    detail: str
    count: int
    amount: int
    share: float
    tokens_in: int
    tokens_out: int
    cost: Decimal


@dataclass(slots=True)
class Figures:
    """All that one page of charts needs."""

    span: Span
    starts: Sequence[datetime]
    kinds: frozenset[str]
    """What the person may see."""
    sums: dict[str, list[Sum]] = field(default_factory=lambda: defaultdict(list))
    """By kind."""
    histograms: list[tuple[str, int, str, list[int]]] = field(default_factory=list)
    """Kind, bucket, detail, and how many durations fell into each class."""
    last_runs: dict[str, datetime] = field(default_factory=dict)
    """By agent, up to LOOKED_BACK ago."""

    def histogram(self, kind: str, *, bucket: int | None = None, detail: str | None = None) -> list[int]:
        """Of a kind; of one bucket, of one detail."""
        return added(
            histogram
            for own, number, what, histogram in self.histograms
            if own == kind and bucket in (None, number) and detail in (None, what)
        )


def kinds_for(look: Look) -> frozenset[str]:
    return frozenset(kind for kind, model in MODELS.items() if look.sees(model))


def read(look: Look, span: Span, now: datetime) -> Figures:
    """Three statements, whatever there is."""
    starts, kinds = span.starts(now), kinds_for(look)
    figures = Figures(span, starts, kinds)
    bots = look.bots()
    asked: dict[str, Any] = {
        "grain": span.grain, "kinds": list(kinds & CHARTED), "since": starts[0], "seconds": span.bucket.total_seconds(),
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
            (kind, bucket, detail, [count or 0 for count in counts])
            for kind, bucket, detail, counts in cursor.fetchall()
        ]
        cursor.execute(_LAST, {**asked, **last})
        figures.last_runs = dict(cursor.fetchall())
    return figures


def last_hour(look: Look, now: datetime) -> list[int]:
    """The histogram of the time to answer."""
    bots = look.bots()
    asked: dict[str, Any] = {"grain": "minute", "kinds": ["answer"], "since": now - timedelta(hours=1), "seconds": 7200,
             "bots": None if bots is None else list(bots)}  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_HISTOGRAMS, asked)
        return added([count or 0 for count in counts] for *_, counts in cursor.fetchall())


def by_bucket(figures: Figures, sums: Iterable[Sum], what: str) -> list[Any]:
    """One figure a bucket; 0 where nothing happened."""
    found: list[Any] = [0] * len(figures.starts)
    for one in sums:
        if one.bucket < len(found):
            found[one.bucket] += getattr(one, what)
    return found
