from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError
from pytest_django import Settings

from botplatform.models import Batch, Session, Update
from botplatform.pipeline import batching, db
from botplatform.pipeline.batching import Later, Work
from tests.pipeline.builders import claimed, due, lapse, the_batch
from tests.pipeline.conftest import Say

MINUTE = timedelta(minutes=1)


async def add(session_id: int, state: str, **moments: Any) -> Batch:
    """A batch whose moments lie this far from now."""
    row = await db.row("SELECT now() AS now")
    assert row
    fields = {name: row["now"] + value if isinstance(value, timedelta) else value for name, value in moments.items()}
    defaults = {"request_id": "r1", "due_at": row["now"] - MINUTE}
    return await Batch.objects.acreate(session_id=session_id, state=state, **{**defaults, **fields})


@pytest.fixture
async def session(say: Say) -> int:
    """A session whose only batch is done."""
    receipt = await say("hello")
    await Batch.objects.aupdate(state="done")
    return int(receipt.session_id)


# -- the window


async def test_each_message_pushes_the_window(say: Say) -> None:
    await say("one")
    first = await the_batch()
    await say("two")
    second = await the_batch()
    assert second.size == 2
    assert first.due_at < second.due_at <= first.opened_at + timedelta(seconds=5)


async def test_pushing_ends_at_the_longest_window(say: Say) -> None:
    await say("one")
    await db.change("UPDATE botplatform_batch SET opened_at = now() - interval '4.9 seconds', due_at = now()")
    await say("two")
    batch = await the_batch()
    assert batch.due_at - batch.opened_at == timedelta(seconds=5)


async def test_batch_is_not_claimed_before_its_window_has_closed(say: Say) -> None:
    receipt = await say("one")
    later = await batching.claim(receipt.session_id)
    assert isinstance(later, Later)
    assert later.after
    assert batching.SOON <= later.after <= timedelta(milliseconds=500)


async def test_tenth_message_makes_it_due_at_once(say: Say, settings: Settings) -> None:
    settings.BATCH_WINDOW = settings.BATCH_MAX_WINDOW = timedelta(seconds=60)
    receipts = [await say(f"message {number}") for number in range(10)]
    assert receipts[0].due_in > timedelta(seconds=50)
    assert [receipt.due_in for receipt in receipts[1:9]] == [None] * 8
    assert receipts[9].due_in == timedelta(0)
    assert isinstance(await batching.claim(receipts[0].session_id), Work)


async def test_ten_is_no_cap_while_another_batch_processes(say: Say) -> None:
    first = await claimed((await say("first")).session_id)
    for number in range(12):
        await say(f"message {number}")
    collecting = await Batch.objects.exclude(pk=first.lease.batch_id).aget()
    assert (collecting.state, collecting.size) == ("collecting", 12)
    assert collecting.due_at < collecting.opened_at + timedelta(seconds=5)


# -- the claim


async def test_claim_opens_an_epoch_and_a_lease(say: Say, settings: Settings) -> None:
    work = await claimed((await say("hello")).session_id)
    batch = await the_batch()
    assert (batch.state, batch.epoch, work.lease.epoch) == ("processing", 1, 1)
    assert batch.worker
    assert batch.lease_until - batch.heartbeat_at == settings.LEASE
    assert batch.claimed_at == batch.progress_at


async def test_claims_take_what_was_handed_back_then_what_waits_then_what_collects(session: int) -> None:
    collecting = await add(session, "collecting")
    waiting = await add(session, "waiting", wake_at=-MINUTE)
    handed_back = await add(session, "processing", lease_until=-MINUTE)
    order = []
    while isinstance(work := await batching.claim(session), Work):
        order.append(work.lease.batch_id)
        await Batch.objects.filter(pk=work.lease.batch_id).aupdate(state="done")
    assert order == [handed_back.pk, waiting.pk, collecting.pk]


@pytest.mark.parametrize("state", ["collecting", "waiting"])
async def test_nothing_is_claimed_beside_a_processing_batch(session: int, state: str) -> None:
    await add(session, "processing", worker="somebody", lease_until=MINUTE)
    other = await add(session, state, wake_at=-MINUTE)
    assert await batching.claim(session) == Later()
    await other.arefresh_from_db()
    assert other.state == state


