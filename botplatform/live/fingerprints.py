"""Short SQL expressions whose results change whenever what a page shows of the rows would look different.

PostgreSQL's `xmin` tells that a row was written, whatever the column. Rows whose heartbeat is no news are named column by
column. States that only time brings about (stuck, expired, due, silent) are compared with `now()`.
"""

from __future__ import annotations

from collections.abc import Sequence

_STUCK = (
    "(b.state = 'processing' AND (b.lease_until < now() OR b.progress_until < now())"
    " AND NOT (b.worker = '' AND coalesce(b.retry_at > now(), false)))"
)
_BATCH = (
    f"concat_ws(':', b.id, b.state, b.size, b.epoch, b.worker, b.attempts, {_STUCK}, b.due_at < now(), b.retry_at > now(),"
    " b.wake_at > now(), b.waits_for, b.paused_agent, b.sent_to, b.reason, b.error, b.finished_at)"
)
_LAPSED = "(p.state = 'running' AND (p.lease_until < now() OR p.progress_until < now()))"
_STEP = (
    f"SELECT concat_ws(':', p.id, p.state, p.epoch, p.process, p.attempts, {_LAPSED}, p.wake_at > now(), p.waits_for, p.said,"
    " p.error, p.finished_at) AS mark FROM botplatform_planstep p"
)
_MINE = "(SELECT batch_id FROM botplatform_update WHERE id = %(id)s)"
_EXPIRED = "(state = 'pending' AND expires_at < now())"


def _sum(rows: str) -> str:
    """One number for many rows in any order; `rows` selects their `mark`."""
    return f"(SELECT concat(count(*), '.', sum(hashtextextended(mark, 0))) FROM ({rows}) AS marked)"


def _written(table: str, where: str, *, more: str = "", rest: str = "") -> str:
    """Whether any of these rows was written, came or went."""
    return _sum(f"SELECT concat_ws(':', id, xmin{more}) AS mark FROM botplatform_{table} WHERE {where} {rest}")


def _open(state: str) -> str:
    """Each state by itself, so that its partial index serves."""
    return f"SELECT concat_ws(':', b.id, b.xmin, {_STUCK}) AS mark FROM botplatform_batch b WHERE b.state = '{state}'"


