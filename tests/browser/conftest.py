"""Chromium against the running platform; skipped, with the reason, where there is no Chromium and none is required."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

from tests.system.conftest import fakes, outside, platform
from tests.system.platform import Platform

__all__ = ["fakes", "outside", "platform"]

_HERE = Path(__file__).parent
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = (
    "--no-sandbox",  # Chromium's own cannot be used by root
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if _HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="module", autouse=True)
def chromium() -> str:
    """The program, before anything is started for it."""
    if CHROMIUM:
        return CHROMIUM
    if os.environ.get("REQUIRE_BROWSER") == "1":
        pytest.fail("Chromium is missing, and REQUIRE_BROWSER=1: apt-get install chromium")
    pytest.skip("Chromium is missing: apt-get install chromium")


@pytest.fixture(scope="module")
def browser(chromium: str, platform: Platform) -> Iterator[Browser]:
    """Ended with the module: while Playwright runs, no other test could have an event loop of its own."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        yield running
        running.close()


@pytest.fixture(scope="module")
def signed_in(browser: Browser, platform: Platform) -> Any:
    """The admin's cookies, through the login form."""
    context = browser.new_context(base_url=platform.url)
    sign_in(context.new_page(), platform)
    state = context.storage_state()
    context.close()
    return state


def sign_in(page: Page, platform: Platform) -> None:
    """Through the login form, to the chat."""
    page.goto("/chat/")
    page.get_by_label("Username").fill("admin")
    page.get_by_label("Password").fill(platform.env["ADMIN_PASSWORD"])
    page.keyboard.press("Enter")
    expect(page.locator("#state")).to_have_text("Connected", timeout=20_000)


@pytest.fixture
def context(browser: Browser, platform: Platform, signed_in: Any) -> Iterator[Callable[..., BrowserContext]]:
    """Makes browser contexts of the signed-in admin, with options such as a viewport."""
    opened: list[BrowserContext] = []

    def open_(**options: Any) -> BrowserContext:
        opened.append(browser.new_context(base_url=platform.url, storage_state=signed_in, **options))
        return opened[-1]

    yield open_
    for context in opened:
        context.close()


def picture(page: Page, name: str, *, around: Locator | None = None) -> None:
    """Save what the window shows, with `around` in its middle, as `name`.png where SCREENSHOTS says.

    1280 px wide, unless it is a phone's.
    """
    if not (directory := os.environ.get("SCREENSHOTS")):
        return
    if page.viewport_size and page.viewport_size["width"] > 1280:
        page.set_viewport_size({"width": 1280, "height": 900})
    page.wait_for_load_state("networkidle")
    if around is not None:
        around.evaluate("one => one.scrollIntoView({block: 'center'})")
    page.screenshot(path=Path(directory, f"{name}.png"), animations="disabled", scale="css")