async def test_waiting_batch_does_not_block_the_next(session: int) -> None:
    await add(session, "waiting", wake_at=MINUTE)
    collecting = await add(session, "collecting")
    work = await batching.claim(session)
    assert isinstance(work, Work)
    assert work.lease.batch_id == collecting.pk


async def test_of_many_claimers_one_wins_and_the_others_come_later(session: int) -> None:
    await add(session, "collecting")
    found = await asyncio.gather(*(batching.claim(session) for _ in range(6)))
    assert len([one for one in found if isinstance(one, Work)]) == 1
    assert len([one for one in found if isinstance(one, Later)]) == 5


async def test_retry_is_not_claimed_before_its_time(session: int) -> None:
    await add(session, "processing", lease_until=-MINUTE, retry_at=MINUTE)
    await add(session, "collecting")
    later = await batching.claim(session)
    assert isinstance(later, Later)
    assert later.after
    assert timedelta(seconds=50) < later.after <= MINUTE


async def test_retry_is_claimed_when_its_time_has_come(session: int) -> None:
    again = await add(session, "processing", lease_until=-MINUTE, retry_at=-MINUTE, epoch=3)
    work = await batching.claim(session)
    assert isinstance(work, Work)
    assert (work.lease.batch_id, work.lease.epoch) == (again.pk, 4)


async def test_lapsed_lease_is_left_to_recovery(say: Say) -> None:
    work = await claimed((await say("hello")).session_id)
    await lapse()
    assert await batching.claim(work.batch["session_id"]) == Later()
    assert (await the_batch()).epoch == 1


# -- modes


async def test_paused_session_keeps_its_batch(say: Say) -> None:
    receipt = await say("hello")
    await Session.objects.aupdate(mode="paused")
    await due()
    assert await batching.claim(receipt.session_id) == Later()
    assert (await the_batch()).state == "collecting"


@pytest.mark.parametrize(("mode", "reason"), [("held", "operator"), ("muted", "muted"), ("blocked", "blocked")])
async def test_silent_session_ends_its_batch_with_the_reason(say: Say, mode: str, reason: str) -> None:
    receipt = await say("hello")
    await Session.objects.aupdate(mode=mode)
    await due()
    assert isinstance(await batching.claim(receipt.session_id), Later)
    batch, update = await the_batch(), await Update.objects.aget()
    assert (batch.state, batch.reason) == ("done", reason)
    assert (update.state, update.reason) == ("ignored", reason)


async def test_silent_session_still_collects_until_its_window_closes(say: Say) -> None:
    receipt = await say("hello")
    await Session.objects.aupdate(mode="held")
    later = await batching.claim(receipt.session_id)
    assert isinstance(later, Later)
    assert later.after
    assert (await the_batch()).state == "collecting"


# -- what PostgreSQL refuses


@pytest.mark.parametrize("state", ["collecting", "processing"])
async def test_second_open_batch_of_a_session_is_refused(session: int, state: str) -> None:
    await add(session, state, lease_until=MINUTE)
    with pytest.raises(IntegrityError, match=f"batch_one_{state}"):
        await add(session, state, lease_until=MINUTE)


async def test_unknown_state_is_refused(session: int) -> None:
    with pytest.raises(IntegrityError, match="batch_state_known"):
        await add(session, "resting")


async def test_processing_without_a_lease_is_refused(session: int) -> None:
    with pytest.raises(IntegrityError, match="batch_lease"):
        await add(session, "processing")


# -- who is due


async def test_due_among_names_collecting_sessions_with_their_time(say: Say, settings: Settings) -> None:
    settings.BATCH_WINDOW = settings.BATCH_MAX_WINDOW = MINUTE
    closed, busy = await say("one", chat="a"), await say("two", chat="b")
    await claimed(busy.session_id)
    open_ = await say("three", chat="c")
    found = await batching.due_among([closed.session_id, busy.session_id, open_.session_id])
    assert set(found) == {closed.session_id, open_.session_id}
    assert found[closed.session_id].after == timedelta(0)
    assert timedelta(seconds=50) < found[open_.session_id].after <= MINUTE
