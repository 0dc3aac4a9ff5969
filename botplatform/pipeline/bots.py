"""Bots as the pipeline needs them: read from the database, cached for a moment, with a live transport for each loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from channels.layers import get_channel_layer
from django.conf import settings

from agents.base import Risk
from botplatform import logs, sealing
from botplatform.pipeline import db
from transports import registry
from transports.base import Account, Conversation, ConversationKind, Transport
from transports.http import TOTAL_SECONDS, Http

CACHE_SECONDS = 5.0
_COLUMNS = """id, transport, slug, enabled, account_id, username, api_url, credentials, admin_ids, allowed_ids, approver_ids, blocked_ids,
    routing, direct_agent, approve_from, delivery, updated_at"""


@dataclass(frozen=True, slots=True)
class BotRow:
    """One bot, its transport bound to the running loop."""

    id: int
    transport_name: str
    slug: str
    admin_ids: frozenset[str]
    allowed_ids: frozenset[str]
    approver_ids: frozenset[str]
    blocked_ids: frozenset[str]
    routing: bool
    """Whether an agent is chosen for each batch; otherwise `direct_agent` answers everything."""
    direct_agent: str
    approve_from: Risk
    delivery: str
    """How updates come in, where there is a choice: auto, webhook or polling."""
    updated_at: datetime
    transport: Transport

    def admits(self, person_id: str) -> bool:
        """Whether somebody may talk to the bot: everybody who is not blocked, unless it has an allow-list."""
        if person_id in self.blocked_ids:
            return False
        return not self.allowed_ids or person_id in self.allowed_ids | self.admin_ids | self.approver_ids


_loaded: dict[tuple[asyncio.AbstractEventLoop, object], tuple[float, BotRow | None]] = {}
_clients: dict[asyncio.AbstractEventLoop, Http] = {}


def watchers_group(transport: str, key: str) -> str:
    """The Channels group of those who watch a live conversation."""
    return "".join(char if char.isalnum() or char in "-_." else "-" for char in f"{transport}.{key}")[:99]


async def _publish_to(transport: str, key: str, event: Mapping[str, Any]) -> None:
    layer = get_channel_layer()
    async with asyncio.timeout(2):
        await layer.group_send(watchers_group(transport, key), {"type": "chat.event", "event": dict(event)})


def account_of(row: Mapping[str, Any]) -> Account:
    """Unseal a bot's credentials. Its secrets are redacted in logs from then on. Raises CannotUnseal."""
    secrets = sealing.unseal(row["credentials"])
    secrets.pop("environment", None)
    previous = [(one["secret"], one["until"]) for one in secrets.pop("previous", ())]
    logs.hide(*(value for value in secrets.values() if isinstance(value, str)), *(secret for secret, _ in previous))
    return Account(
        slug=row["slug"],
        token=secrets.pop("token", ""),
        secret=secrets.pop("secret", ""),
        api_url=row["api_url"],
        account_id=row["account_id"],
        username=row["username"],
        options=secrets,
        previous=previous,
    )


def client() -> Http:
    """The running loop's HTTP client."""
    loop = asyncio.get_running_loop()
    if loop not in _clients:
        _clients[loop] = Http(total_seconds=min(TOTAL_SECONDS, settings.LEASE.total_seconds() * 0.3))
    return _clients[loop]


def _build(row: Mapping[str, Any]) -> BotRow:
    name = row["transport"]

    async def publish(key: str, event: Mapping[str, Any]) -> None:
        await _publish_to(name, key, event)

    transport = registry.TRANSPORTS[name](account_of(row), client(), publish)
    return BotRow(
        id=row["id"],
        transport_name=name,
        slug=row["slug"],
        admin_ids=frozenset(map(str, row["admin_ids"])),
        allowed_ids=frozenset(map(str, row["allowed_ids"])),
        approver_ids=frozenset(map(str, row["approver_ids"])),
        blocked_ids=frozenset(map(str, row["blocked_ids"])),
        routing=row["routing"],
        direct_agent=row["direct_agent"],
        approve_from=Risk(row["approve_from"]),
        delivery=row["delivery"],
        updated_at=row["updated_at"],
        transport=transport,
    )


async def _load(key: object, where: str, params: tuple[object, ...]) -> BotRow | None:
    slot = (asyncio.get_running_loop(), key)
    cached_at, known = _loaded.get(slot, (0.0, None))
    if known and time.monotonic() - cached_at < CACHE_SECONDS:
        return known
    row = await db.row(f"SELECT {_COLUMNS} FROM botplatform_bot WHERE {where}", params)
    if row is None or row["transport"] not in registry.TRANSPORTS:
        _loaded.pop(slot, None)
        return None
    if known is None or known.updated_at != row["updated_at"]:
        known = _build(row)
    _loaded[slot] = (time.monotonic(), known)
    return known


async def by_slug(transport: str, slug: str) -> BotRow | None:
    """The enabled bot behind a webhook address, or None."""
    return await _load((transport, slug), "transport = %s AND slug = %s AND enabled", (transport, slug))


async def by_id(bot_id: int) -> BotRow:
    """A bot that exists, enabled or not."""
    bot = await _load(bot_id, "id = %s", (bot_id,))
    if bot is None:
        raise LookupError(f"bot {bot_id} is gone or its transport unknown")
    return bot


@asynccontextmanager
async def borrowed(bot_id: int) -> AsyncIterator[BotRow]:
    """A bot for a moment; on a loop that ends with its one call, its client is closed afterwards."""
    try:
        yield await by_id(bot_id)
    finally:
        if not db.has_pool():
            await close()


def conversation(session: Mapping[str, Any]) -> Conversation:
    """A session's row (`key`, `kind`, `title`, `is_public`, `address`) as its transport knows it."""
    return Conversation(
        key=session["key"],
        kind=ConversationKind(session["kind"]),
        title=session["title"],
        is_public=session["is_public"],
        address=session["address"],
    )


async def close() -> None:
    """Forget the running loop's transports and close its client."""
    loop = asyncio.get_running_loop()
    for slot in [slot for slot in _loaded if slot[0] is loop]:
        del _loaded[slot]
    if http := _clients.pop(loop, None):
        await http.aclose()


def forget(bot_id: int) -> None:
    """Read the bot afresh at the next look."""
    for slot in [slot for slot, (_, bot) in _loaded.items() if bot and bot.id == bot_id]:
        del _loaded[slot]
