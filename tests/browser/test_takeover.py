"""A conversation is taken over in Chromium while the model answers: only the operator's words reach the person."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import picture
from tests.browser.test_console import too_wide
from tests.fakes.rules import Hold
from tests.system.conftest import chat
from tests.system.fakes import Fakes
from tests.system.oracle import batches, replies, runs, session, states
from tests.system.platform import Platform

__all__ = ["chat"]

pytestmark = pytest.mark.system
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
SAID = "I am Grace, a person, and I look after this myself."


@pytest.fixture
def page(context: Callable[..., BrowserContext]) -> Page:
    return context(viewport={"width": 1280, "height": 900}).new_page()


def conversation(page: Page, platform: Platform, chat: int) -> None:
    """Open the chat's page from the list of sessions."""
    page.goto(f"/admin/botplatform/session/?q={chat}")
    page.locator("#result_list").get_by_role("link", name=str(session(platform, chat)["id"]), exact=True).click()


def being_answered(platform: Platform, fakes: Fakes, chat: int) -> Hold:
    """Somebody asks, and the model's answer is held back."""
    hold = fakes.model.hold_text(f"question {chat}")
    platform.say(chat, f"question {chat}")
    platform.wait_until(lambda: any(f"question {chat}" in str(one) for one in fakes.model.requests), what="the call")
    return hold


def take_over(page: Page) -> None:
    page.get_by_role("button", name="Take over", exact=True).click()
    expect(page.get_by_text("The agents stop at their next step")).to_be_visible()
    page.get_by_label("Reason").fill("The agent is lost")
    page.get_by_role("button", name="Yes", exact=True).click()
    expect(page.get_by_label("You write as")).to_be_visible()


def settled(platform: Platform, chat: int) -> bool:
    """Nothing is on its way, and the run that was held has stopped."""
    leaving = {"pending", "sending"} & set(states(replies(platform, chat)))
    return not leaving and "running" not in states(runs(platform, chat))


def prompt_of(fakes: Fakes, text: str) -> dict[str, Any]:
    [prompt] = [one for one in fakes.model.requests if text in str(one["messages"][-1])]
    return prompt


def test_only_the_operators_words_are_sent_and_the_agents_read_the_note(
    page: Page, platform: Platform, fakes: Fakes, chat: int
) -> None:
    hold = being_answered(platform, fakes, chat)
    conversation(page, platform, chat)
    expect(page.locator(".talk-working")).to_contain_text("Answering for")
    picture(page, "takeover-before")
    take_over(page)
    page.get_by_label("You write as").fill(SAID)
    picture(page, "takeover-held")
    page.keyboard.press("Control+Enter")
    fakes.telegram.wait_for_text(chat, SAID)
    hold.release()
    platform.wait_until(lambda: settled(platform, chat), what="the stop of the run that was held")
    assert states(batches(platform, chat)) == ["waiting"]
    assert fakes.telegram.texts(chat) == [SAID]
    expect(page.locator(".talk-lines .operator")).to_contain_text(SAID)

    page.get_by_role("link", name="Release …").click()
    note = page.get_by_label("Note for the agents")
    expect(note).to_have_value(f"admin answered in person from {held_since(note)} and wrote through the bot: “{SAID}”.")
    note.fill("They were promised a refund.")
    picture(page, "takeover-release")
    page.get_by_role("button", name="Release", exact=True).click()
    expect(
        page.get_by_text(f"Session {session(platform, chat)['id']} is answered by its agents again.")
    ).to_be_visible()
    platform.say(chat, f"next {chat}")
    fakes.telegram.wait_for_text(chat, f"answer to: next {chat}")
    platform.wait_until(lambda: settled(platform, chat), what="the end")
    assert fakes.telegram.texts(chat) == [SAID, f"answer to: next {chat}"]
    assert "They were promised a refund." in str(prompt_of(fakes, f"next {chat}")["system"])
    expect(page.locator(".talk-lines .answer").last).to_contain_text(f"answer to: next {chat}")
    expect(page.locator(".talk-lines .note")).to_contain_text("nobody in the chat sees this")
    picture(page, "takeover-after")


def held_since(note: Any) -> str:
    """The moment in the note, which the test cannot know."""
    return str(note.input_value()).partition(" from ")[2].partition(" and wrote")[0]


def test_work_that_was_paused_goes_on_with_the_call_it_has_paid_for(
    page: Page, platform: Platform, fakes: Fakes, chat: int
) -> None:
    hold = being_answered(platform, fakes, chat)
    conversation(page, platform, chat)
    take_over(page)
    hold.release()
    platform.wait_until(lambda: settled(platform, chat), what="the stop of the run that was held")
    assert f"answer to: question {chat}" not in fakes.telegram.texts(chat)
    page.get_by_role("link", name="Release …").click()
    page.get_by_label("goes on where it stopped").check(force=True)
    page.get_by_role("button", name="Release", exact=True).click()
    fakes.telegram.wait_for_text(chat, f"answer to: question {chat}")
    platform.wait_until(lambda: states(batches(platform, chat)) == ["done"], what="the end")


def test_the_page_is_live(page: Page, platform: Platform, fakes: Fakes, chat: int) -> None:
    platform.say(chat, f"first {chat}")
    fakes.telegram.wait_for_text(chat, f"answer to: first {chat}")
    conversation(page, platform, chat)
    platform.say(chat, f"second {chat}")
    expect(page.locator(".talk-lines .user").last).to_contain_text(f"second {chat}", timeout=15_000)
    expect(page.locator(".talk-lines .answer").last).to_contain_text(f"answer to: second {chat}", timeout=15_000)
    assert page.locator("#talk-scroll").evaluate("one => one.scrollHeight - one.scrollTop - one.clientHeight") < 80


def test_an_operator_takes_over_from_his_phone(
    context: Callable[..., BrowserContext], platform: Platform, fakes: Fakes, chat: int
) -> None:
    phone = context(**PHONE).new_page()
    platform.say(chat, f"first {chat} {'long' * 60} https://example.org/{'path/' * 40}")
    fakes.telegram.wait_for_text(chat, f"answer to: first {chat}")
    phone.goto(f"/admin/botplatform/session/{session(platform, chat)['id']}/change/")
    take_over(phone)
    assert too_wide(phone) == []
    phone.get_by_label("You write as").fill(SAID)
    phone.get_by_role("button", name="Send", exact=True).click()
    fakes.telegram.wait_for_text(chat, SAID)
    phone.goto("/admin/workers/")
    assert too_wide(phone) == []
