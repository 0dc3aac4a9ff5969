"""A bot set up and mended by mouse, in Chromium against the running platform; Telegram is the fake."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import picture
from tests.browser.test_console import too_wide
from tests.fakes.telegram_updates import text_update
from tests.system.conftest import chat
from tests.system.fakes import Fakes
from tests.system.platform import Platform

__all__ = ["chat"]

pytestmark = pytest.mark.system
SETTINGS = {"TELEGRAM_BOT_TOKEN": "", "TELEGRAM_MODE": "auto", "SWEEP_SECONDS": "2"}
FIRST, SECOND = "515151:AAHfirst_token-of-the-browser-test", "515151:AAHsecond_token-of-the-browser-test"


@pytest.fixture
def noise() -> list[str]:
    """What the browser complained about, or asked another host for."""
    return []


@pytest.fixture
def console(context: Callable[..., BrowserContext], platform: Platform, noise: list[str]) -> Page:
    """A page of a signed-in operator."""
    page = context(viewport={"width": 1440, "height": 900}).new_page()
    page.on("console", lambda message: noise.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: noise.append(str(error)))
    page.on("request", lambda one: None if one.url.startswith((platform.url, "data:")) else noise.append(one.url))
    return page


def write(platform: Platform, fakes: Fakes, chat: int, text: str) -> None:
    """Somebody writes to the bot, which fetches it."""
    fakes.telegram.push(text_update(platform.next_update_id(), chat, text))


def bot(platform: Platform) -> dict[str, Any]:
    [row] = platform.sql("SELECT * FROM botplatform_bot WHERE transport = 'telegram'")
    return row


def set_up(console: Page) -> None:
    """From the first page to the one that says how the bot is connected."""
    console.goto("/admin/bots/new/")
    console.get_by_role("link", name="Telegram With the token").click()
    console.get_by_label("Token").fill(FIRST)
    console.get_by_role("button", name="See whose it is").click()
    expect(console.get_by_text("@helpful_bot")).to_be_visible()
    picture(console, "bot-account")
    console.locator("input[name=delivery][value=polling]").check(force=True)
    console.get_by_role("button", name="Make the bot").click()
    expect(console.locator(".bots-state").get_by_text("connected", exact=True)).to_be_visible(timeout=30_000)


def pair(console: Page) -> str:
    """A link for an admin; the command that following it sends."""
    console.get_by_role("link", name="Make a pairing link").click()
    console.locator("input[name=role][value=admin]").check(force=True)
    console.get_by_role("button", name="Make the link").click()
    address = console.get_by_label("Pairing link").input_value()
    found = re.fullmatch(r"https://t\.me/helpful_bot\?start=([\w-]+)", address)
    assert found, address
    return f"/start {found[1]}"


def test_a_bot_is_set_up_revoked_and_mended_by_mouse(
    console: Page, platform: Platform, fakes: Fakes, chat: int, noise: list[str]
) -> None:
    set_up(console)
    page = console.url
    write(platform, fakes, chat, pair(console))
    fakes.telegram.wait_for_text(chat, "You are an admin of this bot now")
    console.goto(page)
    console.get_by_role("button", name="Send a test message").click()
    expect(console.get_by_text("The test message was sent")).to_be_visible()
    picture(console, "bot-connected")
    fakes.telegram.wait_for_text(chat, "this bot is connected")
    assert too_wide(console) == []

    fakes.telegram.revoked.add(FIRST)
    write(platform, fakes, chat, "are you there?")
    platform.wait_until(lambda: bot(platform)["problem"], what="the problem noted")
    platform.wait_until(
        lambda: platform.sql("SELECT id FROM botplatform_reply WHERE state = 'failed' AND error = 'Unauthorized'"),
        what="the answer that could not be sent",
    )
    console.goto("/admin/botplatform/bot/")
    console.get_by_role("link", name="telegram/helpful-bot").click()
    expect(console.get_by_text("Telegram complains: Unauthorized")).to_be_visible()
    picture(console, "bot-revoked")
    console.get_by_role("link", name="Paste a new token").first.click()
    console.get_by_label("Token").fill(SECOND)
    console.get_by_role("button", name="Try it and store it").click()
    expect(console.locator(".bots-state").get_by_text("connected", exact=True)).to_be_visible(timeout=30_000)
    console.get_by_role("link", name="To the bot's page").click()
    console.get_by_role("button", name="Send what failed").click()
    console.get_by_role("button", name="Yes", exact=True).click()
    fakes.telegram.wait_for_text(chat, "answer to: are you there?")
    write(platform, fakes, chat, "and now?")
    fakes.telegram.wait_for_text(chat, "answer to: and now?")
    assert bot(platform)["problem"] == ""
    said = platform.output()
    assert [token for token in (FIRST, SECOND) if token.partition(":")[2] in said] == []
    assert noise == []
