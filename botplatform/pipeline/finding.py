"""Finding a message by whatever somebody knows of it: a number, a provider's id, a reference; or by what was said, and by whom.

Identities are asked for by an index each. What was said has no index, since it would be paid for with every message that
comes in: a stretch of the newest is looked through, and then the stretch before it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Any

from botplatform.pipeline import db

STRETCH = 100_000
"""Messages, by their numbers, that one search looks through."""
SESSIONS = 20_000
"""Conversations, the latest active, whose titles it looks through."""
MOST = 50
LARGEST = 2**63 - 1
_NUMBERED = re.compile(
    r"(?:(update|batch|run|session|message|step|reply|approval)s?\s*)?#?\s*([0-9]{1,19})", re.IGNORECASE
)

_LATEST = "(SELECT max(id) FROM botplatform_update WHERE batch_id = b.id)"
_OF_BATCH = "JOIN botplatform_batch b ON b.id = {0}.batch_id JOIN botplatform_session s ON s.id = b.session_id"
_OF_BOT = "(%(bots)s::bigint[] IS NULL OR {0}.bot_id = ANY(%(bots)s))"
_MINE = _OF_BOT.format("s")

# One select a way of knowing a row: kind, id, update, session, batch, run, who, text, moment.
_NAMES = """
    SELECT NULL::text AS kind, NULL::bigint AS id, NULL::bigint AS update_id, NULL::bigint AS session_id, NULL::bigint AS batch_id,
        NULL::bigint AS run_id, NULL::text AS who, NULL::text AS text, NULL::timestamptz AS at, NULL::text AS state WHERE false"""
_UPDATE = """
    SELECT 'update', u.id, u.id, u.session_id, u.batch_id, NULL::bigint, u.author_name, left(u.text, 300), u.received_at, u.state
    FROM botplatform_update u"""
_BATCH = f"""
    SELECT 'batch', b.id, {_LATEST}, b.session_id, b.id, NULL::bigint, s.title, '', b.opened_at, b.state
    FROM botplatform_batch b JOIN botplatform_session s ON s.id = b.session_id"""
_SESSION = """
    SELECT 'session', s.id, NULL::bigint, s.id, NULL::bigint, NULL::bigint, s.title, s.key, s.last_active_at, s.mode
    FROM botplatform_session s"""
_BOTS = "(SELECT id FROM botplatform_bot WHERE %(bots)s::bigint[] IS NULL OR id = ANY(%(bots)s))"

_BY_NUMBER = {
    "update": f"{_UPDATE} WHERE u.id = %(number)s AND {_OF_BOT.format('u')}",
    "batch": f"{_BATCH} WHERE b.id = %(number)s AND {_MINE}",
    "session": f"{_SESSION} WHERE s.id = %(number)s AND {_MINE}",
    "run": f"""SELECT 'run', r.id, {_LATEST}, b.session_id, b.id, r.id, r.agent, '', r.started_at, r.state
        FROM botplatform_run r {_OF_BATCH.format("r")} WHERE r.id = %(number)s AND {_MINE}""",
    "step": f"""SELECT 'step', t.id, {_LATEST}, b.session_id, b.id, r.id, t.name, '', t.started_at, t.state
        FROM botplatform_step t JOIN botplatform_run r ON r.id = t.run_id {_OF_BATCH.format("r")}
        WHERE t.id = %(number)s AND {_MINE}""",
    "approval": f"""SELECT 'approval', a.id, {_LATEST}, b.session_id, b.id, a.run_id, a.tool, left(a.summary, 300), a.created_at, a.state
        FROM botplatform_approval a {_OF_BATCH.format("a")} WHERE a.id = %(number)s AND {_MINE}""",
    "reply": f"""SELECT 'reply', p.id, coalesce(p.update_id, (SELECT max(id) FROM botplatform_update WHERE batch_id = p.batch_id)),
            p.session_id, p.batch_id, p.run_id, p.kind, left(p.text, 300), p.created_at, p.state
        FROM botplatform_reply p JOIN botplatform_session s ON s.id = p.session_id WHERE p.id = %(number)s AND {_MINE}""",
    "message": f"""SELECT 'message', m.id, coalesce(m.update_id, (SELECT max(id) FROM botplatform_update WHERE batch_id = m.batch_id)),
            m.session_id, m.batch_id, NULL::bigint, m.author_name, left(m.text, 300), m.created_at, m.role
        FROM botplatform_message m JOIN botplatform_session s ON s.id = m.session_id WHERE m.id = %(number)s AND {_MINE}""",
}
_UNNAMED = ("update", "batch", "session", "run")
"""What a bare number may mean."""
_BY_NAME = {
    "update": (
        f"{_UPDATE} WHERE u.bot_id IN {_BOTS} AND u.external_id = %(term)s",
        f"{_UPDATE} WHERE u.bot_id IN {_BOTS} AND u.dedup_key = %(term)s",
    ),
    "session": (f"{_SESSION} WHERE s.bot_id IN {_BOTS} AND s.key = %(term)s",),
    "batch": (f"{_BATCH} WHERE b.request_id = %(term)s AND {_MINE}",),
}

_SAID = f"""
    SELECT 'message' AS kind, m.id, m.update_id, m.session_id, m.batch_id, NULL::bigint AS run_id, m.author_name AS who, m.role AS state,
        substr(m.text, greatest(strpos(lower(m.text), lower(%(term)s)) - 100, 1), 300) AS text, m.created_at AS at,
        (SELECT max(id) FROM botplatform_update WHERE batch_id = m.batch_id) AS of_batch
    FROM botplatform_message m
    WHERE m.id < %(before)s AND m.id >= %(first)s
      AND (m.text ILIKE %(pattern)s OR m.author_name ILIKE %(pattern)s OR m.author_id = %(term)s OR m.provider_message_id = %(term)s)
      AND (%(bots)s::bigint[] IS NULL OR EXISTS (
          SELECT FROM botplatform_session s WHERE s.id = m.session_id AND s.bot_id = ANY(%(bots)s)))
    ORDER BY m.id DESC LIMIT {MOST}"""
_TITLED = f"""
    {_NAMES} UNION ALL (SELECT 'session', s.id, NULL::bigint, s.id, NULL::bigint, NULL::bigint, s.title, s.key, s.last_active_at, s.mode
        FROM (SELECT id, bot_id, title, key, last_active_at, mode FROM botplatform_session ORDER BY last_active_at DESC LIMIT {SESSIONS}) s
        WHERE s.title ILIKE %(pattern)s AND {_MINE} LIMIT {MOST})"""


async def exactly(term: str, kinds: Collection[str], bots: Collection[int] | None) -> list[db.Row]:
    """Rows that go by this very number or name, of kinds and bots (None: all) that may be shown."""
    match = _NUMBERED.fullmatch(term)
    number = int(match[2]) if match and int(match[2]) <= LARGEST else None
    numbered = [] if match is None or number is None else [match[1].lower()] if match[1] else _UNNAMED
    ways = [_BY_NUMBER[kind] for kind in numbered if kind in kinds]
    ways += [way for kind, known in _BY_NAME.items() if kind in kinds for way in known]
    if not ways:
        return []
    sql = " UNION ALL ".join([_NAMES, *(f"({way})" for way in ways)])
    found = await db.rows(sql, {"term": term, "number": number, "bots": _array(bots)})
    return list({(row["kind"], row["id"]): row for row in found}.values())


async def newest() -> int:
    """The number of the newest message; 0 without any."""
    row = await db.row("SELECT coalesce(max(id), 0) AS id FROM botplatform_message")
    return row["id"] if row else 0


async def said(term: str, before: int, bots: Collection[int] | None) -> list[db.Row]:
    """Messages of the STRETCH before a number that hold the term, or are by somebody of that name or id; the newest first."""
    return await db.rows(_SAID, {**_params(term, bots), "before": before, "first": max(before - STRETCH, 0)})


async def titled(term: str, bots: Collection[int] | None) -> list[db.Row]:
    """Conversations, of the latest active, whose title holds the term."""
    return await db.rows(_TITLED, _params(term, bots))


def _params(term: str, bots: Collection[int] | None) -> dict[str, Any]:
    pattern = re.sub(r"([\\%_])", r"\\\1", term)
    return {"term": term, "pattern": f"%{pattern}%", "bots": _array(bots)}


def _array(bots: Collection[int] | None) -> Sequence[int] | None:
    return None if bots is None else sorted(bots)
