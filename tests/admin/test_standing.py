"""Where a batch stands, in words: on its page and in the list."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags

from botplatform.admin.standing import facts
from botplatform.admin.standing.words import Standing, standing
from botplatform.models import Batch, Process, Reply, Run, Session, Step
from tests.admin.rows import Rows, approval, batch, conversation, listed, page, shown_ids

NOW = timezone.now()
WORKER = "worker@host:123"


def ago(seconds: float) -> Any:
    return NOW - timedelta(seconds=seconds)


def told(row: Batch) -> str:
    """The sentence, as of the moment at which the rows were made."""
    found = standing(Batch.objects.select_related("session__bot").get(pk=row.pk), NOW)
    assert isinstance(found, Standing)
    return strip_tags(str(found.said))


def running(rows: Rows, *, step: bool = True, **fields: Any) -> Batch:
    """One at a worker, with a model call that began 40 s ago."""
    lease = {
        "worker": WORKER,
        "lease_until": ago(-20),
        "claimed_at": ago(60),
        "heartbeat_at": ago(1),
        "progress_until": ago(-60),
    }
    row = batch(conversation(state="done").session, "processing", **lease | fields)
    run = Run.objects.create(batch=row, epoch=row.epoch, state="running", agent="simple-agent")
    if step:
        Step.objects.create(run=run, kind="model", name="anthropic:some-model", started_at=ago(40))
    return row


def test_no_heartbeat(rows: Rows) -> None:
    row = running(rows, heartbeat_at=ago(42), lease_until=ago(12))
    assert told(row) == (
        "no heartbeat for 42 s from worker@host:123; last step: model call anthropic:some-model of simple-agent, begun 40 s ago"
    )


def test_no_progress_though_the_worker_lives(rows: Rows) -> None:
    Process.objects.create(name=WORKER, role="worker")
    row = running(rows, progress_at=ago(70), progress_until=ago(10), heartbeat_at=ago(9), lease_until=ago(-20))
    assert told(row).startswith(
        "no progress for 1 min 10 s at worker@host:123 (its process is alive); last step: model call"
    )


def test_at_work(rows: Rows) -> None:
    assert told(running(rows)) == (
        "worker@host:123 is at it for 1 min; step: model call anthropic:some-model of simple-agent, begun 40 s ago"
    )
    assert told(running(rows, step=False)).endswith("no step yet")


def test_handed_back(rows: Rows) -> None:
    row = running(rows, worker="", retry_at=ago(-15), attempts=1, lease_until=ago(1))
    assert told(row) == "pauses until its next try in 15 s, after 1 failed attempt"


@pytest.mark.parametrize(("due", "words"), [
    (-3, "2 messages so far; due in 3.0 s"), (90, "2 messages; due for 1 min 30 s, and no worker has taken it"),
])  # fmt: skip
def test_collecting(rows: Rows, due: float, words: str) -> None:
    assert told(batch(rows.session, "collecting", size=2, due_at=ago(due))) == words


def test_waiting_for_a_decision(rows: Rows, console: Client) -> None:
    row = batch(rows.session, "waiting")
    run = Run.objects.create(batch=row, epoch=1, state="waiting", agent="hitl-agent")
    asked = approval(run, number=12, expires_at=ago(-240))
    assert told(row) == "waits for approval 12 (delete_history) for 4 min more"
    assert page(asked) in console.get(page(row)).text


@pytest.mark.parametrize(("fields", "words"), [
    ({"wake_at": ago(-20)}, "waits, and goes on in 20 s"),
    ({"wake_at": None}, "waits until somebody lets it go on"),
    ({"wake_at": ago(4)}, "may go on for 4.0 s; no worker has taken it"),
    ({"paused_agent": "info-agent"}, "waits for info-agent, which is paused"),
])  # fmt: skip
def test_waiting(rows: Rows, fields: dict[str, Any], words: str) -> None:
    assert told(batch(rows.session, "waiting", **fields)) == words


@pytest.mark.parametrize(("mode", "words"), [
    ("held", "waits, for Grace has taken the conversation over"), ("paused", "waits, for the conversation is paused"),
])  # fmt: skip
def test_held_up_by_its_conversation(rows: Rows, mode: str, words: str) -> None:
    Session.objects.filter(pk=rows.session.pk).update(mode=mode, held_by="Grace")
    assert told(batch(rows.session, "waiting", wake_at=ago(1))) == words


def test_held_up_by_its_bot(rows: Rows) -> None:
    rows.bot.paused = True
    rows.bot.save()
    row = batch(rows.session, "waiting", wake_at=ago(1))
    assert told(row) == "waits, for the bot telegram/tested is paused"


def test_failed(rows: Rows, console: Client) -> None:
    row = batch(rows.session, "failed", attempts=3, error="the model is overloaded")
    assert told(row) == "given up after 3 attempts: the model is overloaded; no step was begun"
    text = console.get(page(row)).text
    assert "Retry from the last step, which asks for nothing twice" in text


def half(rows: Rows, state: str = "unknown") -> Batch:
    row = batch(rows.session, "done", finished_at=NOW)
    for part, one in ((1, "sent"), (2, state), (3, "failed")):
        Reply.objects.create(session=rows.session, batch=row, kind="answer", part=part, text=f"part {part}", state=one)
    return row


def test_half_an_answer(rows: Rows, console: Client) -> None:
    row = half(rows)
    assert told(row) == "half an answer: 1 of 3 parts arrived, 1 refused and 1 in doubt"
    assert shown_ids(console, Batch, "?attention=half") == [row.pk]
    for address in (listed(Batch, "?attention=half"), page(row)):
        text = console.get(address).text
        assert "half an answer" in text
    assert "Send the missing parts" in text


def test_a_replaced_answer_is_not_half_of_one(rows: Rows, console: Client) -> None:
    row = half(rows)
    row.replies.update(replaced_at=NOW)
    assert shown_ids(console, Batch, "?attention=half") == []
    assert "half" not in told(row)


def test_a_page_of_batches_takes_as_many_queries_as_one(rows: Rows) -> None:
    def number() -> int:
        with CaptureQueriesContext(connection) as captured:
            found = list(Batch.objects.select_related("session__bot"))
            known = facts.of(found)
            for row in found:
                row.facts = known[row.pk]  # type: ignore[attr-defined]
                standing(row)
        return len(captured)

    running(rows)
    half(rows)
    batch(rows.session, "waiting")
    few = number()
    for _ in range(5):
        running(rows)
        half(rows)
    assert number() == few


def test_the_fragments_say_the_same(rows: Rows, console: Client) -> None:
    row = batch(rows.session, "failed", attempts=3, error="<b>broken</b>")
    cells = console.get(reverse("admin:botplatform_batch_live"), {"ids": f"{row.pk},x,-1,99999999999999999999"}).text
    assert f'id="batch-{row.pk}-said"' in cells
    assert "&lt;b&gt;broken" in cells
    assert "<b>1</b> failed" in cells
    assert "&lt;b&gt;broken" in console.get(reverse("admin:botplatform_batch_page_live", args=[row.pk])).text


def test_the_pages_fragment_offers_what_can_be_done_by_now(rows: Rows, console: Client) -> None:
    row = batch(rows.session, "failed", attempts=3)
    live = reverse("admin:botplatform_batch_page_live", args=[row.pk])
    assert 'value="retry"' in console.get(live).text
    Batch.objects.filter(pk=row.pk).update(state="done")
    fresh = console.get(live).text
    assert 'value="retry"' not in fresh
    assert f'id="batch-{row.pk}-state" hx-swap-oob="true"' in fresh


def test_the_fragments_are_for_those_who_may_see_batches(rows: Rows, staff: Any) -> None:
    client = staff("view_update")
    assert client.get(reverse("admin:botplatform_batch_live")).status_code == 403
    assert client.get(reverse("admin:botplatform_batch_page_live", args=[rows.batch.pk])).status_code == 403
