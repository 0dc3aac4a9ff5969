from __future__ import annotations

import pytest

from agents.routing.answers import asks, is_bare_answer


@pytest.mark.parametrize(
    "text",
    [
        "Shall I explain more?",
        "你想继续吗？",
        "I would close it. `/approve 8` or `/deny 8`",
        "I would write it to a.csv.",
    ],
)
def test_message_that_waits_for_an_answer_asks(text: str) -> None:
    assert asks(text)


@pytest.mark.parametrize("text", ["", "Here you are.", "Is it? It is. " + "And so on. " * 60])
def test_message_that_ends_otherwise_does_not_ask(text: str) -> None:
    assert not asks(text)


@pytest.mark.parametrize(
    "text", ["yes", "Ok!", "no thanks", "👍", "ja, bitte", "da", "はい", "both of them", "sure thing"]
)
def test_few_words_of_consent_or_refusal_are_an_answer(text: str) -> None:
    assert is_bare_answer(text) is (text != "da")


@pytest.mark.parametrize("text", ["hello", "what time is it", "no, I meant the table that one can eat at", ""])
def test_other_messages_are_no_bare_answer(text: str) -> None:
    assert not is_bare_answer(text)
