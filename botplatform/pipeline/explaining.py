"""explain(): the story of one update, from its arrival to the provider's receipts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from botplatform.pipeline import db, explaining_plans

_UPDATE = """
    SELECT u.id, u.external_id, u.state, u.reason, u.kind, u.request_id, u.received_at, u.text, u.session_id, u.batch_id,
        u.account_id, u.dedup_key, u.message_id, u.author_id, u.author_name, u.handled_at, u.acknowledged_at,
        b.transport || '/' || b.slug AS bot, b.id AS bot_id, b.enabled AS bot_enabled, b.paused AS bot_paused,
        b.problem AS bot_problem, (SELECT id FROM botplatform_message WHERE update_id = u.id) AS message,
        s.key AS session_key, s.title AS session_title, s.mode AS session_mode, s.held_by, s.held_at, s.not_before,
        s.history_from, now() AS asked_at,
        (SELECT id FROM botplatform_batch ahead WHERE ahead.session_id = u.session_id AND ahead.state = 'processing'
            AND ahead.id <> u.batch_id) AS busy_with
    FROM botplatform_update u JOIN botplatform_bot b ON b.id = u.bot_id LEFT JOIN botplatform_session s ON s.id = u.session_id
    WHERE u.id = %s"""
_BATCH = """
    SELECT id, state, attempts, reason, error, size, request_id, opened_at, claimed_at, finished_at, due_at, retry_at, wake_at,
        epoch, worker, lease_until, heartbeat_at, progress_at, progress_until, lost_leases, agent, sent_to, paused_agent, from_run,
        waits_for, ARRAY(SELECT id FROM botplatform_update WHERE batch_id = b.id ORDER BY id) AS updates
    FROM botplatform_batch b WHERE id = %s"""
_ROUTE = """
    SELECT r.id, r.method, r.rule, r.classification, r.target, r.latency_ms, r.note, r.model, r.cost_usd, r.tokens_in, r.tokens_out,
        r.verdict, r.correct_target, r.judged_by, r.judged_at, r.created_at, r.version_id, v.number AS version,
        (SELECT id FROM botplatform_routingcase WHERE route_id = r.id) AS case_id
    FROM botplatform_route r LEFT JOIN botplatform_routingversion v ON v.id = r.version_id WHERE r.batch_id = %s"""
_RUNS = """
    SELECT r.id, r.state, r.agent, v.number AS config_version, r.epoch, r.worker, r.error, r.note, r.started_at, r.finished_at,
        r.config_version_id, r.switched_from, r.replaces_id, r.untrusted, r.private, r.plan_step_id AS plan_step
    FROM botplatform_run r LEFT JOIN botplatform_agentconfigversion v ON v.id = r.config_version_id
    WHERE r.batch_id = %s ORDER BY r.id"""
_STEPS = """
    SELECT run_id, id, kind, name, state, tokens_in, tokens_out, cost_usd, ms, stop_reason, error, agent, tool_use_id,
        started_at, finished_at
    FROM botplatform_step WHERE run_id = ANY(%s) ORDER BY id"""
# The end of a prompt is what is new in it. What is larger than LARGEST_BODY is not unpacked at all.
_BODIES = """
    SELECT id, CASE WHEN pg_column_size(request) <= %(largest)s THEN
            CASE WHEN kind = 'tool' THEN request
                 ELSE jsonb_build_object('system', left(request->>'system', %(characters)s),
                    'messages', jsonb_path_query_array(request, '$.messages[last-7 to last]'),
                    'before', greatest(jsonb_array_length(jsonb_path_query_array(request, '$.messages[*]')) - 8, 0)) END
        END AS request,
        CASE WHEN pg_column_size(response) <= %(largest)s THEN response END AS response,
        coalesce(pg_column_size(request), 0) > %(largest)s OR coalesce(pg_column_size(response), 0) > %(largest)s AS too_large
    FROM botplatform_step WHERE id = ANY(%(steps)s)"""
_APPROVALS = """
    SELECT id, number, tool, state, arguments, risk, reason, decider, decided_by, decided_via, comment, created_at, expires_at,
        decided_at, executed_at, summary, proposed, run_id, tool_use_id, plan_step_id AS plan_step, asks, options
    FROM botplatform_approval WHERE batch_id = %s ORDER BY id"""
_REPLIES = """
    SELECT id, kind, state, provider_id, part, text, error, attempts, created_at, sent_at, not_before, claimed_at, edits, reply_to,
        sent_by, replaced_at, run_id
    FROM botplatform_reply WHERE (batch_id = %s OR update_id = %s) ORDER BY id"""
STEPS_WITH_BODIES = 60
LARGEST_BODY = 400_000
"""Bytes as stored."""
BODY_CHARACTERS = 12_000


_OF_UPDATE = (
    "id", "external_id", "state", "reason", "kind", "bot", "request_id", "received_at", "text", "account_id", "dedup_key",
    "message_id", "author_id", "author_name", "handled_at", "acknowledged_at", "message", "asked_at",
)  # fmt: skip


async def explain(update_id: int) -> dict[str, Any] | None:
    """Everything that is stored about one update, as JSON-ready values; None when it does not exist.

    `plan` is the batch's latest plan, `plans` those before it. Runs that carry a step of a plan out name its row in `plan_step`.
    """
    update = await db.row(_UPDATE, (update_id,))
    if update is None:
        return None
    batch_id = update["batch_id"]
    runs = await db.rows(_RUNS, (batch_id,))
    replies = await db.rows(_REPLIES, (batch_id, update_id))
    plans = await explaining_plans.of_batch(batch_id)
    return {
        "update": {key: update[key] for key in _OF_UPDATE},
        "bot": {key: update[f"bot_{key}"] for key in ("id", "enabled", "paused", "problem")},
        "session": _session(update) if update["session_id"] else None,
        "batch": await db.row(_BATCH, (batch_id,)),
        "route": await db.row(_ROUTE, (batch_id,)),
        "runs": await _with_steps(runs),
        "approvals": await db.rows(_APPROVALS, (batch_id,)),
        "plan": plans[-1] if plans else None,
        "plans": plans[:-1],
        "replies": [reply for reply in replies if reply["kind"] != "placeholder"],
        "placeholders": [reply for reply in replies if reply["kind"] == "placeholder"],
    }


def _session(update: db.Row) -> db.Row:
    named = {"id": "session_id", "key": "session_key", "title": "session_title", "mode": "session_mode"}
    same = ("held_by", "held_at", "not_before", "history_from", "busy_with")
    return {key: update[column] for key, column in named.items()} | {key: update[key] for key in same}


async def bodies(step_ids: Sequence[int]) -> dict[int, db.Row]:
    """What went into the first steps and came out: `request` (of a model call `system`, the last `messages` and how many are
    `before` them; of a tool its arguments), `response` and whether one of them is `too_large` to be shown in passing."""
    params = {
        "steps": list(step_ids)[:STEPS_WITH_BODIES],
        "largest": LARGEST_BODY,
        "characters": BODY_CHARACTERS,
    }
    return {row["id"]: row for row in await db.rows(_BODIES, params)}


async def _with_steps(runs: list[db.Row]) -> list[db.Row]:
    steps = await db.rows(_STEPS, ([run["id"] for run in runs],))
    return [{**run, "steps": [step for step in steps if step["run_id"] == run["id"]]} for run in runs]
