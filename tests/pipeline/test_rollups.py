"""Sums by minute and hour say what the rows themselves say, however often and however late they are summed."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone
from psycopg.rows import tuple_row
from pytest_django import Settings

from botplatform import reception
from botplatform.models import Batch, Bot, Reply, Rollup, Route, Run, Session, Step, Update
from botplatform.pipeline import bots, counting, db, intake, pruning
from botplatform.pipeline.rollups import rolling
from botplatform.pipeline.rollups.rolling import ROLLUP_LOCK, roll_up
from tests.pipeline.conftest import Say

HOUR = timedelta(hours=1)
KINDS = ("update", "batch", "answer", "route", "run", "model", "tool")


@pytest.fixture
async def rows(empty: None) -> AsyncIterator[None]:
    await db.open_pool(4)
    yield
    await db.close_pool()


def _session(slug: str) -> Session:
    bot, _ = Bot.objects.get_or_create(transport="fake", slug=slug)
    return Session.objects.create(bot=bot, key=f"chat-{Session.objects.count()}", kind="private")


def _story(session: Session, at: datetime, *, size: int = 1, agent: str = "simple-agent", state: str = "done") -> Batch:
    """One batch from its first message to its answer, as it would stand in the database."""
    times, end = {"opened_at": at, "due_at": at + timedelta(seconds=1)}, at + timedelta(seconds=4)
    batch = Batch.objects.create(
        session=session, state=state, size=size, request_id="r", claimed_at=at + timedelta(seconds=2), finished_at=end, **times
    )  # fmt: skip
    number = Update.objects.count()
    for n in range(size):
        Update.objects.create(
            bot=session.bot, external_id=f"{number + n}", kind="message", state="done", session=session, batch=batch,
            request_id="r", raw=b"", received_at=at,
        )  # fmt: skip
    Route.objects.create(
        batch=batch,
        method="model",
        target=agent,
        model="m:router",
        tokens_in=5,
        tokens_out=1,
        latency_ms=40,
        created_at=at,
    )
    run = Run.objects.create(
        batch=batch,
        epoch=1,
        state="succeeded" if state == "done" else "failed",
        agent=agent,
        started_at=at,
        finished_at=end,
    )
    call: dict[str, Any] = {"run": run, "agent": agent, "started_at": at, "finished_at": end}
    Step.objects.create(
        **call, kind="model", name="m:one", state="succeeded", tokens_in=100, tokens_out=10, cost_usd="0.01", ms=900
    )
    Step.objects.create(
        **call, kind="tool", name="calculator", state="unknown" if state == "failed" else "succeeded", ms=7
    )
    if state == "done":
        Reply.objects.create(
            session=session,
            batch=batch,
            run=run,
            kind="answer",
            text="Yes.",
            state="sent",
            sent_at=at + timedelta(seconds=5),
        )
    return batch


def _history(seed: int) -> None:
    """Some dozens of batches of two bots over the last day and, a few, over the last weeks."""
    chosen, now = random.Random(seed), timezone.now()
    sessions = [_session(slug) for slug in ("one", "two", "two")]
    for _ in range(40):
        ago = chosen.choice([chosen.uniform(0, 7200), chosen.uniform(0, 86_400), chosen.uniform(0, 25 * 86_400)])
        _story(
            chosen.choice(sessions), now - timedelta(seconds=ago + 10), size=chosen.choice([1, 2, 4, 7, 12]),
            agent=chosen.choice(["simple-agent", "info-agent"]), state=chosen.choice(["done", "done", "failed", "cancelled"]),
        )  # fmt: skip


def _sums(grain: str = "hour", **filters: Any) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """Kind, bot and name → what was summed over all buckets."""
    found: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    for row in Rollup.objects.filter(grain=grain, bot__isnull=False, **filters):
        key = (row.kind, row.bot_id, row.name)
        new = (row.count, row.errors, row.amount, row.tokens_in + row.tokens_out, row.cost_usd, sum(row.histogram))
        found[key] = tuple(a + b for a, b in zip(found.get(key, (0,) * len(new)), new, strict=True))
    return found


_BOT = {
    "batch": "JOIN botplatform_session s ON s.id = x.session_id",
    "run": "JOIN botplatform_batch b ON b.id = x.batch_id JOIN botplatform_session s ON s.id = b.session_id",
    "step": "JOIN botplatform_run r ON r.id = x.run_id JOIN botplatform_batch b ON b.id = r.batch_id "
    "JOIN botplatform_session s ON s.id = b.session_id",
}
_PLAIN = {
    "update": "SELECT bot_id, kind, count(*), 0, 0, 0, 0, 0 FROM botplatform_update GROUP BY 1, 2",
    "batch": f"""SELECT s.bot_id, x.state, count(*), count(*) FILTER (WHERE x.state = 'failed'), sum(size), 0, 0, 0
        FROM botplatform_batch x {_BOT["batch"]} GROUP BY 1, 2""",
    "answer": f"""SELECT s.bot_id, u.agent, count(*), 0, 0, 0, 0, count(*) FROM botplatform_reply x
        JOIN botplatform_run u ON u.id = x.run_id {_BOT["batch"]} WHERE x.state = 'sent' GROUP BY 1, 2""",
    "route": f"SELECT s.bot_id, x.method, count(*), 0, 0, 0, 0, 0 FROM botplatform_route x {_BOT['run']} GROUP BY 1, 2",
    "run": f"""SELECT s.bot_id, x.agent, count(*), count(*) FILTER (WHERE x.state IN ('failed', 'lost')), 0, 0, 0, 0
        FROM botplatform_run x {_BOT["run"]} GROUP BY 1, 2""",
    "model": f"""SELECT s.bot_id, x.agent, count(*), 0, 0, sum(x.tokens_in + x.tokens_out), sum(x.cost_usd), count(*)
        FROM botplatform_step x {_BOT["step"]} WHERE x.kind = 'model' GROUP BY 1, 2
        UNION ALL SELECT s.bot_id, 'router-agent', count(*), 0, 0, sum(x.tokens_in + x.tokens_out), sum(x.cost_usd), count(*)
        FROM botplatform_route x {_BOT["run"]} GROUP BY 1""",
    "tool": f"""SELECT s.bot_id, x.agent, count(*), count(*) FILTER (WHERE x.state = 'unknown'), 0, 0, 0, 0
        FROM botplatform_step x {_BOT["step"]} WHERE x.kind = 'tool' GROUP BY 1, 2""",
}


async def _plain() -> dict[tuple[Any, ...], tuple[Any, ...]]:
    found = {}
    async with db.connection() as connection, connection.cursor(row_factory=tuple_row) as cursor:
        for kind, sql in _PLAIN.items():
            for bot, name, *sums in await (await cursor.execute(sql.encode())).fetchall():
                found[kind, bot, name] = tuple(sums)
    return found


async def _all_rolled_up() -> None:
    while (await roll_up()).filled:
        pass


# -- what is summed


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_hours_say_what_the_rows_say(rows: None, seed: int) -> None:
    await sync_to_async(_history)(seed)
    await _all_rolled_up()
    assert await sync_to_async(_sums)() == await sync_to_async(_sums)("day") == await _plain()


async def test_minutes_of_the_last_hour_say_it_too(rows: None) -> None:
    await sync_to_async(lambda: _story(_session("one"), timezone.now() - timedelta(minutes=5), size=3))()
    await roll_up()
    minutes = await sync_to_async(_sums)("minute")
    assert minutes == await sync_to_async(_sums)("hour") == await _plain()


async def test_time_to_answer_counts_from_the_first_message(rows: None) -> None:
    await sync_to_async(lambda: _story(_session("one"), timezone.now() - timedelta(minutes=5), size=7))()
    await roll_up()
    answer = await Rollup.objects.aget(kind="answer", grain="minute")
    assert (answer.name, answer.detail, answer.milliseconds) == ("simple-agent", "6–10", 5000)


async def test_answer_given_anew_counts_without_its_time(rows: None) -> None:
    def answered_twice() -> None:
        batch = _story(_session("one"), timezone.now() - timedelta(minutes=50))
        first = batch.replies.get()
        Reply.objects.filter(pk=first.pk).update(replaced_at=timezone.now())
        Reply.objects.create(
            session=batch.session, batch=batch, run=first.run, kind="answer", text="No.", state="sent",
            sent_at=timezone.now() - timedelta(minutes=1),
        )  # fmt: skip

    await sync_to_async(answered_twice)()
    await roll_up()
    rolled = [row async for row in Rollup.objects.filter(kind="answer", grain="minute").order_by("at")]
    assert [(row.count, sum(row.histogram), row.milliseconds) for row in rolled] == [(1, 1, 5000), (1, 0, 0)]


async def test_share_of_the_window_is_what_passed_until_the_claim(rows: None, settings: Settings) -> None:
    settings.BATCH_MAX_WINDOW = timedelta(seconds=8)
    await sync_to_async(lambda: _story(_session("one"), timezone.now() - timedelta(minutes=5)))()
    await roll_up()
    assert (await Rollup.objects.aget(kind="batch", grain="minute")).share == pytest.approx(0.25)


# -- when it is summed


async def _figures() -> set[tuple[Any, ...]]:
    columns = ("grain", "kind", "at", "bot", "name", "detail", "count", "milliseconds", "share", "cost_usd", "last_at")
    return {row async for row in Rollup.objects.filter(bot__isnull=False).values_list(*columns)}


async def test_rolling_up_again_changes_nothing(rows: None) -> None:
    await sync_to_async(_history)(4)
    await _all_rolled_up()
    before = await _figures()
    await _all_rolled_up()
    assert await _figures() == before


async def test_two_at_once_sum_once(rows: None) -> None:
    await sync_to_async(_history)(5)
    done = await asyncio.gather(*(roll_up() for _ in range(3)))
    await _all_rolled_up()
    assert any(one.since for one in done)
    assert await sync_to_async(_sums)() == await _plain()


async def test_nothing_is_done_while_another_process_rolls_up(rows: None) -> None:
    await sync_to_async(lambda: _story(_session("one"), timezone.now() - timedelta(minutes=5)))()
    async with db.transaction() as other:
        await other.execute(b"SELECT pg_advisory_xact_lock(%s)", (ROLLUP_LOCK,))
        assert (await roll_up()).since is None
    assert not await Rollup.objects.aexists()


async def test_row_committed_late_is_counted(rows: None) -> None:
    session = await sync_to_async(_session)("one")
    async with db.transaction() as slow:
        await slow.execute(
            b"""INSERT INTO botplatform_update (bot_id, external_id, kind, request_id, headers, raw, received_at)
            VALUES (%s, 'late', 'message', 'r', '{}', '', now() - interval '70 s')""",
            (session.bot_id,),
        )
        await roll_up()
        assert await sync_to_async(_sums)("minute") == {}
    await roll_up()
    assert (await sync_to_async(_sums)("minute"))["update", session.bot_id, "message"][0] == 1


async def test_goes_on_after_a_pause_of_hours(rows: None) -> None:
    """What happened meanwhile is filled in, and the hour in which the pause began is made whole."""
    now = timezone.now()
    await roll_up()
    await Rollup.objects.filter(grain="minute").aupdate(at=now - 5 * HOUR)
    await Rollup.objects.filter(grain="hour").adelete()
    session = await sync_to_async(_session)("one")
    for ago in (5 * HOUR, 3 * HOUR, timedelta(minutes=10)):
        await sync_to_async(_story)(session, now - ago)
    await _all_rolled_up()
    assert await sync_to_async(_sums)() == await _plain()


async def test_filling_in_takes_bites_the_newest_first(rows: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rolling, "FILL_SECONDS", 0.0)
    session, now = await sync_to_async(_session)("one"), timezone.now()
    for hours in (5, 9):
        await sync_to_async(_story)(session, now - hours * HOUR)
    filled = []
    while (done := await roll_up()).filled:
        filled.append((done.filled, await Rollup.objects.filter(kind="run", grain="hour").acount()))
    assert {bite for bite, _ in filled} == {1}
    assert [runs for _, runs in filled] == sorted(runs for _, runs in filled)
    assert filled[-1] == (1, 2)
    assert len(filled) > 6


async def test_nothing_older_than_the_first_row_is_looked_at(rows: None) -> None:
    await sync_to_async(lambda: _story(_session("one"), timezone.now() - 4 * HOUR))()
    await _all_rolled_up()
    marks = Rollup.objects.filter(grain="hour", bot=None)
    assert 3 <= await marks.acount() <= 5


# -- duplicates


async def test_duplicates_are_counted_by_minute_and_hour(say: Say, bot: bots.BotRow) -> None:
    arrival = intake.arrival(bot, {}, b'{"id": "twice", "chat": "c", "user": "u", "text": "hello"}')
    for _ in range(3):
        await reception.receive(bot, arrival)
    await counting.flush()
    await reception.receive(bot, arrival)
    await counting.flush()
    await _all_rolled_up()
    for grain in ("minute", "hour", "day"):
        counted = [row.count async for row in Rollup.objects.filter(kind="duplicate", grain=grain, bot=bot.id)]
        assert sum(counted) == 3


async def test_counts_that_cannot_be_written_are_kept(bot: bots.BotRow, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_: Any) -> int:
        raise OSError("the database is away")

    counting.refused(bot.id)
    with monkeypatch.context() as broken:
        broken.setattr(db, "change", away)
        await counting.flush()
    await counting.flush()
    assert (await Rollup.objects.aget(kind="duplicate", grain="hour")).count == 1


async def test_old_sums_are_pruned(rows: None) -> None:
    now = timezone.now()
    for days, grain in ((4, "minute"), (2, "minute"), (399, "hour"), (401, "hour")):
        await Rollup.objects.acreate(kind="run", grain=grain, at=now - timedelta(days=days), count=days)
    await pruning.prune()
    assert {row.count async for row in Rollup.objects.all()} == {2, 399}