PARTS = {
    # -- the whole installation
    "clock": "floor(extract(epoch FROM now()) / 15)",
    "newest_update": "(SELECT max(id) FROM botplatform_update)",
    "newest_reply": "(SELECT max(id) FROM botplatform_reply)",
    "newest_step": "(SELECT max(id) FROM botplatform_step)",
    "last_step": "(SELECT max(finished_at) FROM botplatform_step WHERE finished_at IS NOT NULL)",
    "last_batch": "(SELECT max(finished_at) FROM botplatform_batch WHERE finished_at IS NOT NULL)",
    "open_batches": _sum(" UNION ALL ".join(map(_open, ("collecting", "processing", "waiting")))),
    "failed_batches": "(SELECT concat(count(*), '.', max(id)) FROM botplatform_batch WHERE state = 'failed')",
    "trouble": "(SELECT concat(count(*), '.', max(id)) FROM botplatform_reply WHERE state IN ('failed', 'unknown'))",
    "quarantined": "(SELECT concat(count(*), '.', max(id)) FROM botplatform_update WHERE state = 'quarantined')",
    "unusual_sessions": _sum(
        "SELECT concat_ws(':', id, mode, held_by) AS mark FROM botplatform_session WHERE NOT (mode = 'normal')"
    ),
    "pending": _written("approval", "state = 'pending'", more=f", {_EXPIRED}"),
    "approvals": _written("approval", "true", rest="ORDER BY id DESC LIMIT 100"),
    "alive": _sum(
        "SELECT concat_ws(':', name, started_at, seen_at > now() - %(silent)s) AS mark FROM botplatform_process"
    ),
    "processes": _written("process", "true"),
    "bots": _written("bot", "true"),
    "agents": _written("agentconfig", "true"),
    "open_steps": _sum(f"{_STEP} WHERE p.state = 'running' UNION ALL {_STEP} WHERE p.state IN ('pending', 'waiting')"),
    # -- one plan
    "plan": "(SELECT concat_ws(':', state, summary, finished_at) FROM botplatform_plan WHERE id = %(id)s)",
    "plan_steps": _sum(f"{_STEP} WHERE p.plan_id = %(id)s"),
    "plan_batch": (
        f"(SELECT {_BATCH} FROM botplatform_batch b WHERE id = (SELECT batch_id FROM botplatform_plan WHERE id = %(id)s))"
    ),
    "plan_runs": _written("run", "plan_step_id IN (SELECT id FROM botplatform_planstep WHERE plan_id = %(id)s)"),
    "plan_approvals": _written(
        "approval",
        "plan_step_id IN (SELECT id FROM botplatform_planstep WHERE plan_id = %(id)s)",
        more=f", {_EXPIRED}",
    ),
    # -- one conversation
    "session": (
        "(SELECT concat_ws(':', mode, held_by, held_at, title, history_from, not_before, not_before > now(), debug_for)"
        " FROM botplatform_session WHERE id = %(id)s)"
    ),
    "said": _written("message", "session_id = %(id)s", rest="ORDER BY batch_id DESC LIMIT 200"),
    "session_replies": _written("reply", "session_id = %(id)s", rest="ORDER BY id DESC LIMIT 100"),
    "session_batches": _sum(
        f"SELECT {_BATCH} AS mark FROM botplatform_batch b WHERE session_id = %(id)s ORDER BY id DESC LIMIT 50"
    ),
    "session_approvals": _written(
        "approval", "session_id = %(id)s", more=f", {_EXPIRED}", rest="ORDER BY number DESC LIMIT 50"
    ),
    "session_steps": _written(
        "step",
        "run_id IN (SELECT r.id FROM botplatform_run r JOIN botplatform_batch b ON b.id = r.batch_id"
        " WHERE b.session_id = %(id)s AND b.state IN ('processing', 'waiting'))",
    ),
    "session_plans": _sum(
        f"{_STEP} WHERE p.plan_id IN (SELECT pl.id FROM botplatform_plan pl JOIN botplatform_batch b ON b.id = pl.batch_id"
        " WHERE b.session_id = %(id)s AND b.state = 'waiting')"
    ),
    "reminders": _written("reminder", "session_id = %(id)s"),
    "todos": _written("todo", "session_id = %(id)s"),
    "session_bot": (
        "(SELECT concat_ws(':', b.paused, b.enabled, b.problem) FROM botplatform_session s"
        " JOIN botplatform_bot b ON b.id = s.bot_id WHERE s.id = %(id)s)"
    ),
    # -- one update
    "update": _written("update", "id = %(id)s"),
    "update_session": (
        "(SELECT concat_ws(':', s.mode, s.held_by, s.title, s.not_before > now(), b.paused, b.enabled, b.problem)"
        " FROM botplatform_update u JOIN botplatform_bot b ON b.id = u.bot_id"
        " LEFT JOIN botplatform_session s ON s.id = u.session_id WHERE u.id = %(id)s)"
    ),
    "update_batch": f"(SELECT {_BATCH} FROM botplatform_batch b WHERE id = {_MINE})",
    "update_message": _written("message", "update_id = %(id)s"),
    "update_route": _written("route", f"batch_id = {_MINE}"),
    "update_runs": _written("run", f"batch_id = {_MINE}"),
    "update_steps": _written("step", f"run_id IN (SELECT id FROM botplatform_run WHERE batch_id = {_MINE})"),
    "update_plans": _written("plan", f"batch_id = {_MINE}"),
    "update_plan_steps": _sum(f"{_STEP} WHERE p.plan_id IN (SELECT id FROM botplatform_plan WHERE batch_id = {_MINE})"),
    "update_approvals": _written("approval", f"batch_id = {_MINE}", more=f", {_EXPIRED}"),
    "update_replies": _written("reply", f"batch_id = {_MINE} OR update_id = %(id)s"),
    # -- one trial
    "trial": _written("trial", "id = %(id)s"),
}


def statement(parts: Sequence[str]) -> str:
    """One statement whose one value, `fingerprint`, stands for all of these parts."""
    return f"SELECT concat_ws('|', {', '.join(PARTS[part] for part in parts)}) AS fingerprint"
