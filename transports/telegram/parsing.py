"""One update of the Bot API, normalised: https://core.telegram.org/bots/api#update

Plain dictionary access: this runs for every delivery, before anything else is known about it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from transports.base import InboundUpdate, Kind
from transports.clean import clean_text, load_object
from transports.errors import Unreadable
from transports.telegram.addressing import (
    Command,
    Me,
    is_reply_to,
    is_set_apart,
    mentions,
    read_command,
    text_and_entities,
    without_leading_mention,
)
from transports.telegram.cutting import utf16_length
from transports.telegram.fields import author_of, conversation_of, is_channel, needed_number, object_in, text_in

CALLBACK_DATA_LIMIT = 64
"""https://core.telegram.org/bots/api#inlinekeyboardbutton"""
CALLBACK_ID_LIMIT = 64
"""Characters; Telegram's own have some twenty."""

_UPDATE_ID = re.compile(rb'"update_id"\s*:\s*(\d{1,19})\b')
_PASSED_ON = ("forward_origin", "forward_date", "via_bot")
"""Fields of a message that somebody else wrote: forwarded, or made by an inline bot."""
_ATTACHMENTS = (
    "animation", "audio", "contact", "dice", "document", "game", "location", "paid_media", "photo", "poll",
    "sticker", "story", "venue", "video", "video_note", "voice",
)  # fmt: skip


def parse_update(body: bytes, me: Me) -> InboundUpdate:
    """Raises Unreadable, with the update's id as far as it can be made out."""
    external_id = ""
    try:
        update = load_object(body)
        external_id = str(needed_number(update, "update_id"))
        for name, read in READERS.items():
            if name in update:
                return read(external_id, _needed_object(update, name), me)
    except Unreadable as error:
        if not external_id and (found := _UPDATE_ID.search(body)):
            external_id = found[1].decode()
        raise Unreadable(error.reason, external_id) from None
    kind = next((clean_text(name)[:40] for name in update if name != "update_id"), "empty")
    return _nothing(external_id, f"kind of update not handled: {kind}")


def _needed_object(update: dict[str, Any], name: str) -> dict[str, Any]:
    value = update[name]
    if not isinstance(value, dict):
        raise Unreadable(f"{name} is not an object")
    return value


def _nothing(external_id: str, reason: str, **fields: Any) -> InboundUpdate:
    return InboundUpdate(external_id, Kind.OTHER, ignored=reason, **fields)


def _read_message(external_id: str, message: dict[str, Any], me: Me) -> InboundUpdate:
    if "migrate_to_chat_id" in message:
        new_key = str(needed_number(message, "migrate_to_chat_id"))
        return InboundUpdate(external_id, Kind.MIGRATED, conversation_of(message), migrate_to=new_key)
    return _read_text(external_id, message, me, edited=False)


def _read_edited(external_id: str, message: dict[str, Any], me: Me) -> InboundUpdate:
    return _read_text(external_id, message, me, edited=True)


def _read_text(external_id: str, message: dict[str, Any], me: Me, *, edited: bool) -> InboundUpdate:
    """A message of a person, if it has text and is meant for the bot."""
    if is_channel(object_in(message, "chat")):
        return _nothing(external_id, "channel post")
    common: dict[str, Any] = {
        "conversation": conversation_of(message),
        "author": author_of(message),
        "message_id": str(needed_number(message, "message_id")),
    }
    raw, entities = text_and_entities(message)
    spans = mentions(raw, entities, me) if entities else []
    text = clean_text(without_leading_mention(raw, spans))
    passed_on = any(name in message for name in _PASSED_ON)
    own_words = not passed_on and not is_set_apart(entities)
    # Of a command, the words after it may well be code or a quotation.
    is_own = not passed_on and not is_set_apart(entities, at=utf16_length(raw) - utf16_length(text))
    command = read_command(text) if is_own else None
    named = bool(command and command.target and command.target == me.username)
    addressed = bool(spans) or named or is_reply_to(message, me)
    if reason := _why_ignored(message, common, text, command, me, addressed=addressed, edited=edited):
        return _nothing(external_id, reason, text=text, **common)
    if edited:
        return InboundUpdate(external_id, Kind.EDIT, text=text, **common)
    if command:
        told: dict[str, Any] = {"text": command.arguments, "command": command.name}
        told["addressed"] = addressed or not common["conversation"].is_shared
        return InboundUpdate(external_id, Kind.COMMAND, **told, **common)
    return InboundUpdate(external_id, Kind.MESSAGE, text=text, own_words=own_words, **common)


def _why_ignored(
    message: dict[str, Any],
    common: dict[str, Any],
    text: str,
    command: Command | None,
    me: Me,
    *,
    addressed: bool,
    edited: bool,
) -> str:
    """The reason why no answer is due; empty when one is."""
    if message.get("is_automatic_forward") is True:
        return "channel post, forwarded by Telegram"
    if common["author"].is_bot:
        return "from a bot"
    if not text.strip():
        return f"{_what(message)} without text"
    if command and command.target and command.target != me.username:
        return "addressed to another bot"
    if common["conversation"].is_shared and not addressed and not command:
        return "not addressed to the bot"
    return "edited command" if edited and command else ""


def _what(message: dict[str, Any]) -> str:
    return next((name.replace("_", " ") for name in _ATTACHMENTS if name in message), "message")


def _read_callback(external_id: str, query: dict[str, Any], me: Me) -> InboundUpdate:
    """A pressed button. The message it belongs to is missing for inline messages, its topic for very old ones."""
    message = object_in(query, "message")
    data = clean_text(text_in(query, "data"))[:CALLBACK_DATA_LIMIT]
    ignored = "" if data else "a button without data"
    return InboundUpdate(
        external_id,
        Kind.CALLBACK,
        conversation_of(message) if message else None,
        author_of({"from": object_in(query, "from")}),
        message_id=str(needed_number(message, "message_id")) if message else "",
        callback_id=clean_text(text_in(query, "id"))[:CALLBACK_ID_LIMIT],
        callback_data=data,
        ignored=ignored if message else "a button of an inline message",
    )


def _read_membership(external_id: str, change: dict[str, Any], me: Me) -> InboundUpdate:
    """What the bot itself may do in a chat from now on."""
    if is_channel(object_in(change, "chat")):
        return _nothing(external_id, "membership of a channel")
    kind = _membership(object_in(change, "new_chat_member"))
    common: dict[str, Any] = {
        "conversation": conversation_of(change),
        "author": author_of({"from": object_in(change, "from")}),
    }
    return InboundUpdate(external_id, kind, **common) if kind else _nothing(external_id, "unknown membership", **common)


def _membership(member: dict[str, Any]) -> Kind | None:
    status = member.get("status")
    if status in ("kicked", "left") or (status == "restricted" and member.get("is_member") is False):
        return Kind.BLOCKED
    return Kind.UNBLOCKED if status in ("member", "administrator", "creator", "restricted") else None


def _read_channel_post(external_id: str, message: dict[str, Any], me: Me) -> InboundUpdate:
    return _nothing(external_id, "channel post")


READERS: dict[str, Callable[[str, dict[str, Any], Me], InboundUpdate]] = {
    "message": _read_message,
    "edited_message": _read_edited,
    "callback_query": _read_callback,
    "my_chat_member": _read_membership,
    "channel_post": _read_channel_post,
    "edited_channel_post": _read_channel_post,
}
ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")
"""What Telegram is asked to deliver."""
