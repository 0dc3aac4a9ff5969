"""What is summed, as SQL over the rows themselves: one SELECT a kind, each over an index on the moment it goes by.

Each gives `moment, bot_id, name, detail, failed, amount, share, ms, timed, tokens_in, tokens_out, cost_usd` of the rows whose moment
lies from %(since)s to before %(until)s. `ms` is summed; `timed` is what goes into the histogram, where there is one.
"""

from __future__ import annotations

from agents.routing.target import ROUTER

SIZES = ("1", "2", "3–5", "6–10", "11+")
"""Classes of how many messages a batch holds."""


def _size(column: str) -> str:
    one, two, few, more, many = SIZES
    return (
        f"CASE WHEN {column} <= 1 THEN '{one}' WHEN {column} = 2 THEN '{two}' WHEN {column} <= 5 THEN '{few}' "
        f"WHEN {column} <= 10 THEN '{more}' ELSE '{many}' END"
    )


def _milliseconds(ends: str, begins: str) -> str:
    return f"extract(epoch FROM {ends} - {begins}) * 1000"


def _within(column: str) -> str:
    return f"{column} >= %(since)s AND {column} < %(until)s"


_NOTHING = "NULL::float8 AS timed, 0 AS tokens_in, 0 AS tokens_out, 0 AS cost_usd"

UPDATES = f"""
    SELECT u.received_at AS moment, u.bot_id, u.kind AS name, u.state AS detail, u.state = 'quarantined' AS failed, 0 AS amount,
        0 AS share, 0 AS ms, {_NOTHING}
    FROM botplatform_update u WHERE {_within("u.received_at")}"""
BATCHES = f"""
    SELECT b.finished_at AS moment, s.bot_id, b.state AS name, {_size("b.size")} AS detail, b.state = 'failed' AS failed,
        b.size AS amount, least(1, greatest(0, extract(epoch FROM coalesce(b.claimed_at, b.due_at) - b.opened_at) / %(window)s)) AS share,
        {_milliseconds("b.finished_at", "b.opened_at")} AS ms, {_NOTHING}
    FROM botplatform_batch b JOIN botplatform_session s ON s.id = b.session_id
    WHERE {_within("b.finished_at")} AND b.state IN ('done', 'failed', 'cancelled')"""
# What an operator had sent, or answered anew, is an answer, but its time says nothing about how quick the bot is.
_ANSWERED_BEFORE = """EXISTS (SELECT FROM botplatform_reply e WHERE e.batch_id = p.batch_id AND e.kind = 'answer' AND e.part = 1
                AND e.sent_at < p.sent_at)"""
ANSWERS = f"""
    SELECT moment, bot_id, name, detail, failed, amount, share, timed AS ms, timed, tokens_in, tokens_out, cost_usd FROM (
        SELECT p.sent_at AS moment, s.bot_id, coalesce(r.agent, '') AS name, {_size("b.size")} AS detail, false AS failed, 0 AS amount,
            0 AS share, 0 AS tokens_in, 0 AS tokens_out, 0 AS cost_usd,
            CASE WHEN p.sent_by = '' AND NOT {_ANSWERED_BEFORE} THEN {_milliseconds("p.sent_at", "b.opened_at")} END AS timed
        FROM botplatform_reply p JOIN botplatform_session s ON s.id = p.session_id JOIN botplatform_batch b ON b.id = p.batch_id
            LEFT JOIN botplatform_run r ON r.id = p.run_id
        WHERE p.kind = 'answer' AND p.part = 1 AND p.state = 'sent' AND {_within("p.sent_at")}) answer"""
ROUTES = f"""
    SELECT t.created_at AS moment, s.bot_id, t.method AS name, t.target AS detail, t.method = 'fallback' AS failed, 0 AS amount,
        0 AS share, t.latency_ms AS ms, {_NOTHING}
    FROM botplatform_route t JOIN botplatform_batch b ON b.id = t.batch_id JOIN botplatform_session s ON s.id = b.session_id
    WHERE {_within("t.created_at")}"""
RUNS = f"""
    SELECT r.finished_at AS moment, s.bot_id, r.agent AS name, r.state AS detail, r.state IN ('failed', 'lost') AS failed, 0 AS amount,
        0 AS share, {_milliseconds("r.finished_at", "r.started_at")} AS ms, {_NOTHING}
    FROM botplatform_run r JOIN botplatform_batch b ON b.id = r.batch_id JOIN botplatform_session s ON s.id = b.session_id
    WHERE {_within("r.finished_at")} AND r.state IN ('succeeded', 'failed', 'lost', 'cancelled')"""


def _steps(kind: str, timed: str) -> str:
    return f"""
    SELECT st.finished_at AS moment, s.bot_id, coalesce(nullif(st.agent, ''), r.agent) AS name, st.name AS detail,
        st.state IN ('failed', 'unknown') AS failed, 0 AS amount, 0 AS share, st.ms, {timed} AS timed,
        st.tokens_in, st.tokens_out, st.cost_usd
    FROM botplatform_step st JOIN botplatform_run r ON r.id = st.run_id JOIN botplatform_batch b ON b.id = r.batch_id
        JOIN botplatform_session s ON s.id = b.session_id
    WHERE st.kind = '{kind}' AND {_within("st.finished_at")} AND st.state IN ('succeeded', 'failed', 'unknown')"""


# The router asks its model before there is a run: its call stands on the route.
MODELS = f"""{_steps("model", "CASE WHEN st.state = 'succeeded' THEN st.ms END::float8")}
    UNION ALL
    SELECT t.created_at, s.bot_id, '{ROUTER}', t.model, t.method = 'fallback', 0, 0, t.latency_ms,
        CASE WHEN t.method = 'model' THEN t.latency_ms END::float8, t.tokens_in, t.tokens_out, t.cost_usd
    FROM botplatform_route t JOIN botplatform_batch b ON b.id = t.batch_id JOIN botplatform_session s ON s.id = b.session_id
    WHERE {_within("t.created_at")} AND t.model <> ''"""
TOOLS = _steps("tool", "NULL::float8")

SOURCES = {
    "update": UPDATES,
    "batch": BATCHES,
    "answer": ANSWERS,
    "route": ROUTES,
    "run": RUNS,
    "model": MODELS,
    "tool": TOOLS,
}
"""Kind → its rows. Refused duplicates leave no row; `pipeline.counting` writes their sums."""
