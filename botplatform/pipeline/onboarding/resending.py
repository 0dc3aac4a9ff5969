"""What could not be sent because the provider no longer took the credentials, sent after all."""

from __future__ import annotations

from dataclasses import dataclass

from botplatform.pipeline import db, operating
from botplatform.pipeline.onboarding.checking import SAYINGS

MOST = 200
"""Replies at a time."""
SINCE_DAYS = 7
"""An answer older than that would only puzzle people."""

_UNSENT = """
    FROM botplatform_reply r JOIN botplatform_session s ON s.id = r.session_id
    WHERE s.bot_id = %(bot)s AND r.state = 'failed' AND r.kind <> 'placeholder' AND r.error = ANY(%(sayings)s)
      AND r.replaced_at IS NULL AND r.created_at > now() - make_interval(days => %(days)s)"""


@dataclass(frozen=True, slots=True)
class Resent:
    """How many replies will be sent again, and the sessions to look at."""

    count: int
    sessions: frozenset[int]


async def unsent(bot_id: int) -> int:
    """How many replies wait for somebody to have them sent after all."""
    row = await db.row(f"SELECT count(*) AS n {_UNSENT}", _about(bot_id))
    return int(row["n"]) if row else 0


async def send_unsent(bot_id: int, *, by: str) -> Resent:
    """Have them sent as they are, the oldest first; no model is asked."""
    rows = await db.rows(f"SELECT r.id {_UNSENT} ORDER BY r.id LIMIT {MOST}", _about(bot_id))
    outcomes = [await operating.resend_reply(row["id"], by=by) for row in rows]
    done = [outcome for outcome in outcomes if outcome.done]
    return Resent(len(done), frozenset(one.session_id for one in done if one.session_id is not None))


def _about(bot_id: int) -> dict[str, object]:
    return {"bot": bot_id, "sayings": list(SAYINGS), "days": SINCE_DAYS}
