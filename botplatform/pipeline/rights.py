"""Who may do what: admins and approvers by the bot's lists, people with write permission by the platform's own word."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from botplatform.pipeline import db
from botplatform.pipeline.bots import BotRow
from transports.base import Author, Conversation
from transports.errors import TransportError

log = structlog.get_logger(__name__)

# People of the web chat are users of this installation, or guests, whose ids are no numbers. Who is limited to other bots at
# the console decides nothing here either.
_USER = """
    SELECT u.is_superuser, u.is_superuser OR (
        EXISTS (SELECT FROM botplatform_botaccess l WHERE l.user_id = u.id AND l.bot_id = %(bot)s)
        OR NOT EXISTS (SELECT FROM botplatform_botaccess l WHERE l.user_id = u.id)) AND EXISTS (
        SELECT FROM auth_permission p WHERE p.codename = 'decide_approval' AND (
            EXISTS (SELECT FROM auth_user_user_permissions up WHERE up.user_id = u.id AND up.permission_id = p.id)
            OR EXISTS (SELECT FROM auth_user_groups g JOIN auth_group_permissions gp ON gp.group_id = g.group_id
                       WHERE g.user_id = u.id AND gp.permission_id = p.id))) AS may_approve
    FROM auth_user u WHERE u.id = %(user)s AND u.is_active AND u.is_staff"""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in a chat, by the provider's id, with his rights here."""

    id: str
    name: str
    is_admin: bool = False
    """Admin commands."""
    may_approve: bool = False
    """Decisions on any approval of this conversation."""


async def of(bot: BotRow, to: Conversation | None, author: Author | None) -> Person:
    """Look somebody's rights up; may ask the platform. Whatever cannot be found out is not granted."""
    if author is None or not author.id or author.is_bot:
        return Person("", author.name if author else "")
    name = author.name or author.id
    if bot.transport_name == "terminal":  # whoever has the shell has the installation
        return Person(author.id, name, is_admin=True, may_approve=True)
    if bot.transport_name == "webchat":
        return await _user(bot.id, author.id, name)
    is_admin = author.id in bot.admin_ids
    known = is_admin or author.id in bot.approver_ids
    return Person(author.id, name, is_admin, known or await _may_write(bot, to, author))


async def _user(bot_id: int, author_id: str, name: str) -> Person:
    known = author_id.isascii() and author_id.isdecimal() and len(author_id) < 19
    row = await db.row(_USER, {"user": int(author_id), "bot": bot_id}) if known else None
    return Person(author_id, name, bool(row and row["is_superuser"]), bool(row and row["may_approve"]))


async def _may_write(bot: BotRow, to: Conversation | None, author: Author) -> bool:
    if to is None or not bot.transport.features.permissions:
        return False
    try:
        return await bot.transport.may_write(to, author)
    except TransportError as error:
        log.warning("rights.unknown", author_id=author.id, error=str(error))
        return False
