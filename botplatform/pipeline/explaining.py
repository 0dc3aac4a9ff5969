"""explain(): the story of one update, from its arrival to the provider's receipts."""

from __future__ import annotations

from typing import Any

from botplatform.pipeline import db

_UPDATE = """
    SELECT u.id, u.external_id, u.state, u.reason, u.kind, u.request_id, u.received_at, u.text, u.session_id, u.batch_id,
        b.transport || '/' || b.slug AS bot, s.key AS session_key, s.title AS session_title, s.mode AS session_mode
    FROM botplatform_update u JOIN botplatform_bot b ON b.id = u.bot_id LEFT JOIN botplatform_session s ON s.id = u.session_id
    WHERE u.id = %s"""
_BATCH = """
    SELECT id, state, attempts, reason, error, size, request_id, opened_at, claimed_at, finished_at,
        ARRAY(SELECT id FROM botplatform_update WHERE batch_id = b.id ORDER BY id) AS updates
    FROM botplatform_batch b WHERE id = %s"""
_ROUTE = "SELECT method, rule, classification, target, latency_ms, note, model, cost_usd FROM botplatform_route WHERE batch_id = %s"
_RUNS = """
    SELECT r.id, r.state, r.agent, v.number AS config_version, r.epoch, r.worker, r.error, r.note, r.started_at, r.finished_at
    FROM botplatform_run r LEFT JOIN botplatform_agentconfigversion v ON v.id = r.config_version_id
    WHERE r.batch_id = %s ORDER BY r.id"""
_STEPS = """
    SELECT run_id, id, kind, name, state, tokens_in, tokens_out, cost_usd, ms, stop_reason, error
    FROM botplatform_step WHERE run_id = ANY(%s) ORDER BY id"""
_APPROVALS = """
    SELECT id, number, tool, state, arguments, risk, reason, decider, decided_by, decided_via, comment, created_at, expires_at,
        decided_at, executed_at
    FROM botplatform_approval WHERE batch_id = %s ORDER BY id"""
_REPLIES = """
    SELECT id, kind, state, provider_id, part, text, error, attempts, created_at, sent_at FROM botplatform_reply
    WHERE (batch_id = %s OR update_id = %s) ORDER BY id"""


async def explain(update_id: int) -> dict[str, Any] | None:
    """Everything that is stored about one update, as JSON-ready values; None when it does not exist."""
    update = await db.row(_UPDATE, (update_id,))
    if update is None:
        return None
    batch_id = update["batch_id"]
    runs = await db.rows(_RUNS, (batch_id,))
    replies = await db.rows(_REPLIES, (batch_id, update_id))
    session = {
        "id": update["session_id"],
        "key": update["session_key"],
        "title": update["session_title"],
        "mode": update["session_mode"],
    }
    return {
        "update": {
            key: update[key]
            for key in ("id", "external_id", "state", "reason", "kind", "bot", "request_id", "received_at", "text")
        },
        "session": session if update["session_id"] else None,
        "batch": await db.row(_BATCH, (batch_id,)),
        "route": await db.row(_ROUTE, (batch_id,)),
        "runs": await _with_steps(runs),
        "approvals": await db.rows(_APPROVALS, (batch_id,)),
        "plan": None,
        "replies": [reply for reply in replies if reply["kind"] != "placeholder"],
        "placeholders": [reply for reply in replies if reply["kind"] == "placeholder"],
    }


async def _with_steps(runs: list[db.Row]) -> list[db.Row]:
    steps = await db.rows(_STEPS, ([run["id"] for run in runs],))
    return [{**run, "steps": [step for step in steps if step["run_id"] == run["id"]]} for run in runs]
