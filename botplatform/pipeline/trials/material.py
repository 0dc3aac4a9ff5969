"""gather(): what both sides of a trial are given, read from rows alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from agents.base import Page, Turn
from botplatform.pipeline import bots, configs, db, history
from botplatform.pipeline.composing import Place
from botplatform.pipeline.routing import Asked
from botplatform.pipeline.trials.recording import Records, load

_BATCH = """
    SELECT b.size, s.id AS session_id, s.key, s.kind, s.title, s.is_public, s.address,
        EXISTS (SELECT FROM botplatform_message m WHERE m.batch_id = b.id AND m.role = 'user') AS has_messages
    FROM botplatform_batch b JOIN botplatform_session s ON s.id = b.session_id WHERE b.id = %s"""
_UNTRUSTED = "SELECT untrusted FROM botplatform_run WHERE batch_id = %s AND untrusted <> '[]' ORDER BY id DESC LIMIT 1"


@dataclass(frozen=True, slots=True)
class Material:
    """The conversation and its surroundings."""

    bot: bots.BotRow
    place: Place
    turns: Sequence[Turn]
    pages: Sequence[Page]
    records: Records = field(default_factory=Records)
    untrusted: Sequence[str] = ()
    notes: Sequence[str] = ()

    @property
    def asked(self) -> Asked:
        """For routing."""
        return Asked(self.bot, self.place, self.turns, "", ())


async def gather(bot_id: int, text: str, batch_id: int | None) -> Material:
    """A typed message in an empty conversation, or a batch with what had been said before it. Raises LookupError."""
    bot = await bots.by_id(bot_id)
    place = Place(bot.id, bot.transport.account.username, bot.transport_name)
    if batch_id is None:
        return Material(bot, place, [Turn("user", text)], await configs.pages(bot.id, place))
    row = await db.row(_BATCH, (batch_id,))
    if row is None or not row["has_messages"]:
        raise LookupError("the messages are gone: they have been deleted, or have served their time")
    shared = bots.conversation(row).is_shared
    turns = await history.turns(row["session_id"], batch_id, row["size"], shared=shared)
    read = await db.row(_UNTRUSTED, (batch_id,))
    place = Place(bot.id, place.bot_name, place.platform, row["title"])
    pages, untrusted = await configs.pages(bot.id, place), read["untrusted"] if read else []
    notes = await history.notes(row["session_id"])
    return Material(bot, place, turns, pages, await load(batch_id), untrusted, notes)
