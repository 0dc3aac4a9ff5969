-- Rows as thirty days of work leave them; seeding.py gives the sizes. Numbers count from 0.
-- Every fifth update joins the batch before it; some of those that join get no answer.

CREATE TEMPORARY TABLE fact AS SELECT
    (SELECT coalesce(max(id), 0) + 1 FROM botplatform_session) AS session0,
    (SELECT coalesce(max(id), 0) + 1 FROM botplatform_batch) AS batch0,
    (SELECT coalesce(max(id), 0) + 1 FROM botplatform_update) AS update0,
    (SELECT coalesce(max(id), 0) + 1 FROM botplatform_run) AS run0,
    (SELECT min(id) FROM botplatform_agentconfigversion) AS version,
    (SELECT min(id) FROM botplatform_bot) AS bot0,
    %(updates)s::bigint AS updates, %(sessions)s::bigint AS sessions, %(batches)s::bigint AS batches,
    %(unfinished)s::bigint AS unfinished, interval '30 days' / %(updates)s AS pace, now() - interval '30 days' AS began;

INSERT INTO botplatform_bot (transport, slug, account_id, username, admin_ids, allowed_ids)
SELECT 'telegram', 'seeded-' || n, 'seeded-' || n, 'seeded' || n, '[]', '[]' FROM generate_series(1, 3) n ON CONFLICT DO NOTHING;
ALTER TABLE fact ADD COLUMN bots bigint[];
UPDATE fact SET bots = (SELECT array_agg(id ORDER BY id) FROM botplatform_bot WHERE slug LIKE 'seeded-%%');

-- The third bot has few conversations, all of them old.
INSERT INTO botplatform_session (id, bot_id, key, kind, title, address, mode, last_active_at, created_at, history_from)
SELECT session0 + n, bots[CASE WHEN n < 5 THEN 3 ELSE 1 + n %% 2 END], 'seeded:' || n, CASE n %% 5 WHEN 0 THEN 'group' ELSE 'private' END,
    (ARRAY['Ada', 'Grace', 'Linus', 'Margaret', 'Dennis'])[1 + n %% 5] || ' ' || n, '{}',
    CASE WHEN n %% 1000 = 999 THEN 'muted' WHEN n %% 5000 = 17 THEN 'paused' ELSE 'normal' END,
    now() - interval '30 days' * ((n * 7919) %% sessions) / sessions, began, began
FROM fact, generate_series(0, sessions - 1) n;

-- One row a batch. Half of them belong to a twentieth of the conversations; the last ones are under way.
CREATE TEMPORARY TABLE plan AS SELECT n, batch0 + n AS id, run0 + n AS run,
    session0 + CASE WHEN late >= 0 THEN 5 + late WHEN n < 20 THEN n %% 5 WHEN n %% 2 = 0 THEN 5 + (n * 7919) %% (sessions / 20)
        ELSE 5 + (n * 104729) %% (sessions - 5) END AS session,
    began + pace * (n * updates / batches) AS at, late,
    CASE WHEN late >= 0 THEN (ARRAY['waiting', 'processing', 'waiting', 'collecting'])[1 + late %% 4]
        WHEN n %% 500 = 3 THEN 'failed' WHEN n %% 3000 = 11 AND n < batches / 2 THEN 'cancelled' ELSE 'done' END AS state,
    CASE WHEN n %% 4 = 0 AND n / 4 %% 5 <> 1 AND n / 4 %% 400 <> 2 THEN 2 ELSE 1 END AS size,
    md5(n::text) AS request, (ARRAY['simple-agent', 'info-agent', 'hitl-agent', 'orchestrator-agent'])[1 + (n * 31) %% 97 %% 4] AS agent
FROM (SELECT *, n - (batches - unfinished) AS late FROM fact, generate_series(0, batches - 1) n) counted;
ANALYZE plan;

INSERT INTO botplatform_batch (id, session_id, state, size, request_id, opened_at, due_at, claimed_at, finished_at, epoch, worker,
    lease_until, heartbeat_at, progress_at, progress_until, attempts, wake_at, error)
