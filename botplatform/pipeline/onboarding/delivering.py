"""How a bot's updates come in, and telling the provider where to deliver them."""

from __future__ import annotations

import asyncio
import time
from enum import StrEnum

import structlog

from botplatform import config
from botplatform.pipeline import bots
from botplatform.pipeline.onboarding import calling, secrecy, vault
from transports.errors import Refused

log = structlog.get_logger(__name__)

KNOWN_AFTER_SECONDS = bots.CACHE_SECONDS + 2
"""So long after a secret was stored every process accepts it; only then the provider may sign with it."""
NO_ADDRESS = "PUBLIC_URL is not set: nobody could deliver to a webhook of this installation"


class Way(StrEnum):
    """How updates come in."""

    WEBHOOK = "webhook"
    """The provider posts them."""
    POLLING = "polling"
    """A web process asks for them."""
    NONE = "none"
    """Nothing is registered or asked for here."""


def way_of(transport: str, delivery: str) -> Way:
    """By the bot's own choice; `auto` goes by TELEGRAM_MODE. TELEGRAM_MODE=off counts for every bot, whatever it chose."""
    if transport == "github":
        return Way.WEBHOOK
    env = config.load()
    if transport != "telegram" or env.TELEGRAM_MODE == "off":
        return Way.NONE
    chosen = env.TELEGRAM_MODE if delivery == "auto" else delivery
    if chosen == "auto":
        return Way.WEBHOOK if env.PUBLIC_URL else Way.POLLING
    return Way(chosen)


def address_of(transport: str, slug: str) -> str:
    """Where this installation takes a bot's deliveries; empty while PUBLIC_URL is not set."""
    public = config.load().PUBLIC_URL
    return f"{public}/webhooks/{transport}/{slug}/" if public else ""


async def register(bot_id: int) -> bool:
    """Tell the provider our address and the current secret; the old ones end soon after. False where only a person can.

    Raises TransportError; then the old secrets go on counting.
    """
    await _known_everywhere(bot_id)
    async with calling.bot(bot_id) as bot:
        if not (url := address_of(bot.name, bot.slug)):
            raise Refused(NO_ADDRESS)
        if not await bot.transport.register_webhook(url):
            return False
        told = bot.transport.account.secret
    if await vault.change(bot_id, lambda values: secrecy.confirmed(values, told, time.time())):
        log.info("bot.secret_confirmed", bot=bot_id)
    return True


async def is_open(bot_id: int) -> bool:
    """Whether a secret was stored that the provider may not have yet."""
    return secrecy.open_since(await vault.read(bot_id)) is not None


async def _known_everywhere(bot_id: int) -> None:
    since = secrecy.open_since(await vault.read(bot_id))
    if since is not None:
        await asyncio.sleep(min(max(0.0, since + KNOWN_AFTER_SECONDS - time.time()), KNOWN_AFTER_SECONDS))
