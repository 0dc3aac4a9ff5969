"""Rows of thirty days, light ones: steps by the million, with the batches, routes, runs and replies that belong to them."""

from __future__ import annotations

import time

import psycopg

STEPS_PER_RUN = 4

_BOTS = """
    INSERT INTO botplatform_bot (transport, slug, account_id, username, admin_ids, allowed_ids)
    SELECT 'telegram', 'charted-' || n, 'charted-' || n, 'charted', '[]', '[]' FROM generate_series(1, 3) n"""
_SESSIONS = """
    INSERT INTO botplatform_session (bot_id, key, kind, address)
    SELECT (SELECT id FROM botplatform_bot WHERE slug = 'charted-' || 1 + n % 3), 'charted:' || n, 'private', '{}'
    FROM generate_series(1, 3000) n"""
_FACTS = """
    CREATE TEMPORARY TABLE fact AS SELECT
        (SELECT min(id) FROM botplatform_session WHERE key LIKE 'charted:%%') AS session0,
        (SELECT coalesce(max(id), 0) + 1 FROM botplatform_batch) AS batch0,
        (SELECT coalesce(max(id), 0) + 1 FROM botplatform_run) AS run0,
        (SELECT coalesce(max(id), 0) + 1 FROM botplatform_update) AS update0,
        now() - interval '30 days' AS began, interval '30 days' / %(batches)s AS pace"""
_PLAN = """
    CREATE TEMPORARY VIEW plan AS SELECT n, batch0 + n AS batch, run0 + n AS run, session0 + n % 3000 AS session, began + pace * n AS at,
        (ARRAY['1', '1', '2', '4', '7', '12'])[1 + n % 6]::int AS size,
        CASE WHEN n % 50 = 7 THEN 'failed' ELSE 'done' END AS state,
        make_interval(secs => 1.5 + (n * 7919) % 1000 / 250.0) AS took,
        (ARRAY['simple-agent', 'info-agent', 'hitl-agent', 'research-agent', 'code-agent'])[1 + n * 31 % 97 % 5] AS agent
    FROM fact, generate_series({first}::bigint, {last}) n"""
_ROWS = (
    """INSERT INTO botplatform_batch (id, session_id, state, size, request_id, opened_at, due_at, claimed_at, finished_at, epoch)
    SELECT batch, session, state, size, n::text, at, at + interval '500 ms', at + interval '800 ms', at + took, 1 FROM plan""",
    """INSERT INTO botplatform_update (id, bot_id, external_id, kind, state, session_id, batch_id, request_id, headers, raw, received_at)
    SELECT update0 + n, s.bot_id, 'charted-' || n, 'message', 'done', session, batch, n::text, '{}', '', at
    FROM plan JOIN botplatform_session s ON s.id = session, fact""",
    """INSERT INTO botplatform_route (batch_id, method, target, model, tokens_in, tokens_out, latency_ms, created_at)
    SELECT batch, CASE WHEN n % 3 = 0 THEN 'pattern' ELSE 'model' END, agent,
        CASE WHEN n % 3 = 0 THEN '' ELSE 'anthropic:router' END, 300, 40,
        n % 900, at FROM plan""",
    """INSERT INTO botplatform_run (id, batch_id, epoch, state, agent, started_at, finished_at)
    SELECT run, batch, 1, CASE state WHEN 'done' THEN 'succeeded' ELSE state END, agent, at + interval '1 s', at + took FROM plan""",
    """INSERT INTO botplatform_step (run_id, kind, name, agent, state, tokens_in, tokens_out, cost_usd, ms, started_at, finished_at)
    SELECT run, CASE k % 2 WHEN 0 THEN 'model' ELSE 'tool' END,
        CASE k % 2 WHEN 0 THEN 'anthropic:model-' || n % 4 ELSE 'tool-' || n % 6 END, agent,
        CASE WHEN state = 'failed' AND k = 2 THEN 'failed' ELSE 'succeeded' END, CASE k % 2 WHEN 0 THEN 900 ELSE 0 END,
        CASE k % 2 WHEN 0 THEN 120 ELSE 0 END, CASE k % 2 WHEN 0 THEN 0.0045 ELSE 0 END, 200 + (n * 31 + k * 17) % 4000,
        at + interval '1 s', at + took * (k + 1) / 4
    FROM plan, generate_series(0, 3) k""",
    """INSERT INTO botplatform_reply (session_id, batch_id, run_id, kind, text, formatting, state, created_at, sent_at)
    SELECT session, batch, run, 'answer', 'Yes.', '[]', 'sent', at + took, at + took FROM plan WHERE state = 'done'""",
)
_TABLES = ("batch", "update", "route", "run", "step", "reply", "session")
BITE = 250_000
"""Batches of one transaction."""


def seed(database_url: str, steps: int) -> float:
    """Fill in rows up to now; seconds it took. Every index stays, and the statistics are taken at the end."""
    began, batches = time.monotonic(), steps // STEPS_PER_RUN
    with psycopg.connect(database_url, autocommit=True) as connection:
        # Keys are right by construction, and nobody misses what a crash takes.
        connection.execute("SET session_replication_role = replica; SET synchronous_commit = off")
        connection.execute(_BOTS)
        connection.execute(_SESSIONS)
        connection.execute(_FACTS.encode(), {"batches": batches})
        for first in range(0, batches, BITE):
            connection.execute("DROP VIEW IF EXISTS plan")
            connection.execute(_PLAN.format(first=first, last=min(first + BITE, batches) - 1).encode())
            for statement in _ROWS:
                connection.execute(statement.encode())
        for name in _TABLES:
            sequence = f"pg_get_serial_sequence('botplatform_{name}', 'id')"
            connection.execute(f"SELECT setval({sequence}, max(id)) FROM botplatform_{name}".encode())
        connection.execute("VACUUM ANALYZE")
    return time.monotonic() - began
