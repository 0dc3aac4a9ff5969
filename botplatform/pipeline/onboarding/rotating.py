"""Another webhook secret without a lost update: the new one is accepted before the provider has it, the old one until it surely has."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import structlog

from botplatform.pipeline.onboarding import calling, secrecy, vault
from botplatform.pipeline.onboarding.delivering import Way, way_of

log = structlog.get_logger(__name__)


class Teller(StrEnum):
    """Who tells the provider."""

    WE = "we"
    """A web process, within half a minute; it tries again until the provider takes it."""
    PERSON = "person"
    """The operator, by hand."""
    NOBODY = "nobody"
    """Nobody needs to: updates are polled."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A rotation that has begun."""

    teller: Teller
    secret: str = field(repr=False)
    """To be shown once, where a person tells the provider."""


def teller_of(transport: str, delivery: str, *, is_app: bool) -> Teller:
    """Who has to tell the provider about a new secret."""
    if transport == "github":
        return Teller.WE if is_app else Teller.PERSON
    return {Way.WEBHOOK: Teller.WE, Way.POLLING: Teller.NOBODY, Way.NONE: Teller.PERSON}[way_of(transport, delivery)]


async def begin(bot_id: int, *, by: str) -> Begun:
    """Store a new secret beside the old ones. Raises LookupError."""
    async with calling.bot(bot_id) as bot:
        teller = teller_of(bot.name, bot.delivery, is_app=bot.is_app)
    new, now = secrecy.fresh(), time.time()

    def alter(values: dict[str, Any]) -> dict[str, Any] | None:
        changed = secrecy.with_secret(values, new, now=now, by_hand=teller is Teller.PERSON)
        return (secrecy.confirmed(changed, new, now) or changed) if teller is Teller.NOBODY else changed

    if not await vault.change(bot_id, alter):
        raise LookupError("the credentials change too quickly; try again")
    log.info("bot.secret_rotated", bot=bot_id, by=by, teller=teller.value)
    return Begun(teller, new)


async def person_has_told(bot_id: int) -> bool:
    """The provider has the current secret, somebody says; the old ones end after the grace. False: nothing was open."""

    def alter(values: dict[str, Any]) -> dict[str, Any] | None:
        return secrecy.confirmed(values, values.get("secret", ""), time.time())

    return await vault.change(bot_id, alter)
