"""settled(): updates that ask something only of a bot that has done a certain thing in the conversation before."""

from __future__ import annotations

import dataclasses

from botplatform.pipeline import db
from botplatform.pipeline.inbox import Arrival
from transports.base import Kind

_USED = """
    SELECT true FROM botplatform_session s
    JOIN botplatform_batch b ON b.session_id = s.id
    JOIN botplatform_run r ON r.batch_id = b.id
    JOIN botplatform_step t ON t.run_id = r.id
    WHERE s.bot_id = %s AND s.key = %s AND t.kind = 'tool' AND t.name = %s AND t.state = 'succeeded' LIMIT 1"""


async def settled(arrival: Arrival) -> Arrival:
    """The same arrival, or an ignored one where no run of its conversation has used the tool that it names.

    Raises psycopg.Error when the database is away.
    """
    update = arrival.update
    if not update.after_tool or update.ignored or arrival.quarantined:
        return arrival
    key = update.conversation.key if update.conversation else ""
    if await db.row(_USED, (arrival.bot_id, key, update.after_tool)):
        return arrival
    ignored = dataclasses.replace(
        update, kind=Kind.OTHER, conversation=None, dedup_key="", ignored=f"{update.after_tool} was never used here"
    )
    return dataclasses.replace(arrival, update=ignored)
