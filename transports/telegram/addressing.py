"""Whether a message is meant for the bot: mentions by entity, replies, commands.

Offsets and lengths of entities are UTF-16 code units: https://core.telegram.org/bots/api#messageentity
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from transports.telegram.fields import number_in, object_in, text_in

_COMMAND = re.compile(r"/([A-Za-z0-9_]{1,32})(?:@([A-Za-z0-9_]{1,32}))?(?:\s+|$)")
_QUOTING = frozenset({"blockquote", "expandable_blockquote", "code", "pre"})
_SET_APART = _QUOTING | {"strikethrough"}
_AFTER_MENTION = " \t\r\n,:"


@dataclass(frozen=True, slots=True)
class Me:
    """The bot as messages name it."""

    id: str
    username: str
    """In lower case, without `@`."""

    def is_user(self, user: dict[str, Any]) -> bool:
        return str(number_in(user, "id")) == self.id


@dataclass(frozen=True, slots=True)
class Command:
    name: str
    arguments: str
    target: str
    """The bot it names, in lower case; empty for whoever listens."""


def read_command(text: str) -> Command | None:
    """`/name arguments` or `/name@bot arguments`; None for any other text."""
    if not (found := _COMMAND.match(text)):
        return None
    return Command(found[1].lower(), text[found.end() :], (found[2] or "").lower())


def text_and_entities(message: dict[str, Any]) -> tuple[str, list[dict[str, Any]]]:
    """The text with its entities, or the caption with its own."""
    text, name = text_in(message, "text"), "entities"
    if not text:
        text, name = text_in(message, "caption"), "caption_entities"
    entities = message.get(name)
    return text, [one for one in entities if isinstance(one, dict)] if isinstance(entities, list) else []


def mentions(text: str, entities: list[dict[str, Any]], me: Me) -> list[tuple[int, int]]:
    """Where the bot is mentioned, as (start, end) in UTF-16 units; quotations and code do not count."""
    spans = [span for one in entities if (span := _span(one)) and _names_me(one, span, text, me)]
    if not spans:
        return []
    quoted = [span for one in entities if text_in(one, "type") in _QUOTING and (span := _span(one))]
    return [(start, end) for start, end in spans if not any(low <= start < high for low, high in quoted)]


def is_set_apart(entities: list[dict[str, Any]], *, at: int | None = None) -> bool:
    """Whether a quotation, code or text that is struck out stands anywhere, or at this place (UTF-16 units).

    Such words say something about words, and decide nothing.
    """
    spans = [span for one in entities if text_in(one, "type") in _SET_APART and (span := _span(one))]
    return bool(spans) if at is None else any(start <= at < end for start, end in spans)


def without_leading_mention(text: str, spans: list[tuple[int, int]]) -> str:
    """The text after a mention at its start; the whole text when nothing else is in it."""
    if not spans or spans[0][0] != 0:
        return text
    return _units(text, spans[0][1], None).lstrip(_AFTER_MENTION) or text


def is_reply_to(message: dict[str, Any], me: Me) -> bool:
    """Whether it answers a message of the bot.

    In a topic, a message that answers nothing "replies" to the service message that opened the topic.
    """
    target = object_in(message, "reply_to_message")
    return me.is_user(object_in(target, "from")) and "forum_topic_created" not in target


def _names_me(entity: dict[str, Any], span: tuple[int, int], text: str, me: Me) -> bool:
    kind = entity.get("type")
    if kind == "mention":
        return bool(me.username) and _units(text, *span).lower() == f"@{me.username}"
    return kind == "text_mention" and me.is_user(object_in(entity, "user"))


def _span(entity: dict[str, Any]) -> tuple[int, int] | None:
    offset, length = number_in(entity, "offset"), number_in(entity, "length")
    return (offset, offset + length) if offset is not None and length and offset >= 0 and length > 0 else None


def _units(text: str, start: int, end: int | None) -> str:
    """A slice by UTF-16 code units."""
    if text.isascii():
        return text[start:end]
    encoded = text.encode("utf-16-le", "surrogatepass")
    return encoded[start * 2 : None if end is None else end * 2].decode("utf-16-le", "surrogatepass")
