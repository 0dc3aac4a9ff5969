"""The way in that webhooks, pollers and the web chat share: admit, commit, log, nudge."""

from __future__ import annotations

import asyncio

import psycopg
import structlog

from botplatform import announcing
from botplatform.pipeline import counting, inbox, intake
from botplatform.pipeline.bots import BotRow
from botplatform.pipeline.group_commit import GroupCommit
from botplatform.pipeline.inbox import Arrival, Receipt
from botplatform.pipeline.reaching.reviewed import settled

log = structlog.get_logger(__name__)

_committers: dict[asyncio.AbstractEventLoop, GroupCommit] = {}


def open_desk() -> None:
    """Let the running loop's requests share their commits."""
    committer = _committers[asyncio.get_running_loop()] = GroupCommit()
    committer.start()


async def close_desk() -> None:
    """Commit what waits and announce it."""
    if committer := _committers.pop(asyncio.get_running_loop(), None):
        await committer.stop()
    await asyncio.to_thread(announcing.announcer().stop)


async def _store(arrival: Arrival) -> Receipt:
    committer = _committers.get(asyncio.get_running_loop())
    return await (committer.receive(arrival) if committer else inbox.receive(arrival))


async def receive(bot: BotRow, arrival: Arrival) -> Receipt:
    """Commit an arrival and nudge the workers. Raises psycopg.OperationalError when the database is away.

    What the database refuses to store as it was read is kept aside as quarantined.
    """
    arrival = await settled(arrival)
    try:
        receipt = await _store(arrival)
    except (psycopg.DataError, UnicodeError) as error:
        log.warning("update.refused", error=type(error).__name__, request_id=arrival.request_id)
        arrival = intake.quarantine(arrival, f"the database refused it: {type(error).__name__}")
        receipt = await _store(arrival)
    _tell(arrival, receipt)
    wants = bool(bot.transport.features.receipt)
    announcing.announcer().add(lambda nudges: nudges.received(receipt, arrival.request_id, wants_receipt=wants))
    return receipt


def _tell(arrival: Arrival, receipt: Receipt) -> None:
    if receipt.outcome == "duplicate":
        counting.refused(arrival.bot_id)
        log.info("update.duplicate", update_id=receipt.update_id, external_id=arrival.update.external_id)
        return
    log.info(
        "update.accepted",
        update_id=receipt.update_id,
        request_id=arrival.request_id,
        external_id=arrival.update.external_id,
        outcome=receipt.outcome,
        reason=arrival.quarantined or arrival.update.ignored,
    )
