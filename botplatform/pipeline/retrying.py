"""again(): a batch goes back to the workers, from its last whole step or from the start."""

from __future__ import annotations

from botplatform.pipeline import approvals, cancelling, db
from botplatform.pipeline.plans import ending as plans

_STUCK = "(state = 'processing' AND (lease_until < now() OR progress_until < now()))"
_PARKED = """(state = 'waiting'
        AND NOT EXISTS (SELECT FROM botplatform_plan WHERE batch_id = %(id)s AND state = 'running')
        AND NOT EXISTS (SELECT FROM botplatform_approval WHERE batch_id = %(id)s AND state = 'pending'))"""
_HAS_MESSAGES = "EXISTS (SELECT FROM botplatform_message WHERE batch_id = %(id)s AND role = 'user')"
_WAITING_AGAIN = """
    UPDATE botplatform_batch SET state = 'waiting', wake_at = now(), attempts = 0, lost_leases = 0, retry_at = NULL,
        worker = '', agent = '', paused_agent = '', finished_at = NULL, reason = ''"""
_RESUME = f"""{_WAITING_AGAIN}
    WHERE id = %(id)s AND (state IN ('failed', 'cancelled') OR {_STUCK} OR {_PARKED}) AND {_HAS_MESSAGES}
    RETURNING id, session_id""".encode()
_ANEW = f"""{_WAITING_AGAIN}, from_run = (SELECT max(id) FROM botplatform_run WHERE batch_id = %(id)s),
        sent_to = coalesce(nullif(%(agent)s, ''), sent_to)
    WHERE id = %(id)s AND (state IN ('failed', 'cancelled', 'done', 'waiting') OR {_STUCK}) AND {_HAS_MESSAGES}
    RETURNING id, session_id""".encode()
_END_RUNS = b"""
    UPDATE botplatform_run SET state = 'lost', error = %(why)s, finished_at = now()
    WHERE batch_id = %(id)s AND (plan_step_id IS NULL AND state = 'running' OR %(anew)s AND state IN ('running', 'waiting'))"""
# A call that was asked for and is not wanted any more may be asked for again. What was decided for an answer that is given
# anew holds for none of its calls, whatever ids they have.
_ASK_ANEW = b"""
    UPDATE botplatform_approval SET tool_use_id = tool_use_id || ' (void ' || number || ')'
    WHERE batch_id = %(id)s AND (state = 'void' OR %(anew)s) AND tool_use_id NOT LIKE '%% (void %%'"""
_QUEUE = b"""
    UPDATE botplatform_update SET state = 'queued', handled_at = NULL, reason = ''
    WHERE batch_id = %(id)s AND state IN ('failed', 'done', 'ignored')"""
# What was said stays in the chat; what was not is not sent beside the new answer.
_REPLACE = b"""
    UPDATE botplatform_reply SET replaced_at = now(),
        state = CASE WHEN state = 'pending' THEN 'failed' ELSE state END,
        error = CASE WHEN state = 'pending' THEN 'replaced by a new answer' ELSE error END
    WHERE batch_id = %(id)s AND kind = 'answer' AND replaced_at IS NULL"""
_LEAVE_STANDING = b"""
    UPDATE botplatform_reply SET provider_id = '', error = 'became the answer before'
    WHERE batch_id = %(id)s AND kind = 'placeholder' AND state = 'sent' AND EXISTS (
        SELECT FROM botplatform_reply a WHERE a.batch_id = %(id)s AND a.kind IN ('answer', 'operator') AND a.state = 'sent')"""


async def again(connection: db.Connection, batch_id: int, *, by: str, anew: bool, agent: str) -> db.Row | None:
    """Within a transaction. The row with `session_id`, or None where the batch's state does not allow it."""
    values = {"id": batch_id, "agent": agent, "anew": anew, "why": f"sent again by {by}"}
    row = await (await connection.execute(_ANEW if anew else _RESUME, values)).fetchone()
    if row is None:
        return None
    if anew:
        await plans.cancel(connection, [batch_id])  # first: once they are stopped, no step opens a run
    await connection.execute(_END_RUNS, values)
    if anew:
        await connection.execute(cancelling.BREAK_OFF, (batch_id,))
        await approvals.void(connection, [batch_id])
        await connection.execute(_LEAVE_STANDING, values)
        await connection.execute(_REPLACE, values)
    else:
        await plans.reopen(connection, batch_id)
    await connection.execute(_ASK_ANEW, values)
    await connection.execute(_QUEUE, values)
    return row
