"""The browser enforces the Content-Security-Policy on every page, and finds nothing to complain about."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.walking import walk
from tests.system.conftest import chat
from tests.system.fakes import Fakes
from tests.system.platform import Platform

__all__ = ["chat"]

pytestmark = pytest.mark.system
NEW = Callable[..., BrowserContext]


def listen(page: Page) -> list[str]:
    """What the page complains about from now on, with where it was."""
    noise: list[str] = []
    page.on("console", lambda said: noise.append(f"{page.url} {said.text}") if said.type == "error" else None)
    page.on("pageerror", lambda error: noise.append(f"{page.url} {error}"))
    page.on("response", lambda got: noise.append(f"{got.url} {got.status}") if got.status >= 500 else None)
    return noise


def test_no_console_page_breaks_the_policy(context: NEW, platform: Platform, fakes: Fakes, chat: int) -> None:
    platform.say(chat, "<img src=x onerror=alert(1)><script>alert(2)</script>")
    fakes.telegram.wait_for_text(chat, "answer to:")
    page = context().new_page()
    noise, unprotected, seen = listen(page), [], 0
    page.on("response", lambda got: unprotected.append(got.url) if _unprotected(got) else None)
    for address in walk(page):
        inline = page.locator("script:not([src]):not([type='application/json'])").count()
        assert not inline, address
        seen += 1
    assert (seen > 40, noise, unprotected) == (True, [], [])


def _unprotected(response: object) -> bool:
    headers = response.headers  # type: ignore[attr-defined]
    policy = headers.get("content-security-policy", "")
    return headers.get("content-type", "").startswith("text/html") and (
        "frame-ancestors 'none'" not in policy or "script-src 'self'" not in policy or "unsafe-inline' 'self" in policy
    )


def test_scripts_of_the_console_work_under_the_policy(context: NEW, platform: Platform) -> None:
    page = context().new_page()
    noise = listen(page)
    page.goto("/admin/botplatform/bot/")
    page.locator("#page").wait_for()
    assert page.evaluate(
        "typeof Alpine === 'object' && typeof htmx === 'object' && !htmx.config.includeIndicatorStyles"
    )
    expect(page.locator("html")).not_to_have_attribute("x-cloak", "")
    assert noise == []


@pytest.mark.parametrize("address", ["/chat/", "/login/", "/admin/login/", "/second-step/"])
def test_other_pages_do_not_break_it_either(browser, platform: Platform, context: NEW, address: str) -> None:  # type: ignore[no-untyped-def]
    page = (context() if address == "/chat/" else browser.new_context(base_url=platform.url)).new_page()
    noise = listen(page)
    page.goto(address)
    page.wait_for_load_state("networkidle") if address != "/chat/" else expect(page.locator("#state")).to_have_text(
        "Connected"
    )
    assert noise == []
    page.close()


def test_what_is_injected_is_not_run(context: NEW, platform: Platform) -> None:
    page = context().new_page()
    page.goto("/admin/")
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.injected = 1\">')")
    page.evaluate(
        "() => { const s = document.createElement('script'); s.text = 'window.injected = 2'; document.body.append(s) }"
    )
    page.wait_for_timeout(300)
    assert page.evaluate("window.injected") is None
