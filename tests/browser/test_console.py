"""The console in Chromium against the running platform; what each click causes is counted at the fakes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.fakes.model_replies import failure
from tests.system.conftest import chat
from tests.system.fakes import Fakes
from tests.system.oracle import batches, replies, session, wait_for_end
from tests.system.platform import Platform

__all__ = ["chat"]

pytestmark = pytest.mark.system
SENDS = ("sendMessage", "editMessageText")


@pytest.fixture(scope="module")
def noise() -> list[str]:
    """What a browser of the console complained about, asked another host for, or was made to do."""
    return []


@pytest.fixture(scope="module")
def console(browser: Browser, platform: Platform, noise: list[str]) -> Iterator[Page]:
    """A page of a signed-in operator."""
    ours = (platform.url, "data:")
    page = browser.new_page(base_url=platform.url, viewport={"width": 1440, "height": 900})
    page.on("console", lambda message: noise.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: noise.append(str(error)))
    page.on("dialog", lambda dialog: (noise.append(f"dialog {dialog.message}"), dialog.dismiss()))
    page.on("request", lambda request: None if request.url.startswith(ours) else noise.append(request.url))
    page.goto("/admin/")
    page.get_by_label("Username").fill("admin")
    page.get_by_label("Password").fill(platform.env["ADMIN_PASSWORD"])
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="Now", exact=True)).to_be_visible()
    yield page
    page.close()


def run_action(page: Page, title: str, *ids: int) -> None:
    """Tick rows of the list and run an action on them."""
    for pk in ids:
        page.locator(f'input[name="_selected_action"][value="{pk}"]').check()
    page.get_by_label("Select action to run").select_option(label=title)
    page.get_by_role("button", name="Run", exact=True).click()


def confirm(page: Page, why: str = "tried") -> None:
    """Say yes on the page that asks."""
    page.get_by_label("Reason").fill(why)
    page.get_by_role("button", name="Yes", exact=True).click()


def click(page: Page, kind: str, pk: int, title: str) -> None:
    """Press an operation's button on a row's page."""
    page.goto(f"/admin/botplatform/{kind}/{pk}/change/")
    page.get_by_role("button", name=title, exact=True).click()


def press(page: Page, kind: str, pk: int, title: str) -> None:
    """The same, and say yes."""
    click(page, kind, pk, title)
    confirm(page)


def failed(platform: Platform, fakes: Fakes, chat: int) -> int:
    """A batch whose model call was refused for good, and whose person has been told."""
    fakes.model.script([failure(400, "refused")], when=f"question {chat}")
    platform.say(chat, f"question {chat}")
    wait_for_end(platform, chat, "failed")
    fakes.telegram.wait_for_text(chat, "Sorry")
    return settled(platform, fakes, chat)


def answered(platform: Platform, fakes: Fakes, chat: int) -> int:
    platform.say(chat, f"question {chat}")
    fakes.telegram.wait_for_text(chat, f"answer to: question {chat}")
    return settled(platform, fakes, chat)


def settled(platform: Platform, fakes: Fakes, chat: int) -> int:
    """The chat's latest batch, when all its replies have left; the fakes count from here on."""
    platform.wait_until(lambda: {row["state"] for row in replies(platform, chat)} == {"sent"}, what="all replies sent")
    fakes.telegram.reset()
    fakes.model.reset()
    pk: int = batches(platform, chat)[-1]["id"]
    return pk


def sends(fakes: Fakes, chat: int) -> int:
    return sum(fakes.telegram.count(name, chat=chat) for name in SENDS)


def reply_of(platform: Platform, chat: int) -> dict[str, Any]:
    [row] = replies(platform, chat, "answer")
    return row


def test_a_failed_batch_is_answered_by_one_click(console: Page, platform: Platform, fakes: Fakes, chat: int) -> None:
    batch = failed(platform, fakes, chat)
    console.goto("/admin/botplatform/batch/")
    console.get_by_role("link", name="Failed", exact=True).click()
    run_action(console, "Retry from the last step", batch)
    confirm(console)
    expect(console.get_by_text(f"Batch {batch} will be answered again.")).to_be_visible()
    fakes.telegram.wait_for_text(chat, f"answer to: question {chat}")
    wait_for_end(platform, chat, "done")
    assert len(fakes.model.asked(f"question {chat}")) == 1
    assert sum("answer to:" in text for text in fakes.telegram.texts(chat)) == 1


def test_several_are_answered_after_a_confirmation(console: Page, platform: Platform, fakes: Fakes, chat: int) -> None:
    ids = [failed(platform, fakes, one) for one in (chat, chat + 500_000)]
    console.goto("/admin/botplatform/batch/?attention=failed")
    run_action(console, "Retry from the last step", *ids)
    assert not fakes.model.requests
    console.get_by_role("button", name="Yes, 2 of them").click()
    for one in (chat, chat + 500_000):
        fakes.telegram.wait_for_text(one, f"answer to: question {one}")
    assert len(fakes.model.requests) == 2


def test_a_cancelled_batch_asks_and_sends_nothing(console: Page, platform: Platform, fakes: Fakes, chat: int) -> None:
    batch = failed(platform, fakes, chat)
    platform.sql(
        "UPDATE botplatform_batch SET state = 'waiting', wake_at = now() + interval '1 hour' WHERE id = %s", batch
    )
    console.goto("/admin/botplatform/batch/")
    console.get_by_role("link", name="Waiting", exact=True).click()
    run_action(console, "Cancel", batch)
    confirm(console)
    expect(console.get_by_text(f"Batch {batch} was cancelled.")).to_be_visible()
    platform.say(chat, "What else?")
    wait_for_end(platform, chat, "cancelled", "done")
    assert len(fakes.model.requests) == 1
    assert sum("answer to:" in text for text in fakes.telegram.texts(chat)) == 1


