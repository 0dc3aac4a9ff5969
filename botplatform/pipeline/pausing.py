"""A bot or an agent stops for a while: messages are accepted and wait, and nothing is lost."""

from __future__ import annotations

import structlog

from botplatform.pipeline import db
from botplatform.pipeline.outcomes import Outcome

log = structlog.get_logger(__name__)

_BOT = "UPDATE botplatform_bot SET paused = %s, updated_at = now() WHERE id = %s AND paused <> %s RETURNING id"
_AGENT = "UPDATE botplatform_agentconfig SET paused = %s WHERE id = %s AND paused <> %s RETURNING name"
_WAKE = """
    UPDATE botplatform_batch SET wake_at = now(), paused_agent = '' WHERE state = 'waiting' AND paused_agent = %s"""


async def pause_bot(bot_id: int, *, by: str) -> Outcome:
    """Claim nothing of the bot's conversations until it goes on; runs under way end as usual."""
    row = await db.row(_BOT, (True, bot_id, True))
    return _outcome("bot.paused", row, bot_id, by, "is paused: messages are accepted and wait", "is paused already")


async def resume_bot(bot_id: int, *, by: str) -> Outcome:
    """Answer what has waited. The workers' sweep finds it within SWEEP_SECONDS."""
    row = await db.row(_BOT, (False, bot_id, False))
    return _outcome("bot.resumed", row, bot_id, by, "goes on: what has waited is answered now", "was not paused")


async def pause_agent(config_id: int, *, by: str) -> Outcome:
    """Let batches that are meant for the agent wait; runs under way end as usual."""
    row = await db.row(_AGENT, (True, config_id, True))
    return _outcome("agent.paused", row, config_id, by, "is paused: what is meant for it waits", "is paused already")


async def resume_agent(config_id: int, *, by: str) -> Outcome:
    """Give the agent what has waited for it."""
    row = await db.row(_AGENT, (False, config_id, False))
    if row:
        await db.change(_WAKE, (row["name"],))
    return _outcome("agent.resumed", row, config_id, by, "goes on with what has waited for it", "was not paused")


def _outcome(event: str, row: db.Row | None, row_id: int, by: str, done: str, not_done: str) -> Outcome:
    log.info(event, row_id=row_id, by=by, took_effect=row is not None)
    return Outcome(row is not None, done if row else not_done)
