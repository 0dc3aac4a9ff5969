"""A story in Chromium, live: it changes before one's eyes while its message is being answered."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.fakes.model_replies import failure
from tests.system.conftest import chat
from tests.system.fakes import Fakes
from tests.system.oracle import batches, wait_for_end
from tests.system.platform import Platform

__all__ = ["chat"]

pytestmark = pytest.mark.system


@pytest.fixture
def page(context: Callable[..., BrowserContext]) -> Page:
    opened: Page = context(viewport={"width": 1280, "height": 900}).new_page()
    return opened


def update_of(platform: Platform, chat: int) -> int:
    """The latest of the chat's updates."""
    platform.wait_until(lambda: batches(platform, chat), what="a batch")
    batch = batches(platform, chat)[-1]["id"]
    [row] = platform.sql("SELECT max(id) AS id FROM botplatform_update WHERE batch_id = %s", batch)
    found: int = row["id"]
    return found


def test_a_story_tells_live_how_its_message_is_answered(
    page: Page, platform: Platform, fakes: Fakes, chat: int
) -> None:
    hold = fakes.model.hold("POST /v1/messages", times=1)
    platform.say(chat, f"question {chat}")
    fakes.model.wait_until(lambda: hold.hits)
    page.goto(f"/admin/botplatform/update/{update_of(platform, chat)}/story/")
    expect(page.locator("[data-live-state]")).to_have_text("live")
    expect(page.get_by_role("heading", name="No answer yet, because")).to_be_visible()
    expect(page.get_by_text("it is being answered by")).to_be_visible()
    page.evaluate("window.here = true")
    hold.release()
    expect(page.get_by_role("heading", name="Answered", exact=True)).to_be_visible(timeout=20_000)
    expect(page.locator(".console-said", has_text=f"answer to: question {chat}").first).to_be_visible()
    assert page.evaluate("window.here") is True  # the page itself was not loaded anew


def test_what_was_unfolded_stays_so_when_the_story_goes_on(
    page: Page, platform: Platform, fakes: Fakes, chat: int
) -> None:
    platform.say(chat, f"question {chat}")
    wait_for_end(platform, chat, "done")
    update = update_of(platform, chat)
    page.goto(f"/admin/botplatform/update/{update}/story/")
    expect(page.locator("[data-live-state]")).to_have_text("live")
    page.locator("summary", has_text="answer").first.click()
    platform.sql("UPDATE botplatform_update SET reason = 'said by the test' WHERE id = %s", update)
    expect(page.get_by_text("said by the test")).to_be_visible()
    expect(page.locator("details[open] > summary", has_text="answer")).to_be_visible()


def test_without_a_socket_the_story_asks_by_itself(page: Page, platform: Platform, fakes: Fakes, chat: int) -> None:
    page.route_web_socket("**/ws/console/", lambda socket: socket.close(code=1013))
    platform.say(chat, f"question {chat}")
    wait_for_end(platform, chat, "done")
    update = update_of(platform, chat)
    page.goto(f"/admin/botplatform/update/{update}/story/")
    expect(page.locator("[data-live-state]")).to_have_text("polling", timeout=20_000)
    platform.sql("UPDATE botplatform_update SET reason = 'said by the test' WHERE id = %s", update)
    expect(page.get_by_text("said by the test")).to_be_visible(timeout=15_000)


def test_a_part_is_left_alone_while_text_in_it_is_marked(
    page: Page, platform: Platform, fakes: Fakes, chat: int
) -> None:
    platform.say(chat, f"question {chat}")
    wait_for_end(platform, chat, "done")
    update = update_of(platform, chat)
    page.goto(f"/admin/botplatform/update/{update}/story/")
    expect(page.locator("[data-live-state]")).to_have_text("live")
    page.wait_for_load_state("networkidle")
    page.locator(".console-said").first.select_text()
    told: list[str] = []
    page.on("request", lambda request: told.append(request.url))
    platform.sql("UPDATE botplatform_update SET reason = 'said by the test' WHERE id = %s", update)
    page.wait_for_timeout(2500)  # the next two looks at the database
    assert [url for url in told if url.endswith("/live/")] == []
    page.evaluate("document.getSelection().removeAllRanges()")
    expect(page.get_by_text("said by the test")).to_be_visible()


def test_the_operator_finds_a_failed_message_and_has_it_answered(
    page: Page, platform: Platform, fakes: Fakes, chat: int
) -> None:
    fakes.model.script([failure(400, "refused")], when=f"question {chat}")
    platform.say(chat, f"question {chat}")
    wait_for_end(platform, chat, "failed")
    page.goto("/admin/")
    page.keyboard.press("/")
    page.keyboard.type(f"question {chat}")
    page.keyboard.press("Enter")
    page.locator(".search-hits a").first.click()
    expect(page.get_by_text("given up after")).to_be_visible()
    page.get_by_role("button", name="Retry from the last step").click()
    page.get_by_role("button", name="Yes", exact=True).click()
    expect(page.get_by_role("heading", name="Answered", exact=True)).to_be_visible(timeout=20_000)