def test_a_stored_answer_is_sent_once_more_without_the_model(
    console: Page, platform: Platform, fakes: Fakes, chat: int
) -> None:
    batch = answered(platform, fakes, chat)
    click(console, "batch", batch, "Send the stored answer again …")
    console.get_by_label("All parts").check()
    confirm(console)
    expect(console.get_by_text(f"Batch {batch} has its answer to be sent again.")).to_be_visible()
    fakes.telegram.wait_for("sendMessage", chat=chat)
    platform.wait_until(lambda: reply_of(platform, chat)["state"] == "sent")
    assert (sends(fakes, chat), len(fakes.model.requests)) == (1, 0)
    assert fakes.telegram.texts(chat).count(f"answer to: question {chat}") == 2


def test_a_reply_in_doubt_is_sent_again_once(console: Page, platform: Platform, fakes: Fakes, chat: int) -> None:
    answered(platform, fakes, chat)
    reply = reply_of(platform, chat)["id"]
    platform.sql("UPDATE botplatform_reply SET state = 'unknown' WHERE id = %s", reply)
    console.goto("/admin/")
    console.get_by_role("link", name="reply in doubt").click()
    run_action(console, "Send again", reply)
    confirm(console)
    fakes.telegram.wait_for("sendMessage", chat=chat)
    platform.wait_until(lambda: reply_of(platform, chat)["state"] == "sent")
    assert (sends(fakes, chat), len(fakes.model.requests)) == (1, 0)


def test_a_reply_marked_as_arrived_is_not_sent(console: Page, platform: Platform, fakes: Fakes, chat: int) -> None:
    answered(platform, fakes, chat)
    reply = reply_of(platform, chat)["id"]
    platform.sql("UPDATE botplatform_reply SET state = 'unknown' WHERE id = %s", reply)
    press(console, "reply", reply, "Mark as arrived")
    expect(console.get_by_text(f"Reply {reply} counts as arrived.")).to_be_visible()
    platform.say(chat, "What else?")
    fakes.telegram.wait_for_text(chat, "answer to: What else?")
    assert fakes.telegram.texts(chat).count(f"answer to: question {chat}") == 1


def test_a_paused_conversation_waits_until_it_may_go_on(
    console: Page, platform: Platform, fakes: Fakes, chat: int
) -> None:
    answered(platform, fakes, chat)
    pk = session(platform, chat)["id"]
    click(console, "session", pk, "Pause")
    expect(console.get_by_text("is now paused").first).to_be_visible()
    platform.say(chat, "Are you there?")
    due = "SELECT 1 FROM botplatform_batch WHERE session_id = %s AND state = 'collecting' AND due_at < now() - interval '1 s'"
    platform.wait_until(lambda: platform.sql(due, pk), what="a due batch")
    assert not fakes.model.requests
    click(console, "session", pk, "Answer normally")
    fakes.telegram.wait_for_text(chat, "answer to: Are you there?")


def test_a_cleared_conversation_starts_afresh(console: Page, platform: Platform, fakes: Fakes, chat: int) -> None:
    answered(platform, fakes, chat)
    press(console, "session", session(platform, chat)["id"], "Clear history")
    expect(console.get_by_text("not given to the model").first).to_be_visible()
    platform.say(chat, "What else?")
    fakes.telegram.wait_for_text(chat, "answer to: What else?")
    assert f"question {chat}" not in str(fakes.model.requests)


def test_an_update_is_replayed_by_one_click(console: Page, platform: Platform, fakes: Fakes, chat: int) -> None:
    answered(platform, fakes, chat)
    [update] = platform.sql("SELECT id FROM botplatform_update WHERE text = %s", f"question {chat}")
    press(console, "update", update["id"], "Replay")
    fakes.telegram.wait_until(
        lambda: fakes.telegram.texts(chat).count(f"answer to: question {chat}"), enough=lambda n: n == 2
    )
    assert len(fakes.model.asked(f"question {chat}")) == 1


def test_the_story_leads_from_the_update_to_the_receipt_and_back(
    console: Page, platform: Platform, fakes: Fakes, chat: int
) -> None:
    answered(platform, fakes, chat)
    console.goto("/admin/botplatform/update/")
    console.get_by_role("link", name="Story", exact=True).first.click()
    expect(console.get_by_text(f"answer to: question {chat}").filter(visible=True).first).to_be_visible()
    console.get_by_role("link", name=f"Batch {batches(platform, chat)[-1]['id']} answers it").click()
    expect(console.get_by_role("heading", name="Runs")).to_be_visible()


def too_wide(page: Page) -> list[str]:
    """Where the page scrolls sideways, on a desk and on a phone."""
    found = []
    for width in (390, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            found.append(f"{page.url} at {width}")
    return found


def test_every_page_fits_and_is_quiet(
    console: Page, platform: Platform, fakes: Fakes, chat: int, noise: list[str]
) -> None:
    hostile = "<img src=x onerror=alert(1)><script>alert(2)</script>" + "word" * 200
    platform.say(chat, hostile, name="<b onclick=alert(3)>")
    fakes.telegram.wait_for_text(chat, "answer to:")
    console.goto("/admin/")
    wide = too_wide(console)
    lists = console.locator("#nav-sidebar-apps a").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    for address in lists:
        console.goto(address)
        wide += too_wide(console)
        if (row := console.locator("#result_list tbody a").first).count():
            console.goto(row.get_attribute("href") or "")
            wide += too_wide(console)
    assert (len(lists) > 15, wide, noise) == (True, [], [])
