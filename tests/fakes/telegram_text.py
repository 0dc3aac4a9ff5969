"""What Telegram accepts as the text of a message, and the words with which it declines.

https://core.telegram.org/bots/api#sendmessage and #messageentity; wording as the Bot API server sends it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tests.fakes.telegram_errors import BadRequest

MAX_UNITS = 4096
MAX_ENTITIES = 100

_ENTITY_TYPES = """
    mention hashtag cashtag bot_command url email phone_number bold italic underline strikethrough spoiler blockquote
    expandable_blockquote code pre text_link text_mention custom_emoji date_time
"""


def units(text: str) -> int:
    """Length in UTF-16 code units, in which Telegram counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def check_text(parameters: Mapping[str, Any], *, too_long: str = "message is too long") -> tuple[str, list[Any]]:
    """Return text and entities as Telegram would keep them. Raises BadRequest."""
    text, entities = parameters.get("text") or "", parameters.get("entities") or []
    if parameters.get("parse_mode"):
        raise BadRequest("unsupported parse_mode")
    if not isinstance(text, str) or not text:
        raise BadRequest("message text is empty")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise BadRequest("strings must be encoded in UTF-8")
    if units(text) > MAX_UNITS:
        raise BadRequest(too_long)
    if not text.strip():
        raise BadRequest("text must be non-empty")
    check_entities(text, entities)
    return text.rstrip(), entities


def check_entities(text: str, entities: Sequence[Mapping[str, Any]]) -> None:
    """Raise BadRequest unless every entity lies on whole characters within the text.

    Telegram leaves out all after the hundredth without a word; here that is an error, so that it is seen.
    """
    if len(entities) > MAX_ENTITIES:
        raise BadRequest("ENTITIES_TOO_LONG")
    edges = _edges(text)
    for entity in entities:
        _check_entity(entity, edges)


def _check_entity(entity: Mapping[str, Any], edges: set[int]) -> None:
    kind, offset, length = entity.get("type"), entity.get("offset"), entity.get("length")
    if kind not in _ENTITY_TYPES.split():
        raise BadRequest("can't parse MessageEntity: unsupported type specified")
    if not isinstance(offset, int) or offset < 0:
        raise BadRequest(f"receive an entity with incorrect offset {offset}")
    if not isinstance(length, int) or length <= 0:
        raise BadRequest(f"receive an entity with incorrect length {length}")
    end, last = offset + length, max(edges)
    if offset >= last:
        raise BadRequest(f"entity begins after the end of the text at UTF-16 offset {offset}")
    if end > last:
        raise BadRequest(
            f"entity beginning at UTF-16 offset {offset} ends after the end of the text at UTF-16 offset {end}"
        )
    if offset not in edges:
        raise BadRequest(f"entity begins in a middle of a UTF-16 symbol at byte offset {offset}")
    if end not in edges:
        raise BadRequest(f"entity beginning at UTF-16 offset {offset} ends in a middle of a UTF-16 symbol")
    if kind == "text_link" and not entity.get("url"):
        raise BadRequest("can't parse MessageEntity: can't find field \"url\"")


def _edges(text: str) -> set[int]:
    """The UTF-16 offsets at which a character begins, and the end."""
    edges, position = {0}, 0
    for character in text:
        position += 2 if character > "\uffff" else 1
        edges.add(position)
    return edges
