"""axe finds nothing serious or critical on any page, in light and dark."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.walking import walk
from tests.system.conftest import chat
from tests.system.fakes import Fakes
from tests.system.platform import Platform

__all__ = ["chat"]

pytestmark = pytest.mark.system
NEW = Callable[..., BrowserContext]
BAD = ("serious", "critical")
axe = Axe()


def findings(page: Page) -> list[str]:
    """Rule, and the first places, of what is bad."""
    found: list[dict[str, Any]] = axe.run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [
        f"{one['id']} ({len(one['nodes'])}): {[node['html'][:160] for node in one['nodes'][:2]]}"
        for one in found
        if one["impact"] in BAD
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_console_pages_can_be_used_by_everybody(
    context: NEW, platform: Platform, fakes: Fakes, chat: int, scheme: str
) -> None:
    platform.say(chat, f"question {chat}")
    fakes.telegram.wait_for_text(chat, "answer to:")
    page = context(color_scheme=scheme, bypass_csp=True).new_page()
    bad = {address: found for address in walk(page) if (found := findings(page))}
    assert bad == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("address", ["/login/", "/admin/login/"])
def test_entrances_too(browser: Browser, platform: Platform, address: str, scheme: str) -> None:
    page = browser.new_context(base_url=platform.url, color_scheme=scheme, bypass_csp=True).new_page()
    page.goto(address)
    assert findings(page) == []
    page.close()
