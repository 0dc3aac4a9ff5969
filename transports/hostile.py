"""For tests alone: bodies and values that no provider sends, and what must survive them."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

from transports.base import InboundUpdate
from transports.clean import clean_text

UNREADABLE = {
    "empty": b"",
    "not_json": b"hello",
    "cut_off": b'{"a": ',
    "list": b"[]",
    "null": b"null",
    "string": b'"text"',
    "deep_list": b"[" * 100_000,
    "deep_object": b'{"a":' * 100_000,
    "endless_integer": b'{"a": ' + b"9" * 5000 + b"}",
    "nan": b'{"a": NaN}',
    "infinity": b'{"a": -Infinity}',
    "not_utf8": b'{"a": "\x80"}',
    "half_utf16": b"\xff\xfe{",
}
ODD_VALUES: list[Any] = [None, True, -1, 2**70, 1.5, "", "\ud800\x00", [], [None], {}, {"id": {}}]


def storable(update: InboundUpdate) -> bool:
    """Whether PostgreSQL takes every text of the update, and JSON its address."""
    texts = [update.external_id, update.text, update.message_id, update.command, update.callback_id]
    texts += [update.callback_data, update.migrate_to, update.dedup_key, update.ignored]
    if update.author:
        texts += [update.author.id, update.author.name]
    if update.conversation:
        texts += [update.conversation.key, update.conversation.title, json.dumps(dict(update.conversation.address))]
    return all(type(text) is str and text == clean_text(text) for text in texts)


def replaced_everywhere(document: Any, value: Any) -> Iterator[Any]:
    """The document once for each place in it, with `value` put there."""
    for path in _paths(document):
        changed = copy.deepcopy(document)
        place = changed
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value
        yield changed


def _paths(document: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inside: Any = ()
    if isinstance(document, dict):
        inside = document.items()
    elif isinstance(document, list):
        inside = enumerate(document)
    for step, value in inside:
        yield (*above, step)
        yield from _paths(value, (*above, step))
