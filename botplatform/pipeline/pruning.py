"""prune(): what has served its time is deleted, in bites that hold no lock for long."""

from __future__ import annotations

import structlog
from django.conf import settings

from botplatform.pipeline import db

log = structlog.get_logger(__name__)

BITE = 2000

# An update that is not settled, or whose batch is not, stays however old it is.
_UPDATES = """
    WITH gone AS (
        DELETE FROM botplatform_update WHERE id IN (
            SELECT u.id FROM botplatform_update u LEFT JOIN botplatform_batch b ON b.id = u.batch_id
            WHERE u.received_at < now() - %(age)s AND u.state IN ('done', 'ignored', 'failed')
              AND coalesce(b.state IN ('done', 'failed', 'cancelled'), true)
            ORDER BY u.received_at LIMIT %(bite)s FOR UPDATE OF u SKIP LOCKED)
        RETURNING id
    ), message AS (
        UPDATE botplatform_message m SET update_id = NULL FROM gone WHERE m.update_id = gone.id
    ), reply AS (
        UPDATE botplatform_reply r SET update_id = NULL FROM gone WHERE r.update_id = gone.id
    )
    SELECT id FROM gone"""
_PROMPTS = """
    UPDATE botplatform_step SET request = NULL, response = NULL WHERE id IN (
        SELECT st.id FROM botplatform_step st JOIN botplatform_run r ON r.id = st.run_id JOIN botplatform_batch b ON b.id = r.batch_id
        WHERE st.started_at < now() - %(age)s AND st.request IS NOT NULL AND b.state IN ('done', 'failed', 'cancelled')
        ORDER BY st.started_at LIMIT %(bite)s FOR UPDATE OF st SKIP LOCKED)"""
_MESSAGES = """
    DELETE FROM botplatform_message WHERE id IN (
        SELECT m.id FROM botplatform_message m JOIN botplatform_session s ON s.id = m.session_id
             LEFT JOIN botplatform_batch b ON b.id = m.batch_id
        WHERE m.created_at < now() - %(age)s AND s.last_active_at < now() - %(ttl)s
          AND coalesce(b.state IN ('done', 'failed', 'cancelled'), true)
        ORDER BY m.created_at LIMIT %(bite)s FOR UPDATE OF m SKIP LOCKED)"""

_ROLLUPS = """
    DELETE FROM botplatform_rollup WHERE grain = 'minute' AND at < now() - interval '3 days' OR at < now() - interval '400 days'"""


async def prune() -> dict[str, int]:
    """Delete raw updates and prompts past UPDATE_RETENTION_DAYS, and messages of sessions that started afresh since; counts by kind."""
    params = {"age": settings.UPDATE_RETENTION, "ttl": settings.SESSION_TTL, "bite": BITE}
    kinds = {"updates": _UPDATES, "prompts": _PROMPTS, "messages": _MESSAGES}
    counts = dict.fromkeys(kinds, 0)
    for kind, sql in kinds.items():
        while changed := await db.change(sql, params):
            counts[kind] += changed
    await db.change("DELETE FROM botplatform_process WHERE seen_at < now() - interval '1 day'")
    await db.change(_ROLLUPS)
    await db.change("DELETE FROM django_session WHERE expire_date < now()")
    log.info("pruned", **counts)
    return counts
