"""Pairing: a one-time link shows the platform somebody's account, so that nobody has to look up numeric ids."""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import timedelta

import structlog

from botplatform.pipeline import bots, db
from transports.base import InboundUpdate

log = structlog.get_logger(__name__)

VALID = timedelta(hours=24)
LISTS = {"admin": "admin_ids", "approver": "approver_ids", "allowed": "allowed_ids"}
WELCOME = {
    "admin": "You are an admin of this bot now: /help lists what you can do.",
    "approver": "You decide approvals of this bot now: /approve and /deny.",
    "allowed": "Welcome! You may talk to this bot now.",
}

_REDEEM = b"""
    UPDATE botplatform_pairinglink SET used_at = now(), used_by_id = %s, used_by_name = %s
    WHERE token_hash = %s AND bot_id = %s AND used_at IS NULL AND expires_at > now() RETURNING role, created_by"""
_GRANT = {
    role: f"""UPDATE botplatform_bot SET {column} = {column} || jsonb_build_array(%(person)s::text), updated_at = now()
              WHERE id = %(bot)s AND NOT {column} @> jsonb_build_array(%(person)s::text)""".encode()
    for role, column in LISTS.items()
}


def looks_like_a_token(text: str) -> bool:
    """Whether it can be one of ours; other links into a chat carry parameters too."""
    return re.fullmatch(r"[A-Za-z0-9_-]{22}", text.strip()) is not None


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


async def issue(bot_id: int, role: str, *, by: str) -> str:
    """Store a new link and return its token, which is kept nowhere: 22 characters that fit a Telegram start parameter.

    Source: https://core.telegram.org/bots/features#deep-linking (up to 64 characters of A-Z, a-z, 0-9, _ and -).
    """
    token = secrets.token_urlsafe(16)
    await db.change(
        """INSERT INTO botplatform_pairinglink (bot_id, role, token_hash, created_by, expires_at, used_by_id, used_by_name)
           VALUES (%s, %s, %s, %s, now() + %s, '', '')""",
        (bot_id, role, _digest(token), by, VALID),
    )
    log.info("pairing.issued", bot_id=bot_id, role=role, by=by)
    return token


def address(transport: str, username: str, token: str) -> str:
    """The link to follow: `t.me/<bot>?start=<token>` on Telegram, elsewhere the command to send."""
    if transport == "telegram" and username:
        return f"https://t.me/{username}?start={token}"
    return f"/start {token}"


async def redeem(connection: db.Connection, bot: bots.BotRow, update: InboundUpdate) -> str:
    """Give the author of `/start <token>` the link's role, once, in a private chat. What to say; empty for a wrong link."""
    person, talk = update.author, update.conversation
    if person is None or not person.id or person.is_bot or (talk and talk.is_shared):
        return ""
    values = (person.id, person.name, _digest(update.text.strip()), bot.id)
    link = await (await connection.execute(_REDEEM, values)).fetchone()
    if link is None:
        return ""
    await connection.execute(_GRANT[link["role"]], {"person": person.id, "bot": bot.id})
    bots.forget(bot.id)
    log.info("pairing.used", bot_id=bot.id, role=link["role"], person_id=person.id, created_by=link["created_by"])
    return WELCOME[link["role"]]
