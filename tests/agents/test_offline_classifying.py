"""How the offline model sorts messages, as the router would ask it to."""

from __future__ import annotations

import pytest

from agents.providers.offline.classifying import classify


@pytest.mark.parametrize(
    "text",
    [
        "hi",
        "good evening everyone",
        "how are you?",
        "why is the sky blue?",
        "what does idempotent mean?",
        "how do I write a unit test in pytest?",
        "what's the difference between git merge and git rebase?",
        "how do I delete a branch?",
        "if I close a pull request, is the branch gone?",
        "should I send an email or call?",
        "Is it rude to cancel a dinner on the same day?",
        "comment dit-on bonjour en japonais ?",
        "was ist eine Funktion in Python?",
        'translate "close the door" to Spanish',
        "python one liner to reverse a list",
        "thanks, that helped",
        "ok",
        "👍",
    ],
)
def test_talk_and_general_questions_are_simple(text: str) -> None:
    found = classify(text)
    assert (found["type"], found["complexity"], found["requires_human_approval"]) == ("simple", "low", False)
    assert found["category"] != "info"


@pytest.mark.parametrize(
    "text",
    [
        "delete this chat's history",
        "lösche bitte den Verlauf",
        "can you clear my history?",
        "thank you! now send it to the team",
        "hi, please merge #12",
        "@helper-bot close this",
        "Kannst du den Branch bitte mergen?",
        "ok and restart the bot",
    ],
)
def test_orders_need_approval(text: str) -> None:
    assert classify(text)["requires_human_approval"]


@pytest.mark.parametrize(
    "text",
    [
        "who runs this bot?",
        "Who are you?",
        "what can you do?",
        "help",
        "are you a human?",
        "do you have a website?",
        "what are your opening hours?",
        "can you merge pull requests yourself?",
        "wer betreibt dich?",
        "quién eres",
    ],
)
def test_questions_about_the_bot_are_info(text: str) -> None:
    found = classify(text)
    assert (found["category"], found["requires_human_approval"]) == ("info", False)


@pytest.mark.parametrize(
    ("text", "type_", "category"),
    [
        ("show me issue 77", "complex", "github"),
        ("why is CI red on our release branch?", "complex", "github"),
        ("compare three password managers with sources from several reviews", "complex", "research"),
        ("yes, go ahead", "tool_confirmation", "general"),
        ("nein, danke", "tool_confirmation", "general"),
        ("deny 3", "tool_confirmation", "general"),
    ],
)
def test_work_and_decisions_are_told_apart(text: str, type_: str, category: str) -> None:
    found = classify(text)
    assert (found["type"], found["category"]) == (type_, category)
