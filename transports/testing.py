"""For tests alone: the contract that the tests of every transport inherit, and a transport in memory."""

# ruff: noqa: S101, S106, S107 - these are tests, although they live beside what they test

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from typing import Any, ClassVar

import pytest

from transports.base import Author, Conversation, InboundUpdate, Kind, Transport
from transports.errors import Unreadable, VerificationFailed
from transports.fake import FAKE_LIMIT, FakeTransport, Sent
from transports.hostile import ODD_VALUES, UNREADABLE, replaced_everywhere, storable

__all__ = ["FAKE_LIMIT", "ButtonsContract", "FakeTransport", "Sent", "TransportContract", "storable"]


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
        for changed in replaced_everywhere(json.loads(self.body("hello")), value):
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

    # -- what it can do beyond

    def test_platform_with_buttons_is_tested_for_them(self) -> None:
        assert not self.transport().features.buttons or isinstance(self, ButtonsContract)

    async def test_platform_without_permissions_grants_none(self) -> None:
        transport = self.transport()
        if not transport.features.permissions:
            assert not await transport.may_write(Conversation("1:2"), Author("1", "anna"))

    # -- footer

    @pytest.mark.parametrize("answer", ["", "Hello", "```\ncode\n```", "- one\n- two", "word " * 30_000])
    def test_footer_comes_last_and_changes_nothing_above(self, answer: str) -> None:
        parts = self.transport().render(answer)
        footed = self.transport().with_footer(parts, "Under the bonnet", "model small\n\n3 steps")
        assert footed[: len(parts) - 1] == parts[:-1]
        assert footed[len(parts) - 1].text.startswith(parts[-1].text)
        last = footed[-1].text + json.dumps(list(footed[-1].formatting))
        assert "Under the bonnet" in last
        assert "model small" in last
        assert "3 steps" in last
        assert all(self.measure(part.text) <= self.part_limit for part in footed)

    def test_footer_needs_no_answer(self) -> None:
        [part] = self.transport().with_footer([], "Under the bonnet", "model small")
        assert "model small" in part.text

    def test_long_footer_keeps_every_word_within_the_limit(self) -> None:
        words = [f"word{number}x" for number in range(20_000)]
        parts = self.transport().with_footer(self.transport().render("Hello"), "Title", " ".join(words))
        assert all(self.measure(part.text) <= self.part_limit for part in parts)
        assert re.findall(r"word\d+x", "".join(part.text for part in parts)) == words

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


class ButtonsContract(TransportContract):
    """What a transport must do whose platform has buttons, or whose updates can be pressed ones."""

    @abstractmethod
    def press(self, data: str) -> bytes:
        """A delivery of a button with this data being pressed."""

    def pressed(self, data: str) -> InboundUpdate:
        body = self.press(data)
        return self.transport().parse(self.headers(body), body)

    def test_pressed_button_brings_its_data_and_can_be_answered(self) -> None:
        update = self.pressed("approval:17:a")
        assert (update.kind, update.callback_data, update.ignored) == (Kind.CALLBACK, "approval:17:a", "")
        assert update.callback_id
        assert update.author
        assert update.conversation
        assert update.message_id

    def test_button_without_data_is_ignored_and_can_be_answered(self) -> None:
        update = self.pressed("")
        assert (update.kind, bool(update.ignored), bool(update.callback_id)) == (Kind.CALLBACK, True, True)

    def test_data_is_cleaned_and_bounded(self) -> None:
        data = self.pressed("a\x00b\ud83dc" + "d" * 10_000).callback_data
        assert data == "abc" + "d" * 61

    @pytest.mark.parametrize("value", ODD_VALUES, ids=repr)
    def test_odd_value_anywhere_in_a_press_raises_nothing_but_unreadable(self, value: Any) -> None:
        transport = self.transport()
        for changed in replaced_everywhere(json.loads(self.press("data")), value):
            body = json.dumps(changed).encode()
            try:
                update = transport.parse(self.headers(body), body)
            except Unreadable:
                continue
            assert storable(update)
