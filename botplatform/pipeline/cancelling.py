"""What belongs to a batch that was stopped is settled with it."""

from __future__ import annotations

from collections.abc import Sequence

from botplatform.pipeline import approvals, db
from botplatform.pipeline.plans import ending as plans

BREAK_OFF = b"""
    UPDATE botplatform_step SET state = 'unknown', error = 'broken off', finished_at = now()
    WHERE state = 'running' AND run_id IN (SELECT id FROM botplatform_run WHERE batch_id = %s)"""


async def end_cancelled(connection: db.Connection, batch_ids: Sequence[int], reason: str) -> None:
    """Settle the runs, steps and updates of batches that were cancelled."""
    await plans.cancel(connection, list(batch_ids))  # first: once they are stopped, no step opens a run
    await connection.execute(
        b"""UPDATE botplatform_run SET state = 'cancelled', error = %s, finished_at = now()
            WHERE batch_id = ANY(%s) AND state IN ('running', 'waiting')""",
        (reason, list(batch_ids)),
    )
    for batch_id in batch_ids:
        await connection.execute(BREAK_OFF, (batch_id,))
    await approvals.void(connection, batch_ids)
    await connection.execute(
        b"UPDATE botplatform_update SET state = 'done', reason = %s, handled_at = now() WHERE batch_id = ANY(%s) AND state = 'queued'",
        (reason, list(batch_ids)),
    )
