"""The plans of a batch, as the story tells them."""

from __future__ import annotations

from typing import Any

from botplatform.pipeline import db

_PLANS = """
    SELECT id, run_id, number, epoch, state, summary, parallel, attempts, created_at, finished_at
    FROM botplatform_plan WHERE batch_id = %s ORDER BY number, id"""
_STEPS = """
    SELECT plan_id, key AS id, id AS row, position, worker, state, description, task, depends_on, result, error, attempts, sources,
        waits_for, wake_at, said, process, lease_until, heartbeat_at, progress_at, progress_until, started_at, finished_at
    FROM botplatform_planstep WHERE plan_id = ANY(%s) ORDER BY plan_id, position, id"""


async def of_batch(batch_id: int | None) -> list[dict[str, Any]]:
    """Each plan with its steps, the latest last. A step's `id` is what its plan calls it, its `row` the number of its row."""
    plans = await db.rows(_PLANS, (batch_id,))
    steps = await db.rows(_STEPS, ([plan["id"] for plan in plans],)) if plans else []
    return [{**plan, "steps": [step for step in steps if step["plan_id"] == plan["id"]]} for plan in plans]
