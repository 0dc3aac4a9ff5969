"""Whose credentials somebody has, the bot that is made of them, and other credentials for a bot that exists."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import structlog

from botplatform import logs, sealing
from botplatform.models import Bot
from botplatform.pipeline import bots, db
from botplatform.pipeline.onboarding import calling, secrecy, vault
from transports.base import Account, Identity
from transports.github.manifest import NewApp, convert

log = structlog.get_logger(__name__)

_UNFIT = re.compile(r"[^a-z0-9]+")
_ACCOUNT = """
    UPDATE botplatform_bot SET account_id = %(account)s, username = coalesce(nullif(%(name)s, ''), username), problem = '',
        provider_status = NULL, updated_at = now() WHERE id = %(id)s"""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What somebody has to show: a token, or a GitHub App's id and key."""

    transport: str
    api_url: str
    token: str = field(default="", repr=False)
    app_id: str = ""
    private_key: str = field(default="", repr=False)

    def values(self) -> dict[str, str]:
        """As they are sealed."""
        given = {"token": self.token, "app_id": self.app_id, "private_key": self.private_key}
        return {name: value for name, value in given.items() if value}


@dataclass(frozen=True, slots=True)
class NewBot:
    """What a bot is made of."""

    credentials: Credentials
    slug: str
    who: Identity
    secret: str = field(repr=False)
    delivery: str = "auto"
    told: bool = True
    """Whether the provider has the secret, or will be given it by whoever connects the bot."""


async def meet(credentials: Credentials) -> Identity:
    """Ask the provider whose they are. Raises TransportError, whose words name no secret."""
    values = credentials.values()
    logs.hide(*values.values())
    options = {name: value for name, value in values.items() if name != "token"}
    account = Account(slug="", token=credentials.token, api_url=credentials.api_url, options=options)
    async with calling.transport(credentials.transport, account) as transport:
        return await transport.identify()


async def redeem(code: str, api_url: str) -> NewApp:
    """What GitHub hands over for a manifest's code. Raises TransportError."""
    async with calling.client() as http:
        app = await convert(http, api_url, code)
    logs.hide(app.private_key, app.webhook_secret)
    return app


def known_as(transport: str, account_id: str) -> Bot | None:
    """The bot that already is this account."""
    return Bot.objects.filter(transport=transport, account_id=account_id).order_by("-enabled", "pk").first()


def free_slug(transport: str, wanted: str) -> str:
    """A name for addresses that no bot of the transport has: like `wanted`, with a number if need be."""
    stem = _UNFIT.sub("-", wanted.lower()).strip("-")[:50] or transport
    taken = set(Bot.objects.filter(transport=transport).values_list("slug", flat=True))
    names = (stem if n == 1 else f"{stem}-{n}" for n in range(1, len(taken) + 2))
    return next(name for name in names if name not in taken)


def join(new: NewBot) -> Bot | None:
    """Store a new bot; a web process connects it within seconds. None when its slug is taken."""
    values: dict[str, Any] = {**new.credentials.values(), "secret": new.secret}
    if not new.told:
        values["unconfirmed_since"] = 0
    logs.hide(new.secret)
    fields = {
        "account_id": new.who.account_id, "username": new.who.username, "api_url": new.credentials.api_url,
        "credentials": sealing.seal(values), "delivery": new.delivery,
    }  # fmt: skip
    bot, made = Bot.objects.get_or_create(transport=new.credentials.transport, slug=new.slug, defaults=fields)
    if made:
        log.info("bot.joined", bot=str(bot), username=new.who.username)
    return bot if made else None


async def replace(bot_id: int, credentials: Credentials, who: Identity, *, by: str) -> bool:
    """Give a bot other credentials, which `meet` has found to be `who`'s; its webhook secret stays. Raises LookupError."""

    def alter(values: dict[str, Any]) -> dict[str, Any]:
        kept = {name: value for name, value in values.items() if name not in ("token", "app_id", "private_key")}
        return {"secret": secrecy.fresh(), **kept, **credentials.values()}

    if not await vault.change(bot_id, alter, unreadable=True):
        return False
    await db.change(_ACCOUNT, {"id": bot_id, "account": who.account_id, "name": who.username})
    bots.forget(bot_id)
    log.info("bot.credentials_replaced", bot=bot_id, username=who.username, by=by)
    return True
