"""Approvals in the web chat, from the question to what became of it, through the whole platform."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.fakes.model_replies import Reply, text, tool
from tests.system.fakes import Fakes
from tests.system.platform import Platform

WISH = "delete this chat's history"
_names = count(1)
expect.set_options(timeout=20_000)


@pytest.fixture(autouse=True)
def eraser(fakes: Fakes) -> None:
    """A model that asks for what was wished, and reports what became of it."""

    def answer(prompt: dict[str, Any]) -> Reply:
        last = prompt["messages"][-1]["content"]
        if isinstance(last, list) and any(block.get("type") == "tool_result" for block in last):
            return text(f"Result: {last[0]['content']}")
        return tool("delete_history", {}, said="I will delete it.") if WISH in str(last) else text("Noted.")

    fakes.model.default = answer


@pytest.fixture
def page(context: Callable[..., BrowserContext], fakes: Fakes) -> Page:
    """A conversation in which something was said, and then the wish that it be deleted."""
    page = context().new_page()
    page.goto(f"/chat/?conversation=approval-{next(_names)}")
    expect(page.locator("#state")).to_have_text("Connected")
    say(page, "my locker is number 1234")
    expect(page.locator(".message.bot .text").last).to_have_text("Noted.")
    say(page, WISH)
    expect(page.get_by_role("button", name="Approve")).to_be_visible()
    return page


def say(page: Page, words: str) -> None:
    page.get_by_label("Message", exact=True).fill(words)
    page.get_by_label("Message", exact=True).press("Enter")


def approval(platform: Platform) -> dict[str, Any]:
    return platform.sql("SELECT * FROM botplatform_approval ORDER BY id DESC LIMIT 1")[0]


def test_a_pressed_button_lets_it_happen(page: Page, platform: Platform) -> None:
    page.get_by_role("button", name="Approve").click()
    expect(page.locator(".message.bot .text").last).to_contain_text("Result:")
    expect(page.get_by_text("Approved by admin")).to_be_visible()
    expect(page.get_by_role("button", name="Approve")).to_have_count(0)
    expect(page.get_by_text("my locker is number 1234")).to_have_count(0)
    assert approval(platform)["state"] == "executed"


def test_denied_nothing_happens(page: Page, platform: Platform) -> None:
    page.get_by_role("button", name="Deny").click()
    expect(page.get_by_text("Denied by admin")).to_be_visible()
    expect(page.get_by_text("my locker is number 1234")).to_be_visible()
    assert approval(platform)["state"] == "denied"


def test_details_are_shown_and_decide_nothing(page: Page, platform: Platform) -> None:
    page.get_by_role("button", name="Details").click()
    expect(page.get_by_text("delete_history: no arguments")).to_be_visible()
    assert approval(platform)["state"] == "pending"


def test_the_words_will_do_too(page: Page, platform: Platform) -> None:
    say(page, "yes please")
    expect(page.get_by_text("Approved by admin")).to_be_visible()
    assert approval(platform)["decided_via"] == "message"


def test_the_conversation_goes_on_meanwhile(page: Page, platform: Platform) -> None:
    say(page, "tell me about the weather in general")
    expect(page.locator(".message.bot .text").last).to_have_text("Noted.")
    expect(page.locator("#typing")).to_be_hidden()
    expect(page.get_by_role("button", name="Approve")).to_be_enabled()
