"""watch(): look at every running canary, keep what was seen, and send back what has passed a threshold."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import structlog
from psycopg.types.json import Jsonb

from botplatform.pipeline import configs, db
from botplatform.pipeline.canaries.figures import Figures, failing, figures
from botplatform.pipeline.canaries.verdict import Thresholds, judge

log = structlog.get_logger(__name__)

LOOK_BACK = timedelta(days=7)
"""How far the published version's runs are gone back to where too few have ended since the canary began."""
BY_ITSELF = "by itself"

_RUNNING = """
    SELECT k.*, c.name AS agent, c.published_id, b.number AS beside_number, p.number AS published_number
    FROM botplatform_canary k JOIN botplatform_agentconfig c ON c.id = k.config_id
    JOIN botplatform_agentconfigversion b ON b.id = k.beside_id
    LEFT JOIN botplatform_agentconfigversion p ON p.id = c.published_id
    WHERE k.state = 'running' ORDER BY k.id"""
_LOOKED = """
    UPDATE botplatform_canary SET evidence = %(evidence)s, looks = looks + 1, looked_at = now(), state = %(state)s,
        reason = %(reason)s, ended_by = %(by)s, ended_at = CASE WHEN %(by)s = '' THEN NULL ELSE now() END
    WHERE id = %(id)s AND state = 'running'"""


async def watch() -> None:
    """One look at each. Harmless when several processes look at once: whoever comes second finds it ended."""
    for canary in await db.rows(_RUNNING):
        await _look(canary)


async def _look(canary: db.Row) -> None:
    own = await figures(canary["version_id"], canary["started_at"])
    other, compared = await _beside(canary)
    allowed = Thresholds(*(canary[name] for name in Thresholds.__dataclass_fields__))
    reason = judge(own, other, allowed)
    state = "returned" if reason else "running"
    if not reason and canary["published_id"] != canary["beside_id"]:
        state, reason = "stopped", f"version {canary['published_number']} was published meanwhile"
    found = await failing(canary["version_id"], canary["started_at"])
    evidence = {
        "canary": own.as_dict(), "beside": other.as_dict(), "compared_with": compared,
        "thresholds": {name: canary[name] for name in Thresholds.__dataclass_fields__},
        "failing_runs": found["runs"], "wrong_batches": found["batches"],
    }  # fmt: skip
    by = "" if state == "running" else BY_ITSELF
    values = {"id": canary["id"], "evidence": Jsonb(evidence), "state": state, "reason": reason, "by": by}
    if await db.change(_LOOKED, values) and state != "running":
        configs.forget()
        log.warning("canary.ended", canary_id=canary["id"], agent=canary["agent"], state=state, reason=reason, by=by)


async def _beside(canary: db.Row) -> tuple[Figures, str]:
    """The published version's figures of the same time; of its last days where that are too few."""
    number, began = canary["beside_number"], canary["started_at"]
    same = await figures(canary["beside_id"], began)
    earlier = datetime.now(UTC) - LOOK_BACK
    if same.runs >= canary["min_runs"] or earlier > began:
        return same, f"version {number} since the canary began"
    return await figures(canary["beside_id"], earlier), f"version {number} in the last {LOOK_BACK.days} days"
