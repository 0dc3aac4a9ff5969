"""What the provider says of a bot's webhook: asked every few minutes and on demand, stored, and put in words."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import structlog

from botplatform import sealing
from botplatform.pipeline import db
from botplatform.pipeline.onboarding import calling, secrecy, vault
from botplatform.pipeline.onboarding.delivering import Way, address_of, way_of
from transports.errors import TransportError, Unauthorized

log = structlog.get_logger(__name__)

SAYINGS = (
    "Unauthorized",
    "Not Found",
    "GitHub does not accept the credentials",
    "the GitHub token is missing or malformed",
    "the GitHub App's private key cannot be read",
    "the GitHub App's private key is no RSA key",
)
"""How it reads in a bot's problem, and in a reply's error, when the provider no longer takes the credentials."""

_DUE = """
    SELECT id, transport, delivery FROM botplatform_bot
    WHERE enabled AND credentials <> '' AND transport IN ('telegram', 'github')
      AND coalesce((provider_status->>'asked_at')::timestamptz, '-infinity') < now() - make_interval(secs => %s) ORDER BY id"""
_STORE = "UPDATE botplatform_bot SET provider_status = %s WHERE id = %s"
_PENDING = "SELECT (provider_status->>'pending')::int AS pending FROM botplatform_bot WHERE id = %s"
_REVOKED = "UPDATE botplatform_bot SET problem = %s WHERE id = %s"
_WELL = "UPDATE botplatform_bot SET problem = '' WHERE id = %s AND problem = ANY(%s)"


async def due(every_seconds: float) -> list[int]:
    """Bots whose provider was not asked for so long."""
    return [
        row["id"]
        for row in await db.rows(_DUE, (every_seconds,))
        if way_of(row["transport"], row["delivery"]) is not Way.NONE
    ]


async def check(bot_id: int) -> str:
    """Ask the provider once and store what it says. What it complains about; empty when it answered. Raises LookupError."""
    try:
        await vault.read(bot_id)
    except sealing.CannotUnseal as error:
        await _store(bot_id, {"error": str(error)})
        return str(error)
    async with calling.bot(bot_id) as bot:
        if not bot.has_credentials:
            await _store(bot_id, {})
            return ""
        complaint, revoked, said = "", False, dict[str, Any]()
        try:
            state = await bot.transport.webhook_state()
            if state is None:  # nothing is told of webhooks, but the credentials can be tried
                await bot.transport.identify()
            said = asdict(state) if state else {}
        except TransportError as error:
            complaint, revoked = str(error), isinstance(error, Unauthorized)
        about = {"way": way_of(bot.name, bot.delivery).value, "expected": address_of(bot.name, bot.slug)}
    await _store(bot_id, {**about, **said, "error": complaint})
    if revoked:
        await db.change(_REVOKED, (complaint, bot_id))
    elif not complaint:
        await db.change(_WELL, (bot_id, list(SAYINGS)))
    await vault.change(bot_id, lambda values: secrecy.without_ended(values, time.time()))
    return complaint


async def _store(bot_id: int, status: dict[str, Any]) -> None:
    before = await db.row(_PENDING, (bot_id,))
    status["pending_before"] = before["pending"] if before else None
    status["asked_at"] = datetime.now(UTC).isoformat()
    await db.change(_STORE, (json.dumps(status), bot_id))
