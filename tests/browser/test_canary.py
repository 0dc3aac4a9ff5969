"""In Chromium: a draft is tried in the playground, then on a share of the conversations, and comes back by itself."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import picture
from tests.fakes.model_prompts import last_user_text
from tests.fakes.model_replies import Reply, failure, text
from tests.system.fakes import Fakes
from tests.system.platform import Platform

pytestmark = [pytest.mark.system, pytest.mark.slow]
BAD = "Answer in riddles."
AGENT = "simple-agent"
LOOK_SECONDS = 120
"""Beat looks every 30 seconds."""


@pytest.fixture
def page(context: Callable[..., BrowserContext]) -> Page:
    return context(viewport={"width": 1280, "height": 900}).new_page()


def riddles(prompt: dict[str, Any]) -> Reply:
    """The model refuses whatever is asked with the bad prompt."""
    return (
        failure(400, "no riddles") if BAD in str(prompt.get("system")) else text(f"answer to: {last_user_text(prompt)}")
    )


def open_agent(page: Page) -> None:
    page.goto("/admin/botplatform/agentconfig/")
    page.get_by_role("link", name=AGENT, exact=True).click()


def write_draft(page: Page) -> None:
    open_agent(page)
    page.get_by_role("link", name="Write a draft").click()
    page.get_by_label("Prompt").fill(BAD)
    page.get_by_role("button", name="Save", exact=True).click()


def test_a_broken_version_is_seen_in_the_playground_and_returned_as_a_canary(
    page: Page, platform: Platform, fakes: Fakes
) -> None:
    fakes.model.default = riddles
    platform.sql(f"UPDATE botplatform_bot SET routing = false, direct_agent = '{AGENT}' WHERE transport = 'telegram'")
    write_draft(page)

    page.get_by_role("link", name="Playground").click()
    page.get_by_label("Message", exact=True).fill("What is 6*7?")
    page.get_by_role("button", name="Run", exact=True).click()
    published = page.get_by_role("article", name=re.compile("Published"))
    expect(published.get_by_text("answer to: What is 6*7?").first).to_be_visible(timeout=30_000)
    expect(page.get_by_role("article", name="Draft").get_by_text("no riddles").first).to_be_visible(timeout=30_000)
    picture(page, "playground", around=published)
    assert platform.sql("SELECT count(*) AS n FROM botplatform_run")[0]["n"] == 0

    open_agent(page)
    page.get_by_role("link", name="Start a canary …").click()
    page.get_by_label("Share in per cent").fill("50")
    page.get_by_label("Minimum sample").fill("5")
    picture(page, "canary-start")
    page.get_by_role("button", name="Start the canary").click()
    expect(page.get_by_text("started a canary: version 2 on 50 % of the conversations").first).to_be_visible()

    chats = count(70_000)
    for _ in range(60):
        platform.say(next(chats), "Hello?")
        if runs(platform, 2) >= 5 and runs(platform, 1) >= 5:
            break
        platform.wait_until(lambda: not under_way(platform), what="an answer")
    platform.wait_until(lambda: state(platform) == "returned", timeout=LOOK_SECONDS, what="the canary's return")

    open_agent(page)
    page.get_by_role("link", name="v2 on 50 %").click()
    expect(page.get_by_text(re.compile(r"100\.0% \(\d+ of \d+ runs\) failed, against 0\.0%")).first).to_be_visible()
    expect(page.get_by_role("link", name=re.compile(r"^run \d+$")).first).to_be_visible()
    picture(page, "canary-returned", around=page.get_by_role("heading", name="Evidence"))
    told = len(fakes.model.requests)
    platform.say(next(chats), "Are you well?")
    platform.wait_until(lambda: len(fakes.model.requests) > told, what="an answer")
    assert runs(platform, 2, "running") == 0


def runs(platform: Platform, version: int, state: str = "") -> int:
    """Runs of a version that have ended, or that are in this state."""
    which = f"r.state = '{state}'" if state else "r.state IN ('succeeded', 'failed')"
    [row] = platform.sql(
        f"SELECT count(DISTINCT r.batch_id) AS n FROM botplatform_run r JOIN botplatform_agentconfigversion v"
        f" ON v.id = r.config_version_id WHERE v.number = {version} AND {which}"
    )
    return int(row["n"])


def under_way(platform: Platform) -> int:
    [row] = platform.sql(
        "SELECT count(*) AS n FROM botplatform_batch WHERE state IN ('collecting', 'processing', 'waiting')"
    )
    return int(row["n"])


def state(platform: Platform) -> str:
    return str(platform.sql("SELECT state FROM botplatform_canary")[0]["state"])
