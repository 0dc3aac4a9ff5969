from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.routing.normalising import messages_of, normalise


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("  hello \n", "hello"),
        ("thank   you\tso much", "thank you so much"),
        ("he\u200bllo\u202e", "hello"),
        ("what’s “that”", 'what\'s "that"'),
        ("ｈｅｌｌｏ！", "hello!"),
        ("cafe\u0301", "café"),
        ("👍🏽 ❤️", "👍 ❤"),
        ("@helper-bot, thanks!", "thanks!"),
        ("@helper-bot @lena: ship it", "ship it"),
        ("ask @lena", "ask @lena"),
        ("@helper-bot", "@helper-bot"),
        ("one\r\ntwo", "one\ntwo"),
        ("Really?! 😀", "Really?! 😀"),
    ],
)
def test_message_is_seen_as(text: str, seen: str) -> None:
    assert normalise(text) == seen


def test_messages_answered_together_are_cut_and_empty_ones_left_out() -> None:
    assert messages_of("hi\n---\n \u200b \n---\nwhat's up") == ["hi", "what's up"]


def test_nothing_said_is_no_message() -> None:
    assert messages_of(" \n---\n\u200b") == []


@given(st.text())
def test_messages_are_never_empty_and_can_be_stored_as_text(text: str) -> None:
    assert all(message.strip() and message.encode() for message in messages_of(text))
