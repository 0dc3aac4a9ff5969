from __future__ import annotations

import time

import pytest

from agents.consent import asks_something, is_bare, mentions_decision


@pytest.mark.parametrize(
    "text",
    [
        "yes",
        "Yes, please go ahead.",
        "no",
        "nope!",
        "no thanks",
        "Do it",
        "don’t do it",
        "approve 5 and 6",
        "deny #3",
        "👍",
        "@helper-bot yes",
        "Ada Lovelace: yes",
        "yes\n---\ngo ahead",
        "ja, bitte",
        "Nein, bitte abbrechen.",
        "oui vas-y",
        "sí",
        "sim, pode fazer",
        "да",
        "はい",
        "不要",
    ],
)
def test_bare_decision_is_recognised(text: str) -> None:
    assert is_bare(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "3",
        "thanks",
        "no worries",
        "yes I know, but why is the sky blue?",
        "no, delete the other branch",
        "delete this chat's history",
        "do not push",
        "ok and for 4 people?",
        "hi\n---\nyes",
        "node",
        "yesterday",
        "Note: yes men are everywhere",
    ],
)
def test_anything_else_is_not_bare(text: str) -> None:
    assert not is_bare(text)


@pytest.mark.parametrize("text", ["dont do it " * 18 + "x", "@a" + "-y" * 98 + "!x", "no " * 65 + "x", "y" * 200])
def test_no_message_makes_it_slow(text: str) -> None:
    began = time.monotonic()
    assert not is_bare(text)
    assert time.monotonic() - began < 0.1


@pytest.mark.parametrize(
    ("text", "mentions"),
    [
        ("I do not approve of this", True),
        ("yes, but only tomorrow", True),
        ("👎 not like that", True),
        ("merge the other one", False),
        ("yes, and while you are at it please write a longer text about all of them", False),
    ],
)
def test_short_message_with_a_word_of_decision(text: str, mentions: bool) -> None:
    assert mentions_decision(text) is mentions


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("Shall I go on?", True),
        ("Would you like more? I can explain it **in detail**.", True),
        ("続けますか？", True),
        ("Here it is.", False),
        ("See https://example.org/a?b=c", False),
        ("Use `a ? b : c`, or\n\n```\nx ? \n```", False),
        ("", False),
    ],
)
def test_question_in_a_text(text: str, asks: bool) -> None:
    assert asks_something(text) is asks
