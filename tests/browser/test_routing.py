"""Routing in Chromium: a verdict in one click, and a pattern that is tried, published and followed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import picture
from tests.system.conftest import chat
from tests.system.fakes import Fakes
from tests.system.platform import Platform

__all__ = ["chat"]

pytestmark = pytest.mark.system
ROUTE = """
    SELECT r.* FROM botplatform_route r JOIN botplatform_batch b ON b.id = r.batch_id
    JOIN botplatform_session s ON s.id = b.session_id WHERE s.key = %s ORDER BY r.id DESC LIMIT 1"""


@pytest.fixture
def page(context: Callable[..., BrowserContext]) -> Page:
    return context(viewport={"width": 1280, "height": 900}).new_page()


def ask(platform: Platform, fakes: Fakes, chat: int, text: str) -> dict[str, Any]:
    """Say something; the route of its batch, once it is answered."""
    platform.say(chat, text)
    fakes.telegram.wait_for_text(chat, f"answer to: {text}")
    [route] = platform.sql(ROUTE, str(chat))
    found: dict[str, Any] = route
    return found


def route_now(platform: Platform, pk: int) -> dict[str, Any]:
    [row] = platform.sql("SELECT verdict, correct_target, judged_by FROM botplatform_route WHERE id = %s", pk)
    found: dict[str, Any] = row
    return found


def test_a_verdict_takes_one_click(page: Page, platform: Platform, fakes: Fakes, chat: int) -> None:
    route = ask(platform, fakes, chat, f"question {chat}")
    page.goto("/admin/botplatform/route/")
    cell = page.locator(f"#verdict-{route['id']}")
    cell.get_by_role("button", name="Right").click()
    expect(cell.get_by_text("Counts as right.")).to_be_visible()
    assert route_now(platform, route["id"]) == {"verdict": "right", "correct_target": "", "judged_by": "admin"}

    cell.get_by_role("combobox").select_option("hitl-agent" if route["target"] != "hitl-agent" else "info-agent")
    expect(cell.get_by_text("its messages are a case now")).to_be_visible()
    picture(page, "routing-verdict")
    assert route_now(platform, route["id"])["verdict"] == "wrong"
    [case] = platform.sql("SELECT text FROM botplatform_routingcase WHERE route_id = %s", route["id"])
    assert case["text"] == f"question {chat}"

    page.goto("/admin/routing/")
    expect(page.locator("#routing-chart")).to_be_visible()
    picture(page, "routing-quality")
    page.goto("/admin/botplatform/route/?verdict=wrong")
    page.locator(f"#verdict-{route['id']}").get_by_role("link", name="Put it right").click()
    expect(page).to_have_url(f"{platform.url}/admin/botplatform/batch/{route['batch_id']}/change/")


def test_a_pattern_is_tried_and_published_and_the_next_message_goes_where_it_says(
    page: Page, platform: Platform, fakes: Fakes, chat: int
) -> None:
    before = ask(platform, fakes, chat, f"zebra {chat} please")
    assert before["method"] != "pattern"

    page.goto("/admin/botplatform/pattern/add/")
    page.get_by_label("Name").fill("zebras")
    page.get_by_label("Expression").fill("^zebra (")
    panel = page.locator(".routing-tried")
    expect(panel.get_by_text("The expression cannot be used: missing )")).to_be_visible()
    page.get_by_label("Expression").fill(r"^zebra \d+ please$")
    page.get_by_label("Target").select_option("info-agent")
    expect(panel.get_by_text("Newly caught: 1")).to_be_visible()
    expect(panel.get_by_text(f"zebra {chat} please")).to_be_visible()
    expect(panel.get_by_text("zebras → info-agent")).to_be_visible()
    picture(page, "pattern-tried")
    assert not platform.sql("SELECT 1 FROM botplatform_pattern WHERE name = 'zebras'")

    page.get_by_label("Tests").fill("+ zebra 7 please\n- zebra")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("link", name="Publish …").click()
    expect(page.get_by_text("Newly caught: 1")).to_be_visible()
    picture(page, "pattern-publish")
    assert not page.evaluate(
        "[...document.querySelectorAll('.console-scroll')].some(box => box.scrollWidth > box.clientWidth)"
    )
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_text("is published. It takes hold everywhere")).to_be_visible()

    def followed() -> bool:
        return bool(
            ask(platform, fakes, chat, f"zebra {chat + len(fakes.telegram.texts(chat))} please")["rule"] == "zebras"
        )

    platform.wait_until(followed, what="a message that the pattern caught")
    [route] = platform.sql(ROUTE, str(chat))
    assert (route["method"], route["target"]) == ("pattern", "info-agent")
