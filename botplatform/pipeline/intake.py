"""From a provider's bytes to an arrival: parsed, admitted, or kept aside as unreadable."""

from __future__ import annotations

import dataclasses
import hashlib
import secrets

from botplatform.pipeline.bots import BotRow
from botplatform.pipeline.inbox import Arrival
from transports.base import Headers, InboundUpdate, Kind
from transports.errors import Unreadable


def arrival(bot: BotRow, headers: Headers, body: bytes) -> Arrival:
    """Read a verified body. What cannot be read becomes a quarantined arrival, so that nothing signed is ever lost."""
    kept = {name: headers[name] for name in bot.transport.kept_headers if name in headers}
    try:
        update, quarantined = _admit(bot, bot.transport.parse(headers, body)), ""
    except Unreadable as error:
        update, quarantined = shell(error.external_id, body), error.reason
    return Arrival(
        bot_id=bot.id,
        account_id=bot.transport.account.account_id,
        update=update,
        body=body,
        request_id=secrets.token_hex(6),
        headers=kept,
        quarantined=quarantined,
    )


def shell(external_id: str, body: bytes) -> InboundUpdate:
    """An update of which nothing is known but, perhaps, its id; without one, the body's digest makes a repetition a duplicate."""
    return InboundUpdate(external_id[:200] or f"sha256:{hashlib.sha256(body).hexdigest()}", Kind.OTHER)


def quarantine(refused: Arrival, reason: str) -> Arrival:
    """The same arrival, kept aside because the database refused what was read from it."""
    kept = {name: value.encode("ascii", "replace").decode() for name, value in refused.headers.items()}
    external_id = refused.update.external_id.encode("ascii", "replace").decode().replace("\x00", "")
    return dataclasses.replace(refused, update=shell(external_id, refused.body), headers=kept, quarantined=reason)


def _admit(bot: BotRow, update: InboundUpdate) -> InboundUpdate:
    if update.author and update.author.id in bot.blocked_ids and not update.ignored:
        return dataclasses.replace(update, ignored="an operator has blocked the author")
    if update.ignored or not bot.allowed_ids or update.kind in (Kind.BLOCKED, Kind.UNBLOCKED, Kind.MIGRATED):
        return update
    if update.author and bot.admits(update.author.id):
        return update
    if update.command == "start" and update.text.strip():  # perhaps a pairing link, which the control task looks up
        return update
    return dataclasses.replace(update, ignored="the author is not on the bot's allow-list")
