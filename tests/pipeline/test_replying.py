from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from botplatform.models import Bot, Reply, Session
from botplatform.pipeline import bots, db, governor, replying
from tests.pipeline.builders import Saying, WatchedTransport, answered, ended, session_of, stored, until
from tests.pipeline.conftest import Clock, Say, SetAgent, SetFeatures
from transports.errors import Blocked, OutcomeUnknown, Refused, TransportError, TryLater, Unauthorized


@pytest.fixture
async def session(bot: bots.BotRow) -> Session:
    return await session_of(bot.id)


async def states() -> list[str]:
    return [reply.state async for reply in Reply.objects.order_by("id")]


async def waits(session: Session) -> timedelta | None:
    """How long the provider wants us to be silent in the session."""
    row = await db.row("SELECT not_before - now() AS wait FROM botplatform_session WHERE id = %s", (session.pk,))
    assert row
    found: timedelta | None = row["wait"]
    return found


# -- in order


async def test_replies_leave_in_order(session: Session, fake: WatchedTransport) -> None:
    for text in ("one", "two", "three"):
        await stored(session.pk, text, kind="notice")
    assert await replying.deliver(session.pk) is None
    assert fake.texts == ["one", "two", "three"]
    assert await states() == ["sent"] * 3


async def test_reply_that_must_wait_holds_back_those_behind_it(session: Session, fake: WatchedTransport) -> None:
    first = await stored(session.pk, "one", kind="notice")
    await stored(session.pk, "two", kind="notice")
    await db.change("UPDATE botplatform_reply SET not_before = now() + interval '1 minute' WHERE id = %s", (first.pk,))
    again = await replying.deliver(session.pk)
    assert again
    assert timedelta(seconds=50) < again <= timedelta(minutes=1)
    assert fake.texts == []


async def test_reply_under_way_holds_back_those_behind_it(session: Session, fake: WatchedTransport) -> None:
    await stored(session.pk, "one", kind="notice", state="sending")
    await stored(session.pk, "two", kind="notice")
    assert await replying.deliver(session.pk) == timedelta(milliseconds=100)
    assert fake.texts == []


async def test_answer_takes_the_place_of_the_placeholder(say: Say, fake: WatchedTransport, agent: SetAgent) -> None:
    agent(Saying("x" * 1500))
    await answered((await say("hello")).session_id)
    assert [text[:5] for _, text in fake.shown] == ["Think", "xxxxx", "xxxxx"]
    assert [len(text) for text in fake.texts] == [1000, 500]


async def test_receipt_of_the_provider_is_stored(session: Session) -> None:
    reply = await stored(session.pk)
    await replying.deliver(session.pk)
    await reply.arefresh_from_db()
    assert (reply.provider_id, reply.claim, reply.attempts) == ("1", 1, 0)
    assert reply.sent_at


async def test_two_deliverers_at_once_send_once(session: Session, fake: WatchedTransport) -> None:
    for number in range(5):
        await stored(session.pk, f"reply {number}", kind="notice")

    async def slowly() -> None:
        await asyncio.sleep(0.01)

    fake.as_it_leaves = slowly
    await asyncio.gather(*(replying.deliver(session.pk) for _ in range(4)))
    await replying.deliver(session.pk)
    assert fake.texts == [f"reply {number}" for number in range(5)]


# -- what goes wrong


async def test_answer_is_sent_anew_when_the_placeholder_is_gone(session: Session, fake: WatchedTransport) -> None:
    reply = await stored(session.pk, "the answer", edits="77")
    await replying.deliver(session.pk)
    await reply.arefresh_from_db()
    assert (reply.state, reply.provider_id, fake.texts) == ("sent", "1", ["the answer"])


async def test_provider_that_asks_for_time_gets_it_in_the_whole_session(
    session: Session, fake: WatchedTransport
) -> None:
    await stored(session.pk)
    fake.failures.append(TryLater("too many requests", retry_after=120))
    assert await replying.deliver(session.pk)
    wait = await waits(session)
    assert wait
    assert timedelta(seconds=110) < wait <= timedelta(seconds=120)
    await stored(session.pk, "another", kind="notice")
    await db.change("UPDATE botplatform_reply SET not_before = now()")
    assert await replying.deliver(session.pk)
    assert fake.texts == []


