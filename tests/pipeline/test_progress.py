from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest

from botplatform.models import ProgressText, Reply, Run
from botplatform.pipeline import bots, configs, db, governor, progress, replying
from botplatform.pipeline.batching import Work
from botplatform.pipeline.governor import Pace
from tests.pipeline.builders import (
    Saying,
    Waiting,
    WatchedTransport,
    answered,
    claimed,
    ended,
    executed,
    run_in_background,
    stored,
    until,
)
from tests.pipeline.conftest import Say, SetAgent, SetFeatures
from transports.base import Conversation
from transports.errors import OutcomeUnknown, Refused, TransportError, TryLater

ERRORS = [TryLater("bad gateway"), OutcomeUnknown("no answer"), Refused("no")]


@pytest.fixture
def waiting(agent: SetAgent, features: SetFeatures) -> Waiting:
    """An agent that works until it is told to go, with progress shown every hundredth of a second."""
    features(progress_seconds=0.01)
    found: Waiting = agent(Waiting())
    return found


async def end(waiting: Waiting, work: Work, task: asyncio.Task[None]) -> None:
    """The agent answers, and the answer is sent."""
    waiting.go.set()
    await ended(task)
    await replying.deliver(work.batch["session_id"])


# -- texts


def test_text_shown_is_never_chosen_again() -> None:
    texts = ["a", "b", "c"]
    assert {progress.rotate(texts, "b") for _ in range(100)} == {"a", "c"}


def test_only_text_stays() -> None:
    assert progress.rotate(["a"], "a") == "a"


async def test_same_text_is_never_shown_twice_running(say: Say, waiting: Waiting, fake: WatchedTransport) -> None:
    work = await claimed((await say("hello")).session_id)
    task = await run_in_background(work)
    await until(lambda: len(fake.shown) > 15)
    await end(waiting, work, task)
    texts = [text for _, text in fake.shown]
    assert all(one != next_one for one, next_one in pairwise(texts))
    assert texts[0] == "Thinking …"


