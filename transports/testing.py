"""For tests alone: the contract that the tests of every transport inherit, and a transport in memory."""

# ruff: noqa: S101, S106, S107 - these are tests, although they live beside what they test

from __future__ import annotations

import copy
import json
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest

from transports.base import InboundUpdate, Kind, Transport
from transports.clean import clean_text
from transports.errors import Unreadable, VerificationFailed
from transports.fake import FAKE_LIMIT, FakeTransport, Sent

__all__ = ["FAKE_LIMIT", "FakeTransport", "Sent", "TransportContract", "storable"]

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


class TransportContract(ABC):
    """What every transport must do. Inherit, fill the three methods, and set the two class attributes."""

    signature_header: ClassVar[str]
    """Lower-case name of the header that proves where a delivery comes from."""
    part_limit: ClassVar[int]
    """The longest part that `render` may make, as `measure` counts."""

    @abstractmethod
    def transport(self, secret: str = "s3cret") -> Transport:
        """A transport whose account has this secret."""

    @abstractmethod
    def headers(self, body: bytes, secret: str = "s3cret") -> dict[str, str]:
        """Everything a delivery of this body comes with, properly signed."""

    @abstractmethod
    def body(self, text: str) -> bytes:
        """A JSON delivery that is to be answered, whose author wrote `text`."""

    def measure(self, text: str) -> int:
        return len(text)

    # -- verify

    def test_signed_delivery_is_read(self) -> None:
        body = self.body("hello")
        update = self.transport().read(self.headers(body), body)
        assert (update.kind, update.text, update.ignored) == (Kind.MESSAGE, "hello", "")

    @pytest.mark.parametrize(
        "signature", [None, "", "wrong", "s3cre", "s3crett", "é", "\xff\x00", "sha256=", "sha256=é"]
    )
    def test_bad_signature_is_refused(self, signature: str | None) -> None:
        body = self.body("hello")
        headers = self.headers(body)
        headers.pop(self.signature_header)
        if signature is not None:
            headers[self.signature_header] = signature
        with pytest.raises(VerificationFailed):
            self.transport().verify(headers, body)

    def test_another_bots_secret_is_refused(self) -> None:
        body = self.body("hello")
        with pytest.raises(VerificationFailed):
            self.transport().verify(self.headers(body, secret="another"), body)

    def test_bot_without_secret_refuses_everything(self) -> None:
        body = self.body("hello")
        with pytest.raises(VerificationFailed):
            self.transport(secret="").verify(self.headers(body, secret=""), body)

    # -- parse

    @pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE)
    def test_broken_body_is_unreadable(self, body: bytes) -> None:
        with pytest.raises(Unreadable):
            self.transport().parse(self.headers(body), body)

    @pytest.mark.parametrize("value", ODD_VALUES, ids=repr)
    def test_odd_value_anywhere_raises_nothing_but_unreadable(self, value: Any) -> None:
        transport = self.transport()
        for changed in _replaced_everywhere(json.loads(self.body("hello")), value):
            body = json.dumps(changed).encode()
            try:
                update = transport.parse(self.headers(body), body)
            except Unreadable:
                continue
            assert storable(update)

    def test_parsing_is_repeatable(self) -> None:
        body = self.body("hello")
        transport = self.transport()
        assert transport.parse(self.headers(body), body) == transport.parse(self.headers(body), body)

    def test_update_says_what_it_is_and_where(self) -> None:
        body = self.body("hello")
        update = self.transport().parse(self.headers(body), body)
        assert update.external_id
        assert update.conversation
        assert update.conversation.key
        assert update.author
        assert update.author.id

    def test_text_loses_what_cannot_be_stored(self) -> None:
        body = self.body("a\x00b\ud83dc")
        assert self.transport().parse(self.headers(body), body).text == "abc"

    def test_text_keeps_everything_else(self) -> None:
        text = "שלום \u202eabc\u200b 😀 <b>&amp;"
        body = self.body(text)
        assert self.transport().parse(self.headers(body), body).text == text

    # -- render

    @pytest.mark.parametrize("markdown", ["", " \n\t", "\u200b", "***", "<!-- -->", "\n\n---\n\n"])
    def test_even_nothing_gives_a_part_with_something_to_see(self, markdown: str) -> None:
        parts = self.transport().render(markdown)
        assert parts
        assert all(part.text.strip() for part in parts)

    @pytest.mark.parametrize("between", [" ", "\n", "\n\n", "\n- ", " **😀** ", "", "\n```\n"], ids=repr)
    def test_long_answer_keeps_every_word_in_order_within_the_limit(self, between: str) -> None:
        words = [f"word{number}x" for number in range(9000)]
        parts = self.transport().render(between.join(words))
        assert re.findall(r"word\d+x", "".join(part.text.replace("\n", "") for part in parts)) == words
        assert all(part.text.strip() and self.measure(part.text) <= self.part_limit for part in parts)

    def test_parts_can_be_stored(self) -> None:
        for part in self.transport().render("# Title\n\n**bold** `code` [link](https://example.org)\n\n- one\n- two"):
            json.dumps([part.text, list(part.formatting)])


def storable(update: InboundUpdate) -> bool:
    """Whether PostgreSQL takes every text of the update, and JSON its address."""
    texts = [update.external_id, update.text, update.message_id, update.command, update.callback_id]
    texts += [update.callback_data, update.migrate_to, update.dedup_key, update.ignored]
    if update.author:
        texts += [update.author.id, update.author.name]
    if update.conversation:
        texts += [update.conversation.key, update.conversation.title, json.dumps(dict(update.conversation.address))]
    return all(type(text) is str and text == clean_text(text) for text in texts)


def _replaced_everywhere(document: Any, value: Any) -> Iterator[Any]:
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
