"""A live conversation as its page and its terminal show it, read from what is stored."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from botplatform.pipeline import db
from transports.live import title_of

LINES = 200
"""Shown at most; older lines stay stored."""
OVERLAP_SECONDS = 30
"""Read again each time: a row carries the time at which its transaction began, not at which it became visible."""


@dataclass(frozen=True, slots=True)
class Line:
    """One message as it stands. A later line with the same id takes its place."""

    id: str
    by_user: bool
    text: str
    at: float
    """When it first appeared, in seconds since 1970 by the database's clock."""
    final: bool
    """False for a placeholder that will become an answer."""
    buttons: Sequence[Sequence[dict[str, str]]] = ()
    """Rows of `{"text", "data"}`."""
    title: str = ""
    """What the text, then plain, is folded under; empty for Markdown."""


@dataclass(frozen=True, slots=True)
class Transcript:
    """What changed since a marker, in order, with every placeholder that still stands."""

    lines: list[Line]
    marker: float
    """To be given as `after` next time."""
    working: bool
    """Whether an answer is still to come."""
    cut: bool = False
    """Whether older lines were left out."""


# A batch that waits for a person works on nothing: its placeholder is gone, and the next move is the person's. Where a step
# of its plan has asked, the others go on, and the placeholder stands with their progress.
_WORKED_ON = """(b.state IN ('collecting', 'processing') OR b.state = 'waiting' AND NOT EXISTS (
                SELECT FROM botplatform_approval a
                WHERE a.batch_id = b.id AND a.plan_step_id IS NULL AND a.state = 'pending'))"""
_PROGRESS = """CASE WHEN r.kind = 'placeholder' THEN (
        SELECT nullif(p.shown, '') FROM botplatform_plan p WHERE p.batch_id = r.batch_id AND p.state = 'running'
        ORDER BY p.id DESC LIMIT 1) END"""
# What was erased is empty: a reply's text, an update's body. A message that decided something is in no batch.
_READ = f"""
WITH talk AS (
    SELECT s.id, extract(epoch FROM now())::float8 AS marker, to_timestamp(%(since)s) AS since,
        s.mode = 'normal' AND EXISTS (SELECT FROM botplatform_batch b WHERE b.session_id = s.id AND {_WORKED_ON})
        OR EXISTS (SELECT FROM botplatform_update u WHERE u.session_id = s.id
                   AND u.state = 'queued' AND u.batch_id IS NULL)
        OR EXISTS (SELECT FROM botplatform_reply r WHERE r.session_id = s.id AND r.kind <> 'placeholder'
                   AND r.state IN ('pending', 'sending')) AS working
    FROM botplatform_session s WHERE s.bot_id = %(bot)s AND s.key = %(key)s
), said AS (
    SELECT m.provider_message_id AS id, true AS by_user, m.text, NULL::bytea AS raw, m.created_at AS at, m.id AS tie,
        true AS final, NULL::jsonb AS buttons, NULL::jsonb AS formatting
    FROM botplatform_message m JOIN talk ON m.session_id = talk.id
    WHERE m.role = 'user' AND m.created_at > talk.since
), commanded AS (
    SELECT u.message_id, true, '', u.raw, u.received_at, u.id, true, NULL::jsonb, NULL::jsonb
    FROM botplatform_update u JOIN talk ON u.session_id = talk.id
    WHERE u.received_at > talk.since AND length(u.raw) > 0
      AND (u.kind = 'command' OR u.kind = 'message' AND u.state IN ('queued', 'done') AND u.batch_id IS NULL
           AND NOT EXISTS (SELECT FROM botplatform_message m WHERE m.update_id = u.id))
), replied AS (
    SELECT shown.id, false, coalesce({_PROGRESS}, r.text), NULL::bytea, coalesce(
            (SELECT min(p.created_at) FROM botplatform_reply p
             WHERE p.session_id = r.session_id AND p.provider_id = r.edits AND r.edits <> ''),
            r.created_at), r.id, r.kind <> 'placeholder', r.buttons, r.formatting
    FROM botplatform_reply r JOIN talk ON r.session_id = talk.id
        CROSS JOIN LATERAL (SELECT coalesce(nullif(r.provider_id, ''), r.edits) AS id) shown
    WHERE shown.id <> '' AND r.text <> '' AND r.state IN ('pending', 'sending', 'sent')
      AND (r.kind = 'placeholder' OR greatest(r.created_at, r.sent_at) > talk.since)
      AND (r.kind <> 'placeholder' OR EXISTS (
            SELECT FROM botplatform_batch b WHERE b.id = r.batch_id AND b.state <> 'collecting' AND {_WORKED_ON}))
)
SELECT talk.marker, talk.working, line.* FROM talk LEFT JOIN LATERAL (
    SELECT id, by_user, text, raw, extract(epoch FROM at)::float8 AS at, tie, final, buttons, formatting
    FROM (SELECT * FROM said UNION ALL SELECT * FROM commanded UNION ALL SELECT * FROM replied) every
    ORDER BY at DESC, by_user, tie DESC LIMIT %(limit)s) line ON true
ORDER BY line.at, line.by_user DESC, line.tie"""  # noqa: S608 - put together from a constant of this file


async def read(bot_id: int, key: str, after: float = 0) -> Transcript:
    """What changed after a marker; from the beginning for 0. Raises psycopg.Error when the database is away."""
    since = max(0.0, after - OVERLAP_SECONDS)
    rows = await db.rows(_READ, {"bot": bot_id, "key": key, "since": since, "limit": LINES + 1})
    if not rows:
        return Transcript([], after, working=False)
    found = [row for row in rows if row["id"]]
    newest = {row["id"]: _line(row) for row in found[-LINES:]}
    return Transcript(list(newest.values()), rows[0]["marker"], rows[0]["working"], cut=len(found) > LINES)


def _line(row: dict[str, Any]) -> Line:
    text = str(json.loads(bytes(row["raw"]))["text"]) if row["raw"] is not None else row["text"]
    title = title_of(row["formatting"] or ())
    return Line(row["id"], row["by_user"], text, row["at"], row["final"], row["buttons"] or (), title)
