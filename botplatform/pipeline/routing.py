"""route(): choose the agent for a batch and record why."""

from __future__ import annotations

from dataclasses import dataclass

from botplatform.pipeline import db
from botplatform.pipeline.leases import Lease

DEFAULT_AGENT = "simple-agent"

# A batch that is claimed again keeps the decision it has.
_RECORD = """
    INSERT INTO botplatform_route (batch_id, method, target)
    SELECT id, 'direct', %(target)s FROM botplatform_batch WHERE id = %(batch)s AND epoch = %(epoch)s AND state = 'processing'
    ON CONFLICT (batch_id) DO UPDATE SET target = botplatform_route.target RETURNING method, target"""


@dataclass(frozen=True, slots=True)
class Decision:
    """Which agent answers, and how that was found."""

    method: str
    target: str


async def route(lease: Lease) -> Decision:
    """The batch's agent: with routing off, the default agent, directly."""
    row = await db.row(_RECORD, {"batch": lease.batch_id, "epoch": lease.epoch, "target": DEFAULT_AGENT})
    return Decision(row["method"], row["target"]) if row else Decision("direct", DEFAULT_AGENT)