async def test_shorter_wait_does_not_shorten_a_longer_one(session: Session, fake: WatchedTransport) -> None:
    for retry_after in (120, 5):
        await stored(session.pk, kind="notice")
        fake.failures.append(TryLater("too many requests", retry_after=retry_after))
        await db.change("UPDATE botplatform_reply SET not_before = now()")
        await replying.deliver(session.pk)
    wait = await waits(session)
    assert wait
    assert wait > timedelta(seconds=100)


@pytest.mark.parametrize(("attempts", "seconds"), [(0, 2), (1, 5), (29 - 1, 300)])
async def test_reply_backs_off(session: Session, fake: WatchedTransport, attempts: int, seconds: int) -> None:
    reply = await stored(session.pk, attempts=attempts)
    fake.failures.append(TryLater("bad gateway"))
    again = await replying.deliver(session.pk)
    await reply.arefresh_from_db()
    assert (reply.state, reply.attempts) == ("pending", attempts + 1)
    assert again
    assert timedelta(seconds=seconds - 1) < again <= timedelta(seconds=seconds)
    assert await waits(session) is None


async def test_reply_is_given_up_after_its_last_attempt(session: Session, fake: WatchedTransport) -> None:
    await stored(session.pk, attempts=replying.MAX_ATTEMPTS - 1)
    fake.failures.append(TryLater("bad gateway"))
    assert await replying.deliver(session.pk) is None
    assert await states() == ["failed"]


async def test_send_without_an_answer_is_unknown_and_the_next_goes(session: Session, fake: WatchedTransport) -> None:
    await stored(session.pk, "one", part=1)
    await stored(session.pk, "two", part=2)
    fake.failures.append(OutcomeUnknown("no answer"))
    await replying.deliver(session.pk)
    assert await states() == ["unknown", "sent"]
    assert fake.texts == ["two"]


async def test_edit_without_an_answer_is_repeated(session: Session, fake: WatchedTransport) -> None:
    await stored(session.pk, "…", kind="notice")
    await replying.deliver(session.pk)
    await stored(session.pk, "the answer", edits="1")
    fake.failures.append(OutcomeUnknown("no answer"))
    assert await replying.deliver(session.pk)
    await db.change("UPDATE botplatform_reply SET not_before = now()")
    await replying.deliver(session.pk)
    assert fake.texts == ["the answer"]


async def test_send_without_an_answer_is_looked_for(
    session: Session, fake: WatchedTransport, features: SetFeatures
) -> None:
    features(findable=True)
    reply = await stored(session.pk, claim=1, attempts=1)
    fake.found[replying.marker({"id": reply.pk, "part": 1})] = "77"
    await replying.deliver(session.pk)
    await reply.arefresh_from_db()
    assert (reply.state, reply.provider_id, fake.texts) == ("sent", "77", [])


async def test_person_who_blocked_the_bot_is_left_in_peace(session: Session, fake: WatchedTransport) -> None:
    for text in ("one", "two"):
        await stored(session.pk, text, kind="notice")
    fake.failures.append(Blocked("bot was blocked by the user"))
    assert await replying.deliver(session.pk) is None
    await session.arefresh_from_db()
    assert (session.mode, await states(), fake.texts) == ("blocked", ["failed", "failed"], [])


@pytest.mark.parametrize("error", [Refused("message is too long"), Unauthorized("wrong token")], ids=repr)
async def test_refusal_is_final_and_the_next_goes(
    session: Session, fake: WatchedTransport, error: TransportError
) -> None:
    for text in ("one", "two"):
        await stored(session.pk, text, kind="notice")
    fake.failures.append(error)
    await replying.deliver(session.pk)
    assert (await states(), fake.texts) == (["failed", "sent"], ["two"])


async def test_wrong_credentials_are_the_bots_problem(session: Session, fake: WatchedTransport) -> None:
    await stored(session.pk)
    fake.failures.append(Unauthorized("wrong token"))
    await replying.deliver(session.pk)
    assert (await Bot.objects.aget(transport="fake")).problem == "wrong token"


# -- pace


async def test_reply_whose_turn_comes_soon_is_waited_for(
    session: Session, fake: WatchedTransport, features: SetFeatures
) -> None:
    features(per_second=10)
    for text in ("one", "two"):
        await stored(session.pk, text, kind="notice")
    started = asyncio.get_running_loop().time()
    assert await replying.deliver(session.pk) is None
    assert asyncio.get_running_loop().time() - started >= 0.09
    assert fake.texts == ["one", "two"]


