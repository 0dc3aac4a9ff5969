"""Approvals in Chromium against the running platform: what an operator clicks is what the chat, and the agent, are told."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import picture
from tests.browser.test_console import console, noise, run_action, too_wide
from tests.fakes.model_replies import Reply, text, tool
from tests.system.conftest import chat
from tests.system.fakes import Fakes
from tests.system.oracle import wait_for_end
from tests.system.platform import Platform

__all__ = ["chat", "console", "noise"]

pytestmark = pytest.mark.system
SETTINGS = {"APPROVAL_TTL_SECONDS": "600"}
ERASE, SUM = "please erase the things we talked about", "please work out the sum for the invoice"
CLASSIFIED = {
    "type": "complex", "category": "admin", "complexity": "low", "requires_human_approval": True, "reasoning": "a deed",
}  # fmt: skip


@pytest.fixture(autouse=True)
def deeds(fakes: Fakes) -> None:
    """A model that makes the call it is asked for, and reports what became of it."""

    def answer(prompt: dict[str, Any]) -> Reply:
        last = prompt["messages"][-1]["content"]
        if isinstance(last, list) and any(block.get("type") == "tool_result" for block in last):
            return text(f"Result: {' '.join(str(block.get('content') or block.get('text')) for block in last)}")
        if ERASE in str(last):
            return tool("delete_history", {}, said="I will delete what was said here.")
        if SUM in str(last):
            return tool("calculator", {"expression": "2 * 21"}, said="I will work it out.")
        return text("Noted.")

    fakes.model.default = answer
    erases = {**CLASSIFIED}
    sums = {**CLASSIFIED, "requires_human_approval": False, "type": "simple", "category": "general"}
    fakes.model.classification = lambda said: erases if ERASE in said else sums


def asked(platform: Platform, fakes: Fakes, chat: int, wish: str) -> int:
    """Somebody wishes for something that needs a decision; the approval's id, its question shown in the chat."""
    platform.say(chat, wish)
    fakes.telegram.wait_for_text(chat, "May I do this?")
    return int(approval(platform, chat)["id"])


def approval(platform: Platform, chat: int) -> dict[str, Any]:
    """The chat's approval."""
    [row] = platform.sql(
        "SELECT a.* FROM botplatform_approval a JOIN botplatform_session s ON s.id = a.session_id WHERE s.key = %s",
        str(chat),
    )
    return row


def page_of(pk: int) -> str:
    return f"/admin/botplatform/approval/{pk}/change/"


def question(fakes: Fakes, chat: int) -> Any:
    """What the question's message in the chat has become."""
    [message] = [message for message in fakes.telegram.chat(chat) if "pproval 1" in message.text]
    return message


def test_an_approval_given_on_its_page_lets_the_agent_go_on(
    console: Page, platform: Platform, fakes: Fakes, chat: int
) -> None:
    platform.say(chat, "my locker is number 1234")
    fakes.telegram.wait_for_text(chat, "Noted.")
    pk = asked(platform, fakes, chat, ERASE)
    console.goto("/admin/")
    console.get_by_role("link", name=re.compile("approvals? waits?")).click()
    picture(console, "approvals-inbox")
    console.locator("#result_list").get_by_role("link", name=str(pk), exact=True).click()
    expect(console.get_by_text("I will delete what was said here.")).to_be_visible()
    picture(console, "approval")
    console.get_by_role("button", name="Approve", exact=True).click()
    expect(console.get_by_text(f"Approval {pk} was approved.")).to_be_visible()
    fakes.telegram.wait_for_text(chat, "Result: Deleted")
    wait_for_end(platform, chat, "done", "done")
    platform.wait_until(lambda: "Approved by admin" in question(fakes, chat).text, what="the outcome in the chat")
    assert not question(fakes, chat).markup
    assert (approval(platform, chat)["state"], approval(platform, chat)["decided_via"]) == ("executed", "console")
    console.goto(page_of(pk))
    expect(console.get_by_role("button", name="Approve", exact=True)).to_have_count(0)
    picture(console, "approval-decided")


