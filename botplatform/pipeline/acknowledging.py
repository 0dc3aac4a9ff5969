"""acknowledge(): the receipt reaction (👀 on GitHub) that tells people their message was seen."""

from __future__ import annotations

import structlog

from botplatform.pipeline import bots, db
from transports.errors import TransportError

log = structlog.get_logger(__name__)

# Taken before it is sent: a reaction that got lost is not worth a second one at the wrong moment.
_TAKE = """
    UPDATE botplatform_update u SET acknowledged_at = now() FROM botplatform_session s
    WHERE s.id = u.session_id AND u.id = %s AND u.acknowledged_at IS NULL AND u.message_id <> ''
    RETURNING u.bot_id, u.message_id, s.key, s.kind, s.title, s.is_public, s.address"""


async def acknowledge(update_id: int) -> None:
    """React to one update's message, once, where its transport has a receipt."""
    row = await db.row(_TAKE, (update_id,))
    if row is None:
        return
    bot = await bots.by_id(row["bot_id"])
    if not bot.transport.features.receipt:
        return
    try:
        await bot.transport.react(bots.conversation(row), row["message_id"], bot.transport.features.receipt)
    except TransportError as error:
        log.info("receipt.failed", update_id=update_id, error=str(error))


async def catch_up(batch_id: int) -> None:
    """React to a batch's messages whose nudge was lost."""
    missing = "SELECT id FROM botplatform_update WHERE batch_id = %s AND acknowledged_at IS NULL ORDER BY id LIMIT 20"
    for row in await db.rows(missing, (batch_id,)):
        await acknowledge(row["id"])
