"""figures(): what a version's runs were like. Runs of one batch count as one, so that retries are no further evidence."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from botplatform.pipeline import db
from botplatform.pipeline.canaries.bounds import Mean, Share

MOST = 2_000
"""Latest runs that are looked at, so that a look stays quick."""
NAMED = 20
"""Failing runs and wrongly answered batches that evidence names."""

_ENDED = """
    WITH ended AS (
        SELECT id, batch_id, state <> 'succeeded' AS failed FROM botplatform_run
        WHERE config_version_id = %(version)s AND started_at >= %(since)s AND state IN ('succeeded', 'failed', 'lost')
        ORDER BY started_at DESC LIMIT %(most)s)"""
_FIGURES = f"""{_ENDED}, answered AS (
        SELECT e.batch_id, bool_or(e.failed) AS failed, sum(st.tokens) AS tokens, sum(st.cost) AS cost, sum(st.ms) AS ms
        FROM ended e CROSS JOIN LATERAL (
            SELECT coalesce(sum(s.tokens_in + s.tokens_out), 0) AS tokens, coalesce(sum(s.cost_usd), 0) AS cost,
                coalesce(sum(s.ms), 0) AS ms
            FROM botplatform_step s WHERE s.run_id = e.id) st
        GROUP BY e.batch_id)
    SELECT count(*) AS runs, count(*) FILTER (WHERE a.failed) AS failed,
        coalesce(avg(a.tokens), 0)::float AS tokens, coalesce(avg(a.cost), 0)::float AS cost_usd,
        coalesce(stddev_samp(a.cost), 0)::float AS cost_deviation,
        coalesce(percentile_cont(0.95) WITHIN GROUP (ORDER BY a.ms), 0)::int AS p95_ms,
        count(*) FILTER (WHERE r.verdict <> '') AS judged, count(*) FILTER (WHERE r.verdict = 'wrong') AS wrong
    FROM answered a LEFT JOIN botplatform_route r ON r.batch_id = a.batch_id"""
_FAILING = f"{_ENDED} SELECT id FROM ended WHERE failed ORDER BY id DESC LIMIT %(named)s"
_WRONG = f"""{_ENDED}
    SELECT DISTINCT e.batch_id AS id FROM ended e JOIN botplatform_route r ON r.batch_id = e.batch_id
    WHERE r.verdict = 'wrong' ORDER BY 1 DESC LIMIT %(named)s"""


@dataclass(frozen=True, slots=True)
class Figures:
    """One version's, over batches with an ended run. Means are of a batch; `p95_ms` is time spent in steps."""

    since: str
    runs: int
    failed: int
    tokens: float
    cost_usd: float
    cost_deviation: float
    p95_ms: int
    judged: int
    wrong: int

    @property
    def errors(self) -> Share:
        return Share(self.failed, self.runs)

    @property
    def verdicts(self) -> Share:
        return Share(self.wrong, self.judged)

    @property
    def cost(self) -> Mean:
        return Mean(self.cost_usd, self.cost_deviation, self.runs)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


async def figures(version_id: int, since: datetime) -> Figures:
    """Of the version's runs that began since then and have ended."""
    row = await db.row(_FIGURES, _of(version_id, since))
    return Figures(since=since.isoformat(), **(row or {}))


async def failing(version_id: int, since: datetime) -> dict[str, list[int]]:
    """Ids of the latest `runs` that failed, and of the latest `batches` that went wrong by an operator's verdict."""
    of = _of(version_id, since)
    runs, batches = await db.rows(_FAILING, of), await db.rows(_WRONG, of)
    return {"runs": [row["id"] for row in runs], "batches": [row["id"] for row in batches]}


def _of(version_id: int, since: datetime) -> db.Row:
    return {"version": version_id, "since": since, "most": MOST, "named": NAMED}