SELECT id, session, state, size, request, at, at + interval '500 ms', CASE WHEN state <> 'collecting' THEN at + interval '510 ms' END,
    CASE WHEN state IN ('done', 'failed', 'cancelled') THEN at + interval '3 s' END, 1,
    CASE WHEN state = 'processing' THEN 'worker@seeded:' || n %% 4 ELSE '' END,
    CASE WHEN state = 'processing' THEN now() + CASE WHEN late %% 3 = 0 THEN interval '-1 min' ELSE interval '1 day' END END,
    CASE WHEN state = 'processing' THEN now() - interval '90 s' END, CASE WHEN state = 'processing' THEN now() - interval '40 s' END,
    CASE WHEN state = 'processing' THEN now() + interval '1 day' END, CASE WHEN state = 'failed' THEN 3 ELSE 0 END,
    CASE WHEN state = 'waiting' AND late %% 4 = 2 THEN now() + interval '1 day' END,
    CASE WHEN state = 'failed' THEN 'anthropic 529: the model is overloaded' ELSE '' END
FROM plan;

INSERT INTO botplatform_update (id, bot_id, external_id, kind, state, reason, session_id, batch_id, request_id, author_id, author_name,
    text, headers, raw, received_at, handled_at)
SELECT update0 + j, s.bot_id, (800000000 + j)::text, CASE WHEN j %% 40 = 7 THEN 'command' ELSE 'message' END,
    CASE WHEN j %% 25 = 6 THEN 'ignored' WHEN j %% 2000 = 11 THEN 'quarantined' WHEN p.state IN ('done', 'failed') THEN p.state
        WHEN p.state = 'cancelled' THEN 'done' ELSE 'queued' END,
    CASE WHEN j %% 25 = 6 THEN 'not addressed' WHEN j %% 2000 = 11 THEN 'unreadable' ELSE '' END,
    p.session, CASE WHEN j %% 25 = 6 OR j %% 2000 = 11 THEN NULL ELSE p.id END, md5(j::text || 'u'), (10000 + p.session)::text,
    'Person ' || p.session, said.text, '{"content-type": "application/json"}'::jsonb,
    convert_to('{"update_id": ' || 800000000 + j || ', "message": {"text": "' || said.text || '", "pad": "' || repeat(md5(j::text), 16) || '"}}', 'UTF8'),
    p.at + interval '50 ms' * (j %% 5), p.at + interval '3 s'
FROM fact, generate_series(0, updates - 1) j JOIN plan p ON p.n = j * 4 / 5
    JOIN botplatform_session s ON s.id = p.session,
    LATERAL (SELECT 'What about order ' || j || ' and ' || (ARRAY['its invoice', 'the delivery', 'a refund', 'my account'])[1 + j %% 4]
        || '? ' || repeat('I have been waiting. ', (j %% 7)::int) AS text) said;

INSERT INTO botplatform_message (session_id, batch_id, update_id, role, author_id, author_name, text, provider_message_id, created_at)
SELECT session_id, batch_id, id, 'user', author_id, author_name, text, (id %% 100000)::text, received_at
FROM botplatform_update, fact WHERE id >= update0 AND batch_id IS NOT NULL
UNION ALL
SELECT session, id, NULL, 'assistant', '', '', 'The answer to ' || n || '. ' || repeat('As you asked, here is more. ', (n %% 9)::int), '', at + interval '3 s'
FROM plan WHERE state = 'done'
ORDER BY 9;

INSERT INTO botplatform_route (batch_id, method, rule, target, latency_ms, verdict, correct_target, note, created_at)
SELECT id, CASE WHEN n %% 3 = 0 THEN 'pattern' WHEN n %% 300 = 1 THEN 'fallback' WHEN n %% 5000 = 2 THEN 'forced' ELSE 'model' END,
    CASE WHEN n %% 3 = 0 THEN 'greeting-' || n %% 40 ELSE '' END, agent, n %% 900,
    CASE WHEN n %% 1000 = 5 THEN 'wrong' WHEN n %% 400 = 6 THEN 'right' ELSE '' END, CASE WHEN n %% 1000 = 5 THEN 'info-agent' ELSE '' END, '', at