async def test_single_text_is_not_sent_again(
    say: Say, waiting: Waiting, fake: WatchedTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen: list[str] = []

    def noted(texts: list[str], shown: str) -> str:
        chosen.append(shown)
        return rotate(texts, shown)

    rotate = progress.rotate
    monkeypatch.setattr(progress, "rotate", noted)
    await ProgressText.objects.exclude(text="Thinking …").aupdate(enabled=False)
    configs.forget()
    work = await claimed((await say("hello")).session_id)
    task = await run_in_background(work)
    await until(lambda: len(chosen) > 3)
    await end(waiting, work, task)
    assert [text for _, text in fake.shown] == ["Thinking …", "the answer"]


async def test_streaming_platform_shows_the_answer_as_it_grows(
    bot: bots.BotRow, fake: WatchedTransport, say: Say, features: SetFeatures, monkeypatch: pytest.MonkeyPatch
) -> None:
    features(streams=True)
    monkeypatch.setattr(progress, "STREAM_SECONDS", 0.005)
    work = await claimed((await say("hello")).session_id)
    shown = progress.Progress(bot, Conversation("c1"), work.lease, work.batch["session_id"], "r1", ["…"])
    shown.start("", quiet=False)
    for text in ("Good", "Good day"):
        shown.answer = text
        await until(lambda text=text: fake.texts == [text])  # type: ignore[misc]
    await shown.stop()
    assert [text for _, text in fake.shown] == ["…", "Good", "Good day"]


# -- failures


@pytest.mark.parametrize("error", ERRORS, ids=repr)
async def test_failed_progress_edit_harms_nothing(
    say: Say, waiting: Waiting, fake: WatchedTransport, error: TransportError
) -> None:
    work = await claimed((await say("hello")).session_id)
    task = await run_in_background(work)
    await until(lambda: bool(fake.shown))
    fake.failures.append(error)
    await until(lambda: not fake.failures)
    await end(waiting, work, task)
    assert fake.texts == ["the answer"]
    assert (await Run.objects.aget()).state == "succeeded"


@pytest.mark.parametrize("error", ERRORS, ids=repr)
async def test_failed_placeholder_harms_nothing(
    say: Say, waiting: Waiting, fake: WatchedTransport, error: TransportError
) -> None:
    fake.failures.append(error)
    work = await claimed((await say("hello")).session_id)
    task = await run_in_background(work)
    await until(lambda: not fake.failures)
    await end(waiting, work, task)
    placeholder = await Reply.objects.aget(kind="placeholder")
    assert (placeholder.state, bool(placeholder.error)) == ("failed", True)
    assert fake.texts == ["the answer"]


async def test_progress_that_is_told_to_wait_holds_the_answer_too(
    say: Say, waiting: Waiting, fake: WatchedTransport
) -> None:
    work = await claimed((await say("hello")).session_id)
    task = await run_in_background(work)
    await until(lambda: bool(fake.shown))
    fake.failures.append(TryLater("too many requests", retry_after=9))
    await until(lambda: not fake.failures)
    shown = len(fake.shown)
    await end(waiting, work, task)
    assert len(fake.shown) == shown
    await db.change("UPDATE botplatform_session SET not_before = now()")
    await replying.deliver(work.batch["session_id"])
    assert fake.texts == ["the answer"]


async def test_placeholder_deleted_by_somebody_harms_nothing(
    say: Say, waiting: Waiting, fake: WatchedTransport
) -> None:
    work = await claimed((await say("hello")).session_id)
    task = await run_in_background(work)
    await until(lambda: bool(fake.shown))
    fake.sent.clear()
    await end(waiting, work, task)
    assert fake.texts == ["the answer"]


# -- when there is a placeholder


async def wrote_to(fake: WatchedTransport, bot: bots.BotRow) -> None:
    """Use up the conversation's second."""
    assert await governor.reserve(Pace.of(bot.id, Conversation("c1"), fake.features)) == 0


async def test_no_placeholder_when_the_quota_is_spent(
    say: Say, waiting: Waiting, fake: WatchedTransport, bot: bots.BotRow, features: SetFeatures
) -> None:
    features(per_second=0.5)
    await wrote_to(fake, bot)
    work = await claimed((await say("hello")).session_id)
    task = await run_in_background(work)
    await until(lambda: bool(fake.typed))
    features()
    await end(waiting, work, task)
    assert [text for _, text in fake.shown] == ["the answer"]
    assert not await Reply.objects.filter(kind="placeholder").aexists()


async def test_no_placeholder_where_the_platform_wants_none(
    say: Say, agent: SetAgent, fake: WatchedTransport, features: SetFeatures
) -> None:
    features(placeholder=False)
    agent(Saying())
    await answered((await say("hello")).session_id)
    assert ([text for _, text in fake.shown], fake.typed) == (["the answer"], [])


async def test_no_placeholder_before_an_answer_that_is_still_to_be_sent(
    say: Say, waiting: Waiting, fake: WatchedTransport
) -> None:
    receipt = await say("hello")
    await stored(receipt.session_id, "the answer before")
    task = await run_in_background(await claimed(receipt.session_id))
    await until(lambda: bool(fake.typed))
    waiting.go.set()
    await ended(task)
    assert fake.shown == []


async def test_no_placeholder_while_the_provider_wants_silence(
    say: Say, waiting: Waiting, fake: WatchedTransport
) -> None:
    receipt = await say("hello")
    await db.change("UPDATE botplatform_session SET not_before = now() + interval '1 minute'")
    task = await run_in_background(await claimed(receipt.session_id))
    await until(lambda: bool(fake.typed))
    waiting.go.set()
    await ended(task)
    assert fake.shown == []


async def test_placeholder_is_a_row_before_it_is_sent(say: Say, waiting: Waiting, fake: WatchedTransport) -> None:
    seen: list[str] = []

    async def look() -> None:
        seen.extend([reply.state async for reply in Reply.objects.filter(kind="placeholder")])
        fake.as_it_leaves = None

    fake.as_it_leaves = look
    work = await claimed((await say("hello")).session_id)
    task = await run_in_background(work)
    await until(lambda: bool(fake.shown))
    await end(waiting, work, task)
    assert seen == ["sending"]
    placeholder = await Reply.objects.aget(kind="placeholder")
    assert (placeholder.state, placeholder.provider_id) == ("sent", "1")


async def test_standing_placeholder_is_taken_over_by_the_next_run(
    say: Say, waiting: Waiting, agent: SetAgent, fake: WatchedTransport
) -> None:
    work = await claimed((await say("hello")).session_id)
    task = await run_in_background(work)
    async with asyncio.timeout(10):
        while not await Reply.objects.filter(kind="placeholder", state="sent").aexists():
            await asyncio.sleep(0.005)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    agent(Saying("the answer"))
    await answered(work.batch["session_id"])
    assert fake.texts == ["the answer"]
    assert await Reply.objects.filter(kind="placeholder").acount() == 1


# -- the end


async def test_no_edit_follows_the_answer(say: Say, waiting: Waiting, fake: WatchedTransport) -> None:
    work = await claimed((await say("hello")).session_id)
    task = await run_in_background(work)
    await until(lambda: len(fake.shown) > 2)
    await end(waiting, work, task)
    assert not [task for task in asyncio.all_tasks() if "Progress" in repr(task.get_coro())]
    assert fake.shown[-1] == ("1", "the answer")


async def test_answer_waits_for_an_edit_on_its_way(say: Say, waiting: Waiting, fake: WatchedTransport) -> None:
    work = await claimed((await say("hello")).session_id)
    task = await run_in_background(work)
    await until(lambda: bool(fake.shown))
    fake.knocked.clear()
    fake.door.clear()
    await until(fake.knocked.is_set)
    waiting.go.set()
    asyncio.get_running_loop().call_later(0.02, fake.door.set)
    await ended(task)
    assert len(fake.shown) == 2
    await replying.deliver(work.batch["session_id"])
    assert fake.shown[-1] == ("1", "the answer")


async def test_stale_run_shows_no_progress(say: Say, waiting: Waiting, fake: WatchedTransport) -> None:
    work = await claimed((await say("hello")).session_id)
    task = await run_in_background(work)
    await until(lambda: waiting.begun.is_set() and len(fake.shown) > 1)
    await db.change("UPDATE botplatform_batch SET epoch = epoch + 1")
    typed, shown = len(fake.typed), len(fake.shown)
    await until(lambda: len(fake.typed) > typed + 4)
    work.lease.revoke()
    await ended(task)
    assert len(fake.shown) <= shown + 1  # one may have been on its way


async def test_typing_is_shown(say: Say, agent: SetAgent, fake: WatchedTransport) -> None:
    agent(Saying())
    await executed((await say("hello")).session_id)
    assert fake.typed == ["c1"]
