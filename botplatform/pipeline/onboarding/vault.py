"""A bot's sealed credentials, read and changed; a change that somebody else overtook is made again on what he left."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botplatform import logs, sealing
from botplatform.pipeline import bots, db

TRIES = 10

Alter = Callable[[dict[str, Any]], dict[str, Any] | None]
"""Credentials in, changed ones out; None leaves them."""


async def read(bot_id: int) -> dict[str, Any]:
    """The credentials. Raises LookupError when the bot is gone, CannotUnseal (one too) when the key is another."""
    return sealing.unseal(await _sealed(bot_id))


async def change(bot_id: int, alter: Alter, *, unreadable: bool = False) -> bool:
    """Store what `alter` makes of the credentials; whether anything was stored. Raises LookupError.

    `unreadable`: what was sealed with a key that is gone counts as empty.
    """
    for _ in range(TRIES):
        sealed = await _sealed(bot_id)
        try:
            values = sealing.unseal(sealed)
        except sealing.CannotUnseal:
            if not unreadable:
                raise
            values = {}
        changed = alter(values)
        if changed is None:
            return False
        logs.hide(*(value for value in changed.values() if isinstance(value, str)))
        stored = (sealing.seal(changed), bot_id, sealed)
        if await db.change(
            "UPDATE botplatform_bot SET credentials = %s, updated_at = now() WHERE id = %s AND credentials = %s", stored
        ):
            bots.forget(bot_id)
            return True
    return False


async def _sealed(bot_id: int) -> str:
    row = await db.row("SELECT credentials FROM botplatform_bot WHERE id = %s", (bot_id,))
    if row is None:
        raise LookupError(f"bot {bot_id} is gone")
    return str(row["credentials"])
