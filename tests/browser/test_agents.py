"""An operator makes an agent in Chromium: no code, no restart, and within seconds it answers."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.system.conftest import chat
from tests.system.fakes import Fakes
from tests.system.platform import Platform

__all__ = ["chat"]

pytestmark = pytest.mark.system
LIST = "/admin/botplatform/agentconfig/"


@pytest.fixture
def page(context: Callable[..., BrowserContext]) -> Page:
    return context(viewport={"width": 1440, "height": 900}).new_page()


def publish(page: Page, note: str) -> None:
    page.get_by_role("link", name="Publish the draft …").click()
    page.get_by_label("Note").fill(note)
    page.get_by_role("button", name="Publish", exact=True).click()


def test_an_agent_is_made_published_and_changed_while_the_platform_runs(
    page: Page, platform: Platform, fakes: Fakes, chat: int
) -> None:
    page.goto(LIST)
    page.get_by_role("link", name="New agent", exact=True).click()
    page.get_by_label("Name", exact=False).first.fill("pirate")
    page.get_by_label("Prompt").fill("Talk like a pirate on {{ platfrm }}.")
    page.get_by_role("checkbox", name="calculator").check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("there is no variable {{ platfrm }}")).to_be_visible()
    page.get_by_label("Prompt").fill("Talk like a pirate on {{ platform }}.")
    page.get_by_role("button", name="Save", exact=True).click()
    publish(page, "Ahoy")
    expect(page.get_by_text("pirate: published version 1: Ahoy.")).to_be_visible()
    platform.sql("UPDATE botplatform_bot SET routing = false, direct_agent = 'pirate' WHERE transport = 'telegram'")

    platform.wait_until(lambda: "pirate on telegram" in answered_by(platform, fakes, chat), what="the pirate")

    page.get_by_role("link", name="Write a draft").click()
    page.get_by_label("Prompt").fill("Talk like a poet.")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("+Talk like a poet.")).to_be_visible()
    publish(page, "Rhymes")
    platform.wait_until(lambda: "like a poet" in answered_by(platform, fakes, chat), what="the poet")

    page.get_by_role("link", name="Publish again …").click()
    page.get_by_role("button", name="Publish version 1").click()
    platform.wait_until(lambda: "like a pirate" in answered_by(platform, fakes, chat), what="the pirate again")


def answered_by(platform: Platform, fakes: Fakes, chat: int) -> str:
    """Ask something; the prompt of the agent that answers."""
    fakes.model.reset()
    platform.say(chat, "Who are you?")
    fakes.model.wait_until(lambda: fakes.model.requests)
    return str(fakes.model.requests[-1])
