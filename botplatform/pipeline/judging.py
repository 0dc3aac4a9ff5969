"""judge(): an operator says whether a batch went to the right agent; a correction becomes a case for the evaluation."""

from __future__ import annotations

import structlog
from psycopg.types.json import Jsonb

from agents.base import Turn
from botplatform.pipeline import bots, db, history
from botplatform.pipeline.operating import Outcome

log = structlog.get_logger(__name__)

EARLIER_TURNS = 3
EARLIER_CHARACTERS = 2000
"""Of each turn before; a router's model is shown less."""

# A verdict that says what the last one said changes nothing; workers are never a target.
_JUDGE = b"""
    UPDATE botplatform_route SET verdict = %(verdict)s, correct_target = %(target)s, judged_by = %(by)s, judged_at = now()
    WHERE id = %(route)s AND (verdict, correct_target) IS DISTINCT FROM (%(verdict)s, %(target)s)
      AND target <> %(target)s AND %(target)s NOT LIKE '%%-worker'
    RETURNING batch_id"""
_FORGET_CASE = b"DELETE FROM botplatform_routingcase WHERE route_id = %s"
_KEEP_CASE = b"""
    INSERT INTO botplatform_routingcase (text, platform, target, before, route_id, created_by)
    VALUES (%(text)s, %(platform)s, %(target)s, %(before)s, %(route)s, %(by)s)"""
_ROUTE = """
    SELECT r.batch_id, r.target, r.verdict, b.size, s.*, bot.transport FROM botplatform_route r
    JOIN botplatform_batch b ON b.id = r.batch_id JOIN botplatform_session s ON s.id = b.session_id
    JOIN botplatform_bot bot ON bot.id = s.bot_id
    WHERE r.id = %s"""
_SAID = "SELECT 1 AS one FROM botplatform_message WHERE batch_id = %s AND role = 'user' LIMIT 1"


async def call_right(route_id: int, *, by: str) -> Outcome:
    """The batch went where it belongs. A case that an earlier verdict had made goes."""
    async with db.transaction() as connection:
        values = {"route": route_id, "verdict": "right", "target": "", "by": by}
        won = await (await connection.execute(_JUDGE, values)).fetchone()
        if won:
            await connection.execute(_FORGET_CASE, (route_id,))
    _tell(route_id, by, "right", "", won)
    return Outcome(won is not None, "counts as right" if won else "counted as right already, or is gone")


async def call_wrong(route_id: int, target: str, *, by: str) -> Outcome:
    """The batch should have gone to `target`: its messages become a case, in the place of any that was made before."""
    route = await db.row(_ROUTE, (route_id,))
    if route is None:
        return Outcome(False, "is gone")
    case = await _case(route)
    values = {"route": route_id, "verdict": "wrong", "target": target, "by": by}
    async with db.transaction() as connection:
        won = await (await connection.execute(_JUDGE, values)).fetchone()
        if won:
            await connection.execute(_FORGET_CASE, (route_id,))
            if case:
                await connection.execute(_KEEP_CASE, {**case, **values})
    _tell(route_id, by, "wrong", target, won)
    if won is None:
        return Outcome(False, f"was not judged: {_why_not(route, target)}")
    kept = "its messages are a case now" if case else "there is no case, for its messages are no longer kept"
    return Outcome(True, f"should have gone to {target}; {kept}")


async def _case(route: db.Row) -> db.Row | None:
    """What the router was asked, as far as it is still kept: the batch's messages joined, and the turns before them."""
    if not await db.row(_SAID, (route["batch_id"],)):
        return None
    shared = bots.conversation(route).is_shared
    *before, asked = await history.turns(route["id"], route["batch_id"], route["size"], shared=shared)
    return {
        "text": asked.text,
        "platform": route["transport"],
        "before": Jsonb([_kept(turn) for turn in before[-EARLIER_TURNS:]]),
    }


def _kept(turn: Turn) -> dict[str, str]:
    text = turn.text
    return {"role": turn.role, "text": text if len(text) <= EARLIER_CHARACTERS else f"{text[:EARLIER_CHARACTERS]} …"}


def _why_not(route: db.Row, target: str) -> str:
    if target.endswith("-worker"):
        return f"{target} is a worker, and none is ever routed to"
    return f"it went to {target} anyway" if route["target"] == target else "somebody has said so already"


def _tell(route_id: int, by: str, verdict: str, target: str, won: db.Row | None) -> None:
    log.info(
        "route.judged", route_id=route_id, verdict=verdict, correct_target=target, by=by, took_effect=won is not None
    )
