"""A transport for one errand, with a client of its own: whoever calls may have no loop that lives on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from botplatform.pipeline import bots, db
from transports import registry
from transports.base import Account, Transport
from transports.http import Http

SECONDS = 8.0
"""One call; a person waits for it."""


@dataclass(frozen=True, slots=True)
class Called:
    """A bot as it is stored now, and its transport."""

    id: int
    name: str
    slug: str
    delivery: str
    account_id: str
    problem: str
    transport: Transport

    @property
    def has_credentials(self) -> bool:
        """Whether there is anything to ask the provider with."""
        account = self.transport.account
        return bool(account.token or account.options.get("app_id"))

    @property
    def is_app(self) -> bool:
        """A GitHub App, whose webhook can be seen and set through the API."""
        return bool(self.transport.account.options.get("app_id"))


@asynccontextmanager
async def client() -> AsyncIterator[Http]:
    """An HTTP client that is closed afterwards."""
    http = Http(connections=2, total_seconds=SECONDS)
    try:
        yield http
    finally:
        await http.aclose()


@asynccontextmanager
async def transport(name: str, account: Account) -> AsyncIterator[Transport]:
    """A transport for credentials that no bot has yet."""
    async with client() as http:
        yield registry.TRANSPORTS[name](account, http)


@asynccontextmanager
async def bot(bot_id: int) -> AsyncIterator[Called]:
    """A bot as it is stored. Raises LookupError: it is gone, or its credentials cannot be read."""
    row = await db.row("SELECT * FROM botplatform_bot WHERE id = %s", (bot_id,))
    if row is None or row["transport"] not in registry.TRANSPORTS:
        raise LookupError(f"bot {bot_id} is gone or its transport unknown")
    async with transport(row["transport"], bots.account_of(row)) as found:
        yield Called(
            id=bot_id,
            name=row["transport"],
            slug=row["slug"],
            delivery=row["delivery"],
            account_id=row["account_id"],
            problem=row["problem"],
            transport=found,
        )
