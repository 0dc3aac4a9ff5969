"""Plans and questions in Chromium: what the person in the web chat sees, and what an operator finds and does about it."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import picture
from tests.browser.test_axe import findings
from tests.browser.test_console import too_wide
from tests.browser.test_csp import listen
from tests.fakes.model_prompts import blocks, last_user_text
from tests.fakes.model_replies import Reply, failure, text, tool
from tests.system.configuring import give_tools
from tests.system.fakes import Fakes
from tests.system.planning import COMPLEX, planned, wants_plan
from tests.system.platform import Platform

pytestmark = pytest.mark.system
SETTINGS = {"APPROVAL_TTL_SECONDS": "1800"}
WISH, ASKS, CLOCK = "which of the two printers shall we buy?", "paint the shed", "what time is it in Kathmandu?"
OPTIONS = ["Red, as the door is", "Blue", "The green of the fence, though it will need two coats"]
STEPS = [
    {**planned("prices"), "description": "Look up what both printers cost"},
    {**planned("reviews"), "description": "Read what owners say after a year"},
    {**planned("budget", "prices"), "description": "Work out what the budget allows"},
    {**planned("warranty"), "description": "Find the warranty terms"},
    {**planned("claims", "warranty"), "description": "Compare how claims are handled"},
    {**planned("advice", "reviews", "budget"), "description": "Recommend one of them"},
]
ANSWER = "Buy the Birch 9: it is cheaper, and owners complain less."
TOOL = "mcp__clock__get_current_time"
_names = count(1)
expect.set_options(timeout=30_000)


def answer(prompt: dict[str, Any]) -> Reply:
    """Plans the steps above, of which one calculates and one fails; asks about the shed; reads the clock."""
    if wants_plan(prompt):
        return text(json.dumps({"summary": "Compare the two printers, and recommend one", "steps": STEPS}))
    results = [one for one in blocks(prompt["messages"][-1]) if one.get("type") == "tool_result"]
    opening, said = json.dumps(prompt["messages"][0]["content"]), last_user_text(prompt)
    if task := re.search(r"task: TASK-(\w+)", opening):
        return _step(task[1], asked=bool(results))
    if results:
        return text(f"Result: {results[0]['content']}")
    if ASKS in said:
        question = {"question": "Which colour shall it be? The fence needs paint, too.", "options": OPTIONS}
        return tool("ask_user", question, said="One thing first.")
    return tool(TOOL, {"timezone": "Asia/Kathmandu"}) if CLOCK in said else text(ANSWER)


def _step(key: str, *, asked: bool) -> Reply:
    if key == "budget" and not asked:
        return tool("calculator", {"expression": "12 * 45"}, said="I need the sum of the year.")
    return failure(400, "too long") if key == "warranty" else text(f"RESULT-{key}: this is what was found.")


@pytest.fixture(scope="module", autouse=True)
def set_up(platform: Platform) -> None:
    """Somebody may ask, and sums need a decision."""
    give_tools(platform, "simple-agent", "ask_user")
    platform.sql(
        """INSERT INTO botplatform_toolpolicy (tool, always, "when", risk, by_approver, note, updated_at)
           VALUES ('calculator', true, '[]', '', false, '', now())"""
    )


@pytest.fixture(autouse=True)
def model(fakes: Fakes) -> None:
    fakes.model.default = answer
    simple = {**COMPLEX, "type": "simple", "category": "general", "complexity": "low"}
    fakes.model.classification = lambda said: COMPLEX if WISH in said else simple


@pytest.fixture
def page(context: Callable[..., BrowserContext]) -> Page:
    """A web chat in which nothing was said yet."""
    page = context(viewport={"width": 1280, "height": 900}).new_page()
    page.goto(f"/chat/?conversation=plan-{next(_names)}")
    expect(page.locator("#state")).to_have_text("Connected")
    return page


@pytest.fixture
def console(context: Callable[..., BrowserContext]) -> Page:
    page: Page = context(viewport={"width": 1280, "height": 900}).new_page()
    page.goto("/admin/")
    return page


def say(page: Page, words: str) -> None:
    page.get_by_label("Message", exact=True).fill(words)
    page.get_by_label("Message", exact=True).press("Enter")


def open_from_sidebar(page: Page, title: str) -> None:
    """Links there are named by their icon and their title."""
    page.locator("#nav-sidebar-apps a").filter(has_text=re.compile(rf"(^|\s){title}\s*$")).click()
    expect(page).not_to_have_url(re.compile("/admin/$"))


def progress(page: Page) -> Any:
    return page.locator(".message.bot .text", has_text="Look up what both printers cost")


# -- in the chat


def test_a_plan_is_seen_to_go_on_until_its_answer(page: Page, fakes: Fakes) -> None:
    held = fakes.model.hold_text("TASK-reviews")
    say(page, WISH)
    expect(progress(page)).to_contain_text("▸ Read what owners say after a year")
    expect(progress(page)).to_contain_text("✓ Look up what both printers cost")
    expect(progress(page)).to_contain_text("· Recommend one of them")
    assert len(progress(page).inner_text().splitlines()) == len(STEPS)
    page.get_by_role("button", name="Approve").click()
    expect(progress(page)).to_contain_text("✓ Work out what the budget allows")
    held.release()
    expect(page.locator(".message.bot .text", has_text=ANSWER)).to_be_visible()
    expect(progress(page)).to_have_count(0)


def test_progress_stands_while_a_step_asks_and_after_a_reload(page: Page, fakes: Fakes) -> None:
    held = fakes.model.hold_text("TASK-reviews")
    say(page, WISH)
    expect(page.get_by_role("button", name="Approve")).to_be_visible()
    expect(progress(page)).to_contain_text("… Work out what the budget allows")
    seen = progress(page).inner_text()
    page.reload()
    expect(progress(page)).to_have_text(seen, use_inner_text=True)
    expect(page.locator(".message.bot .dots:visible")).to_have_count(1)
    page.get_by_role("button", name="Deny").click()
    held.release()
    expect(page.locator(".message.bot .text", has_text=ANSWER)).to_be_visible()


def test_a_pressed_option_is_the_answer(page: Page) -> None:
    say(page, ASKS)
    options = page.get_by_role("group", name="Choices").get_by_role("button")
    expect(options).to_have_text(OPTIONS)
    options.nth(1).click()
    expect(page.get_by_text("Result: admin answered: Blue")).to_be_visible()
    expect(page.get_by_text("Question 1: Which colour shall it be?")).to_be_visible()
    expect(options).to_have_count(0)


def test_options_are_reached_and_pressed_with_the_keyboard(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 700})
    say(page, ASKS)
    option = page.get_by_role("button", name=OPTIONS[-1])
    expect(option).to_be_visible()
    assert too_wide(page) == []
    page.keyboard.press("Shift+Tab")
    expect(option).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text(f"Result: admin answered: {OPTIONS[-1]}")).to_be_visible()


# -- in the console


def test_the_operator_finds_what_a_plan_waits_for_and_approves_it(
    page: Page, console: Page, platform: Platform, fakes: Fakes
) -> None:
    held = fakes.model.hold_text("TASK-reviews")
    say(page, WISH)
    expect(page.get_by_role("button", name="Approve")).to_be_visible()
    noise = listen(console)
    open_from_sidebar(console, "Plans")
    console.locator("#result_list tbody tr").first.get_by_role("link").first.click()
    expect(console.locator(".plan-steps")).to_contain_text("waits for approval")
    picture(console, "plan")
    console.get_by_role("link", name="Story", exact=True).click()
    expect(console.get_by_role("heading", name="No answer yet, because")).to_be_visible()
    why = console.locator(".story-causes li", has_text="step budget waits for approval")
    picture(console, "story-plan", around=console.locator(".plan-steps > li").first)
    console.evaluate("window.scrollTo(0, 0)")
    why.get_by_role("link", name="Decide").click()
    console.get_by_role("button", name="Approve", exact=True).click()
    expect(console.get_by_text("was approved.")).to_be_visible()
    held.release()
    expect(page.locator(".message.bot .text", has_text=ANSWER)).to_be_visible()
    assert noise == []


def test_a_question_is_answered_in_the_inbox(page: Page, console: Page) -> None:
    say(page, ASKS)
    expect(page.get_by_role("button", name="Blue")).to_be_visible()
    console.get_by_role("link", name=re.compile("approvals? waits?")).click()
    card = console.locator(".console-approval", has_text="Which colour")
    card.get_by_role("link", name="Answer …").click()
    picture(console, "question")
    console.get_by_role("button", name="Blue", exact=True).click()
    expect(console.get_by_text("was answered.")).to_be_visible()
    expect(page.get_by_text("Result: admin answered: Blue")).to_be_visible()


def test_a_server_is_added_given_to_an_agent_and_shows_how_it_is(page: Page, console: Page, platform: Platform) -> None:
    open_from_sidebar(console, "MCP servers")
    console.locator("a[href$='/mcpserver/add/']").first.click()
    console.get_by_label("Name").fill("clock")
    console.locator("select[name=kind]").select_option("stdio", force=True)
    console.get_by_label("Command").fill(str(Path(sys.executable).parent / "mcp-server-time"))
    console.get_by_label("Allowed tools").fill("get_current_time")
    console.get_by_role("button", name="Save", exact=True).click()
    expect(console.get_by_text("was added successfully")).to_be_visible()
    give_tools(platform, "simple-agent", "mcp__clock__*")

    def told() -> bool:
        say(page, CLOCK)
        expect(page.locator(".message.bot .text").last).to_contain_text("Result:")
        return "Asia/Kathmandu" in page.locator(".message.bot .text").last.inner_text()

    platform.wait_until(told, 60, what="the server's answer")
    [row] = platform.sql("SELECT id FROM botplatform_mcpserver WHERE name = 'clock'")
    listed = "SELECT 1 FROM botplatform_process WHERE detail->'servers'->'clock'->'tools' ? 'convert_time'"
    platform.wait_until(lambda: platform.sql(listed), what="its standing")
    console.goto(f"/admin/botplatform/mcpserver/{row['id']}/change/")
    standing = console.locator("ul.needs")
    expect(standing).to_contain_text("answers")
    expect(standing).to_contain_text("convert_time (not allowed)")
    picture(console, "server", around=standing)


def test_the_tools_page_says_what_is_missing(console: Page) -> None:
    open_from_sidebar(console, "Tools")
    expect(console.locator("#need-search.lacking")).to_contain_text("SEARCH_PROVIDER")
    expect(console.locator("#tool-web_search")).to_contain_text("not offered here")
    picture(console, "tools")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_of_plans_fit_and_can_be_used_by_everybody(
    page: Page, context: Callable[..., BrowserContext], platform: Platform, fakes: Fakes, scheme: str
) -> None:
    fakes.model.hold_text("TASK-reviews")
    say(page, WISH)
    expect(page.get_by_role("button", name="Approve")).to_be_visible()
    [plan] = platform.sql("SELECT id, batch_id FROM botplatform_plan ORDER BY id DESC LIMIT 1")
    [step] = platform.sql("SELECT id FROM botplatform_planstep WHERE plan_id = %s AND key = 'budget'", plan["id"])
    [update] = platform.sql("SELECT id FROM botplatform_update WHERE batch_id = %s", plan["batch_id"])
    console = context(color_scheme=scheme, bypass_csp=True, viewport={"width": 390, "height": 800}).new_page()
    bad: dict[str, list[Any]] = {}
    for address in (
        f"botplatform/plan/{plan['id']}/change/", f"botplatform/planstep/{step['id']}/change/",
        f"botplatform/update/{update['id']}/story/", f"botplatform/batch/{plan['batch_id']}/change/", "botplatform/approval/",
        "botplatform/mcpserver/add/", "tools/",
    ):  # fmt: skip
        console.goto(f"/admin/{address}")
        bad[address] = [*findings(console), *too_wide(console)]
    console.goto(page.url)
    expect(console.get_by_role("button", name="Approve")).to_be_visible()
    bad["chat"] = findings(console)
    assert {address: found for address, found in bad.items() if found} == {}