FROM plan WHERE state <> 'collecting';

INSERT INTO botplatform_run (id, batch_id, epoch, state, agent, config_version_id, worker, error, started_at, finished_at)
SELECT run, id, 1, CASE state WHEN 'done' THEN 'succeeded' WHEN 'processing' THEN 'running' WHEN 'waiting' THEN 'waiting' ELSE state END,
    agent, version, 'worker@seeded:' || n %% 4, CASE WHEN state = 'failed' THEN 'the model is overloaded' ELSE '' END, at + interval '510 ms',
    CASE WHEN state IN ('done', 'failed', 'cancelled') THEN at + interval '3 s' END
FROM plan, fact WHERE state <> 'collecting';

INSERT INTO botplatform_step (run_id, kind, name, agent, state, request, response, tokens_in, tokens_out, cost_usd, ms, started_at, finished_at)
SELECT run, CASE k WHEN 2 THEN 'tool' ELSE 'model' END, CASE k WHEN 2 THEN 'current_time' ELSE 'anthropic:some-model' END, agent,
    CASE WHEN state = 'failed' AND k = 1 THEN 'failed' WHEN state = 'processing' AND k = last THEN 'running' ELSE 'succeeded' END,
    jsonb_build_object('messages', jsonb_build_array(jsonb_build_object('role', 'user', 'content', repeat(md5(n::text), 8)))),
    jsonb_build_object('text', repeat(md5(k::text || n), 4)), CASE k WHEN 2 THEN 0 ELSE 400 + n %% 300 END,
    CASE k WHEN 2 THEN 0 ELSE 50 + n %% 100 END, CASE k WHEN 2 THEN 0 ELSE 0.0031 END, 600 + n %% 900,
    at + interval '600 ms' * k, at + interval '600 ms' * (k + 1)
FROM (SELECT *, CASE WHEN n %% 4 = 3 OR state IN ('failed', 'cancelled') THEN 1 ELSE 3 END AS last FROM plan WHERE state <> 'collecting') counted,
    generate_series(1, last) k
ORDER BY n, k;

INSERT INTO botplatform_reply (session_id, batch_id, run_id, kind, part, text, formatting, state, provider_id, request_id, created_at, sent_at, error)
SELECT session, id, run, 'answer', 1, 'The answer to ' || n || '.', '[]', CASE n %% 5000 WHEN 40 THEN 'unknown' WHEN 41 THEN 'failed' ELSE 'sent' END,
    n::text, request, at + interval '3 s', CASE WHEN n %% 5000 NOT IN (40, 41) THEN at + interval '3.1 s' END,
    CASE n %% 5000 WHEN 41 THEN 'telegram 400: chat not found' ELSE '' END
FROM plan WHERE state = 'done';

INSERT INTO botplatform_approval (session_id, batch_id, run_id, number, state, tool, tool_use_id, arguments, arguments_hash, summary,
    risk, reason, decider, requesters, untrusted, expires_at, created_at)
SELECT session, id, run, 1, 'pending', 'delete_history', 'toolu_seeded_' || n, '{}', md5(n::text), 'Delete what was said in this conversation.',
    'high', 'its risk is high', 'requester', '["10"]', '[]', now() + interval '1 day', at
FROM plan WHERE state = 'waiting' AND late %% 4 = 0;

INSERT INTO botplatform_auditentry (at, who, action, object_type, object_id, object_name, told)
SELECT began + interval '30 days' * j / 20000, 'operator-' || j %% 7, 'batch.retry', 'botplatform.batch', (batch0 + j)::text, 'batch', 'will be answered again'
FROM fact, generate_series(1, greatest(updates / 50, 10)) j;
