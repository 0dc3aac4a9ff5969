"""The one statement of `inbox`: updates, sessions, batches and messages of a whole group."""

from __future__ import annotations

_TYPES = {
    "bot_id": "bigint", "account_id": "text", "external_id": "text", "dedup_key": "text", "kind": "text", "state": "text",
    "reason": "text", "request_id": "text", "message_id": "text", "author_id": "text", "author_name": "text", "text": "text",
    "headers": "text", "raw": "bytea", "key": "text", "talk_kind": "text", "title": "text", "is_public": "boolean",
    "address": "text", "joins": "boolean", "speaks": "boolean", "decides": "boolean",
}  # fmt: skip
COLUMNS = tuple(_TYPES)
"""The arrays that the statement takes, one value an update."""

_ARRAYS = ", ".join(f"%({name}){'b' if name == 'raw' else 's'}::{kind}[]" for name, kind in _TYPES.items())

# Sessions are locked in the order of bot and key, so that two processes cannot deadlock.
# `last_active_at` is indexed: written once a minute, it leaves the other updates of a session to the row's own page.
# What may be a decision goes round the queue while an approval is open in its session, any words while a question is.
# A batch is due at once when the group brings it to its number of messages; otherwise each message pushes it on.
RECEIVE = f"""
WITH input AS MATERIALIZED (
    SELECT * FROM unnest({_ARRAYS}) WITH ORDINALITY AS t ({", ".join(COLUMNS)}, position)
), known AS MATERIALIZED (
    SELECT position, id FROM (
        SELECT i.position, coalesce(
            (SELECT u.id FROM botplatform_update u
             WHERE u.bot_id = i.bot_id AND u.external_id = i.external_id AND u.account_id = i.account_id),
            (SELECT u.id FROM botplatform_update u WHERE u.bot_id = i.bot_id AND u.dedup_key = i.dedup_key)) AS id
        FROM input i) AS looked_up
    WHERE id IS NOT NULL
), fresh AS MATERIALIZED (
    SELECT *, joins AND NOT aside AS queues FROM (
        SELECT i.*, speaks AND EXISTS (
            SELECT FROM botplatform_session s JOIN botplatform_approval a ON a.session_id = s.id AND a.state = 'pending'
            WHERE s.bot_id = i.bot_id AND s.key = i.key AND (i.decides OR a.asks)) AS aside
        FROM input i WHERE position NOT IN (SELECT position FROM known)) AS looked_at
), session AS (
    INSERT INTO botplatform_session AS s (bot_id, key, kind, title, is_public, address)
    SELECT DISTINCT ON (bot_id, key) bot_id, key, talk_kind, title, is_public, address::jsonb
    FROM fresh WHERE key IS NOT NULL ORDER BY bot_id, key, position DESC
    ON CONFLICT (bot_id, key) DO UPDATE SET
        title = EXCLUDED.title, is_public = EXCLUDED.is_public, address = EXCLUDED.address,
        last_active_at = CASE WHEN s.last_active_at < now() - interval '1 minute' THEN now() ELSE s.last_active_at END,
        mode = CASE WHEN s.mode = 'blocked' THEN 'normal' ELSE s.mode END,
        history_from = CASE WHEN s.last_active_at < now() - %(ttl)s THEN now() ELSE s.history_from END
    RETURNING id, bot_id, key
), joining AS (
    SELECT session.id AS session_id, count(*)::int AS messages, min(request_id) AS request_id
    FROM fresh JOIN session USING (bot_id, key) WHERE queues GROUP BY session.id ORDER BY session.id
), batch AS (
    INSERT INTO botplatform_batch AS b (session_id, state, size, request_id, opened_at, due_at)
    SELECT session_id, 'collecting', messages, request_id, clock_timestamp(),
           clock_timestamp() + CASE WHEN messages >= %(max_messages)s THEN interval '0' ELSE %(window)s END
    FROM joining
    ON CONFLICT (session_id) WHERE state = 'collecting' DO UPDATE SET
        size = b.size + EXCLUDED.size,
        due_at = CASE WHEN b.size + EXCLUDED.size >= %(max_messages)s THEN least(b.due_at, clock_timestamp())
                      ELSE greatest(b.due_at, least(clock_timestamp() + %(window)s, b.opened_at + %(max_window)s)) END
    RETURNING id, session_id, xmax = 0 AS opened, due_at,
              size >= %(max_messages)s AND %(max_messages)s > size
                  - (SELECT messages FROM joining j WHERE j.session_id = b.session_id) AS is_full
), stored AS (
    INSERT INTO botplatform_update (bot_id, account_id, external_id, dedup_key, kind, state, reason, session_id, batch_id,
        request_id, message_id, author_id, author_name, text, headers, raw)
    SELECT f.bot_id, f.account_id, f.external_id, f.dedup_key, f.kind, f.state, f.reason, session.id,
        CASE WHEN f.queues THEN batch.id END,
        f.request_id, f.message_id, f.author_id, f.author_name, left(f.text, %(excerpt)s), f.headers::jsonb, f.raw
    FROM fresh f LEFT JOIN session USING (bot_id, key) LEFT JOIN batch ON batch.session_id = session.id
    ORDER BY f.position
    RETURNING id, bot_id, account_id, external_id, session_id, batch_id
), placed AS (
    SELECT f.position, f.aside, f.text, f.author_id, f.author_name, f.message_id, stored.id, stored.session_id, stored.batch_id
    FROM stored JOIN fresh f USING (bot_id, account_id, external_id)
), message AS (
    INSERT INTO botplatform_message (session_id, batch_id, update_id, role, author_id, author_name, text, provider_message_id)
    SELECT session_id, batch_id, id, 'user', author_id, author_name, text, message_id
    FROM placed WHERE batch_id IS NOT NULL ORDER BY position
)
SELECT p.position, p.id AS update_id, false AS known, p.aside, p.session_id, coalesce(batch.opened, false) AS opened,
       coalesce(batch.is_full, false) AS "full", greatest(batch.due_at - clock_timestamp(), interval '0') AS due_in
FROM placed p LEFT JOIN batch ON batch.id = p.batch_id
UNION ALL
SELECT position, id, true, false, NULL, false, false, NULL FROM known
""".encode()