def test_a_denial_in_the_list_is_confirmed_and_its_reason_told(
    console: Page, platform: Platform, fakes: Fakes, chat: int
) -> None:
    pk = asked(platform, fakes, chat, ERASE)
    console.goto("/admin/botplatform/approval/")
    console.get_by_role("link", name="Waiting", exact=True).click()
    run_action(console, "Deny", pk)
    console.get_by_label("Comment").fill("We still need it")
    assert approval(platform, chat)["state"] == "pending"
    console.get_by_role("button", name="Yes", exact=True).click()
    expect(console.get_by_text(f"Approval {pk} was denied.")).to_be_visible()
    fakes.telegram.wait_for_text(chat, "They wrote: We still need it")
    platform.wait_until(lambda: "We still need it" in question(fakes, chat).text, what="the outcome in the chat")
    assert approval(platform, chat)["state"] == "denied"


def test_edited_arguments_are_what_is_executed(console: Page, platform: Platform, fakes: Fakes, chat: int) -> None:
    console.goto("/admin/botplatform/toolpolicy/add/")
    console.locator("select[name=tool]").select_option("calculator", force=True)
    console.get_by_label("Every call").check(force=True)
    console.get_by_role("button", name="Save", exact=True).click()
    expect(console.get_by_text("was added successfully")).to_be_visible()
    platform.wait_until(
        lambda: platform.sql("SELECT 1 FROM botplatform_toolpolicy WHERE updated_at < now() - interval '6 s'")
    )
    pk = asked(platform, fakes, chat, SUM)
    console.goto(page_of(pk))
    console.get_by_role("link", name="Edit and approve").click()
    box = console.get_by_label("Arguments")
    box.fill('{"expression": 7}')
    console.get_by_role("button", name="Approve with these arguments").click()
    expect(console.get_by_text("The tool does not take this")).to_be_visible()
    box.fill('{"expression": "3 * 14"}')
    console.get_by_role("button", name="Approve with these arguments").click()
    expect(console.get_by_text(f"Approval {pk} was approved.")).to_be_visible()
    expect(console.locator(".console-diff .added")).to_contain_text("3 * 14")
    picture(console, "approval-edited")
    fakes.telegram.wait_for_text(chat, "3 * 14 = 42")
    assert not re.search(r"2 \* 21 = 42", "\n".join(fakes.telegram.texts(chat)))
    assert (approval(platform, chat)["state"], approval(platform, chat)["proposed"]) == (
        "executed", {"expression": "2 * 21"},
    )  # fmt: skip


def test_whoever_comes_second_is_told_who_decided(console: Page, platform: Platform, fakes: Fakes, chat: int) -> None:
    pk = asked(platform, fakes, chat, ERASE)
    console.goto(page_of(pk))
    platform.say(chat, "/deny 1")
    platform.wait_until(lambda: approval(platform, chat)["state"] == "denied", what="the requester's own decision")
    console.get_by_role("button", name="Approve", exact=True).click()
    expect(console.get_by_text(f"Approval {pk} was settled before")).to_be_visible()
    wait_for_end(platform, chat, "done")
    assert approval(platform, chat)["state"] == "denied"


def test_pages_of_routing_and_people_fit(
    console: Page, platform: Platform, fakes: Fakes, chat: int, noise: list[str]
) -> None:
    pk = asked(platform, fakes, chat, ERASE)
    [bot] = platform.sql("SELECT id FROM botplatform_bot WHERE transport = 'telegram'")
    wide = []
    for address in (
        page_of(pk), f"/admin/botplatform/approval/{pk}/edit/", "/admin/botplatform/pattern/publish/",
        "/admin/botplatform/pattern/add/", f"/admin/botplatform/bot/{bot['id']}/pair/", "/admin/botplatform/toolpolicy/add/",
    ):  # fmt: skip
        console.goto(address)
        wide += too_wide(console)
    assert (wide, noise) == ([], [])
