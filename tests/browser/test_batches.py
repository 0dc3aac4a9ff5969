"""Batches at the console, in Chromium against the running platform; the model's fake counts what each retry costs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import picture, sign_in
from tests.fakes.model_replies import failure, text, tool
from tests.system.conftest import chat
from tests.system.fakes import Fakes
from tests.system.oracle import batches, replies, wait_for_end
from tests.system.platform import Platform

__all__ = ["chat"]

pytestmark = pytest.mark.system
SETTINGS = {"SWEEP_SECONDS": "600"}
"""What is stuck stays so until somebody looks."""


@pytest.fixture(scope="module")
def console(browser: Browser, platform: Platform) -> Iterator[Page]:
    page = browser.new_page(base_url=platform.url, viewport={"width": 1280, "height": 900})
    sign_in(page, platform)
    yield page
    page.close()


def broken_after_a_step(platform: Platform, fakes: Fakes, chat: int) -> int:
    """A batch whose first model call and tool call ended well, and whose second model call was refused for good."""
    fakes.model.script([tool("calculator", {"expression": "6*7"}), failure(400, "refused")], when=f"sum {chat}")
    platform.say(chat, f"sum {chat}")
    wait_for_end(platform, chat, "failed")
    platform.wait_until(lambda: {row["state"] for row in replies(platform, chat)} == {"sent"}, what="all replies sent")
    fakes.model.reset()
    pk: int = batches(platform, chat)[-1]["id"]
    return pk


def calls(fakes: Fakes, chat: int) -> int:
    """For an answer to the sum, whether it is asked or a tool's result is handed in."""
    return sum(f"sum {chat}" in str(prompt["messages"]) for prompt in fakes.model.requests)


def do(page: Page, batch: int, title: str) -> None:
    """By the button on the batch's page, confirmed with a reason."""
    page.goto(f"/admin/botplatform/batch/{batch}/change/")
    page.get_by_role("button", name=title, exact=True).click()
    page.get_by_label("Reason").fill("tried by hand")
    page.get_by_role("button", name="Yes", exact=True).click()


def test_a_retry_from_the_last_step_repeats_no_finished_call(
    console: Page, platform: Platform, fakes: Fakes, chat: int
) -> None:
    batch = broken_after_a_step(platform, fakes, chat)
    console.goto("/admin/botplatform/batch/?attention=failed")
    expect(console.locator(f"#batch-{batch}-said")).to_contain_text("given up after")
    picture(console, "batches-failed")
    fakes.model.script([text("It is 42.")], when=f"sum {chat}")
    do(console, batch, "Retry from the last step")
    expect(console.get_by_text(f"Batch {batch} will be answered again.")).to_be_visible()
    picture(console, "batch-retried")
    fakes.telegram.wait_for_text(chat, "It is 42.")
    assert calls(fakes, chat) == 1
    steps = platform.sql(
        "SELECT kind FROM botplatform_step s JOIN botplatform_run r ON r.id = s.run_id "
        "WHERE r.batch_id = %s AND s.state = 'succeeded' ORDER BY s.id", batch,
    )  # fmt: skip
    assert [step["kind"] for step in steps] == ["model", "tool", "model"]


def test_a_stuck_batch_is_found_understood_and_retried(
    console: Page, platform: Platform, fakes: Fakes, chat: int
) -> None:
    hold = fakes.model.hold_text(f"slow {chat}", times=1)
    platform.say(chat, f"slow {chat}")
    fakes.model.wait_until(lambda: hold.hits)
    batch = batches(platform, chat)[-1]["id"]
    platform.sql(
        "UPDATE botplatform_batch SET progress_until = now() - interval '3 min', progress_at = now() - interval '4 min' "
        "WHERE id = %s", batch,
    )  # fmt: skip
    console.goto("/admin/")
    found = console.locator("li", has_text="stuck batch").locator(".home-cases a")
    expect(found).to_have_count(1)
    picture(console, "stuck-home")
    found.click()
    expect(console.get_by_text("no progress for")).to_be_visible()
    picture(console, "stuck-batch")
    console.get_by_role("button", name="Retry from the last step", exact=True).click()
    console.get_by_label("Reason").fill("the model hangs")
    picture(console, "stuck-confirm")
    console.get_by_role("button", name="Yes", exact=True).click()
    fakes.telegram.wait_for_text(chat, f"answer to: slow {chat}")
    wait_for_end(platform, chat, "done")
    hold.release()
    expect(console.get_by_text("answered after")).to_be_visible(timeout=15_000)
    expect(console.get_by_role("button", name="Cancel", exact=True)).to_have_count(0)
    expect(console.locator(f"#batch-{batch}-state")).to_contain_text("done", ignore_case=True)
    picture(console, "stuck-answered")
    assert fakes.telegram.texts(chat) == [f"answer to: slow {chat}"]


def test_a_retry_from_the_start_makes_every_call_again(
    console: Page, platform: Platform, fakes: Fakes, chat: int
) -> None:
    batch = broken_after_a_step(platform, fakes, chat)
    fakes.model.script([tool("calculator", {"expression": "6*7"}), text("It is 42.")], when=f"sum {chat}")
    do(console, batch, "Retry from the start")
    fakes.telegram.wait_for_text(chat, "It is 42.")
    assert calls(fakes, chat) == 2


def test_half_an_answer_is_found_and_its_missing_part_sent_without_the_model(
    console: Page, platform: Platform, fakes: Fakes, chat: int
) -> None:
    fakes.model.script([text("word " * 1500)], when=f"long {chat}")
    platform.say(chat, f"long {chat}")
    wait_for_end(platform, chat, "done")
    platform.wait_until(lambda: {row["state"] for row in replies(platform, chat)} == {"sent"}, what="all replies sent")
    batch = batches(platform, chat)[-1]["id"]
    platform.sql(
        "UPDATE botplatform_reply SET state = 'unknown' WHERE batch_id = %s AND kind = 'answer' AND part = 2", batch
    )
    fakes.telegram.reset()
    fakes.model.reset()
    console.goto("/admin/botplatform/batch/")
    console.get_by_role("link", name="Half an answer", exact=True).click()
    expect(console.locator(f"#batch-{batch}-said")).to_contain_text("1 in doubt")
    picture(console, "half-an-answer")
    do(console, batch, "Send the stored answer again …")
    platform.wait_until(lambda: {row["state"] for row in replies(platform, chat)} == {"sent"}, what="the part sent")
    assert (fakes.telegram.count("sendMessage", chat=chat), len(fakes.model.requests)) == (1, 0)


def test_where_a_batch_stands_stays_fresh(console: Page, platform: Platform, fakes: Fakes, chat: int) -> None:
    batch = broken_after_a_step(platform, fakes, chat)
    console.goto("/admin/botplatform/batch/?attention=failed")
    cell = console.locator(f"#batch-{batch}-state")
    expect(cell).to_contain_text("failed", ignore_case=True)
    platform.sql("UPDATE botplatform_batch SET state = 'cancelled', reason = 'by hand' WHERE id = %s", batch)
    expect(cell).to_contain_text("cancelled", ignore_case=True, timeout=15_000)
