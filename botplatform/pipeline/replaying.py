"""replay(): stored updates go through the pipeline again."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from botplatform.pipeline import bots, db, inbox, intake
from transports.base import Kind


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of one update, in words; `receipt` when it was queued."""

    told: str
    receipt: inbox.Receipt | None = None


async def replay(update_id: int, *, dry_run: bool) -> Replayed:
    """Read the stored body again and queue it as a new update that names the old one; the old row stays as it was."""
    row = await db.row(
        "SELECT id, bot_id, external_id, raw, headers FROM botplatform_update WHERE id = %s", (update_id,)
    )
    if row is None:
        return Replayed(f"update {update_id} does not exist (raw updates are kept for UPDATE_RETENTION_DAYS)")
    bot = await bots.by_id(row["bot_id"])
    arrival = intake.arrival(bot, row["headers"], bytes(row["raw"]))
    if arrival.quarantined or arrival.update.ignored:
        return Replayed(f"update {update_id} would not be answered: {arrival.quarantined or arrival.update.ignored}")
    if arrival.update.kind not in (Kind.MESSAGE, Kind.COMMAND):
        return Replayed(f"update {update_id} is of kind {arrival.update.kind.value}, which is not repeated")
    if arrival.update.command in ("approve", "deny"):
        return Replayed(f"update {update_id} is a decision, which is not repeated")
    if dry_run:
        return Replayed(f"update {update_id} would be queued: {arrival.update.kind.value} {arrival.update.text[:80]!r}")
    # Whoever wrote it does not say it now: a "yes" of back then decides nothing of today.
    again = dataclasses.replace(
        arrival.update,
        external_id=f"{row['external_id'][:150]}:replay:{arrival.request_id}",
        dedup_key="",
        own_words=False,
    )
    receipt = await inbox.receive(dataclasses.replace(arrival, update=again))
    return Replayed(f"update {update_id} was queued again as update {receipt.update_id}", receipt)