async def test_reply_whose_turn_is_far_is_put_back_without_an_attempt(session: Session, features: SetFeatures) -> None:
    features(per_second=0.1)
    for text in ("one", "two"):
        await stored(session.pk, text, kind="notice")
    again = await replying.deliver(session.pk)
    assert again
    assert timedelta(seconds=8) < again <= timedelta(seconds=10)
    second = await Reply.objects.aget(text="two")
    assert (second.state, second.attempts) == ("pending", 0)


# -- claims


async def test_claim_that_is_too_old_sends_nothing(session: Session, fake: WatchedTransport, clock: Clock) -> None:
    reached: list[str] = []

    async def reach() -> None:
        reached.append("the platform")

    fake.as_it_leaves = reach
    await stored(session.pk)
    clock.rushing = 25
    assert await replying.deliver(session.pk) is not None
    assert (reached, fake.texts, await states()) == ([], [], ["pending"])


async def test_claim_is_checked_as_the_request_leaves(session: Session, fake: WatchedTransport, clock: Clock) -> None:
    await stored(session.pk)

    async def connecting_took_long() -> None:
        clock.ahead += 25

    fake.as_it_leaves = connecting_took_long
    assert await replying.deliver(session.pk) is not None
    assert (fake.texts, await states()) == ([], ["pending"])


async def test_late_answer_of_a_stale_claim_changes_nothing(session: Session, fake: WatchedTransport) -> None:
    reply = await stored(session.pk)

    async def taken_over() -> None:
        await Reply.objects.filter(pk=reply.pk).aupdate(claim=5)

    fake.as_it_leaves = taken_over
    await replying.deliver(session.pk)
    await reply.arefresh_from_db()
    assert (reply.state, reply.claim, reply.provider_id) == ("sending", 5, "")


# -- the worker shuts down


@pytest.fixture
async def under_way(
    session: Session, fake: WatchedTransport, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[asyncio.Task[Any]]:
    """A send that has left and whose answer has not come."""
    monkeypatch.setattr(replying, "LAST_SECONDS", 0.05)
    await stored(session.pk)
    fake.door.clear()
    task = asyncio.create_task(replying.deliver(session.pk))
    await until(fake.knocked.is_set)
    yield task
    fake.door.set()
    await asyncio.gather(task, return_exceptions=True)


async def end(task: asyncio.Task[Any]) -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await ended(task)


async def test_send_under_way_at_the_end_is_recorded(under_way: asyncio.Task[Any], fake: WatchedTransport) -> None:
    asyncio.get_running_loop().call_later(0.01, fake.door.set)
    await end(under_way)
    assert (fake.texts, await states()) == (["hello"], ["sent"])


async def test_send_refused_at_the_end_is_tried_again(under_way: asyncio.Task[Any], fake: WatchedTransport) -> None:
    fake.failures.append(TryLater("too many requests", retry_after=3))
    asyncio.get_running_loop().call_later(0.01, fake.door.set)
    await end(under_way)
    assert await states() == ["pending"]


async def test_send_that_does_not_end_stays_open(under_way: asyncio.Task[Any]) -> None:
    await end(under_way)
    assert await states() == ["sending"]


async def test_repeatable_send_that_does_not_end_is_put_back(
    under_way: asyncio.Task[Any], features: SetFeatures, fake: WatchedTransport
) -> None:
    features(findable=True)
    await end(under_way)
    assert await states() == ["pending"]
    assert fake.texts == []


async def test_reply_that_waits_for_its_turn_at_the_end_is_put_back(
    session: Session, features: SetFeatures, monkeypatch: pytest.MonkeyPatch
) -> None:
    features(per_second=0.5)
    asked, reserve = asyncio.Event(), governor.reserve

    async def noted(*args: Any, **kwargs: Any) -> float:
        if wait := await reserve(*args, **kwargs):
            asked.set()
        return wait

    monkeypatch.setattr(governor, "reserve", noted)
    for text in ("one", "two"):
        await stored(session.pk, text, kind="notice")
    task = asyncio.create_task(replying.deliver(session.pk))
    await until(asked.is_set)
    await end(task)
    assert await states() == ["sent", "pending"]
