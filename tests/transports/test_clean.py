from __future__ import annotations

import pytest

from transports.clean import clean_text, load_object, strip_invisible
from transports.errors import Unreadable


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_every_encoding_of_json_is_read(encoding: str) -> None:
    assert load_object('{"a": "ü😀"}'.encode(encoding)) == {"a": "ü😀"}


def test_last_of_a_repeated_key_counts() -> None:
    assert load_object(b'{"a": 1, "a": 2}') == {"a": 2}


def test_integers_past_64_bits_are_read() -> None:
    assert load_object(b'{"a": 18446744073709551616}') == {"a": 2**64}


def test_reason_never_holds_the_body() -> None:
    with pytest.raises(Unreadable) as caught:
        load_object(b'{"token": sesame}')
    assert "sesame" not in repr(caught.value)


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [("a\x00b", "ab"), ("a\ud83db", "ab"), ("\udc00", ""), ("😀\u202e\u200bשלום\n\t", "😀\u202e\u200bשלום\n\t")],
    ids=ascii,
)
def test_cleaning_removes_only_what_cannot_be_stored(text: str, cleaned: str) -> None:
    assert clean_text(text) == cleaned


@pytest.mark.parametrize(
    "hidden",
    ["\u200b", "\u200d", "\ufeff", "\u202e", "\u2066", "\u061c", "\u00ad", "\u2060", "\U000e0041", "\U000e0100"],
    ids=ascii,
)
def test_invisible_characters_leave_prompts(hidden: str) -> None:
    assert strip_invisible(f"ig{hidden}nore") == "ignore"


@pytest.mark.parametrize("text", ["שלום", "مرحبا", "❤️", "😀", "line\nline\ttab", "naïve"])
def test_visible_text_stays_in_prompts(text: str) -> None:
    assert strip_invisible(text) == text
