"""Updates on their way in: each once, in order, into the right batch; and those that change what is stored."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from itertools import count
from typing import Any

import psycopg
import pytest
from pytest_django import Settings

from botplatform.models import Batch, Message, Session, Update
from botplatform.pipeline import bots, db, group_commit, inbox
from botplatform.pipeline.group_commit import GroupCommit
from botplatform.pipeline.inbox import Arrival
from tests.pipeline.builders import claimed, session_of, stored
from tests.pipeline.conftest import Say
from transports.base import Conversation, InboundUpdate, Kind

_numbers = count(1)


def arrival(bot: bots.BotRow, text: str = "hello", key: str = "c1", account: str = "", **fields: Any) -> Arrival:
    """An update as a transport reads it."""
    defaults = {"external_id": f"a{next(_numbers)}", "kind": Kind.MESSAGE, "conversation": Conversation(key)}
    update = InboundUpdate(text=text, **{**defaults, **fields})
    return Arrival(bot_id=bot.id, account_id=account, update=update, body=b"{}", request_id="r1")


async def modes() -> dict[str, str]:
    return {session.key: session.mode async for session in Session.objects.all()}


async def texts() -> list[str]:
    return [message.text async for message in Message.objects.order_by("id")]


# -- once


async def test_a_duplicate_changes_nothing(say: Say) -> None:
    first = await say("hello", external_id="x")
    before = await Batch.objects.values().aget(), await Session.objects.values().aget()
    again = await say("hello", external_id="x")
    assert (again.update_id, again.outcome) == (first.update_id, "duplicate")
    assert (await Batch.objects.values().aget(), await Session.objects.values().aget()) == before
    assert await texts() == ["hello"]


async def test_the_same_update_from_many_connections_at_once_is_stored_once(say: Say) -> None:
    receipts = await asyncio.gather(*(say("hello", external_id="x") for _ in range(20)))
    assert sorted(receipt.outcome for receipt in receipts) == ["duplicate"] * 19 + ["queued"]
    assert len({receipt.update_id for receipt in receipts}) == 1
    assert (await Batch.objects.aget()).size == 1


async def test_an_event_is_known_by_its_second_identity(bot: bots.BotRow) -> None:
    first = await inbox.receive(arrival(bot, external_id="delivery-1", dedup_key="event"))
    again = await inbox.receive(arrival(bot, external_id="delivery-2", dedup_key="event"))
    assert (again.update_id, again.outcome) == (first.update_id, "duplicate")


async def test_another_account_may_use_the_same_ids(bot: bots.BotRow) -> None:
    receipts = [await inbox.receive(arrival(bot, account=account, external_id="1")) for account in ("11", "22")]
    assert [receipt.outcome for receipt in receipts] == ["queued", "queued"]


# -- batches


async def test_messages_of_a_window_share_a_batch_in_order_of_arrival(say: Say) -> None:
    receipts = [await say(text) for text in ("one", "two", "three")]
    assert [receipt.due_in is not None for receipt in receipts] == [True, False, False]
    assert (await Batch.objects.aget()).size == 3
    assert await texts() == ["one", "two", "three"]


async def test_each_message_pushes_the_end_of_the_window_on(say: Say) -> None:
    await say("one")
    before = (await Batch.objects.aget()).due_at
    await say("two")
    assert (await Batch.objects.aget()).due_at > before


async def test_no_window_is_longer_than_the_longest(say: Say, settings: Settings) -> None:
    settings.BATCH_WINDOW, settings.BATCH_MAX_WINDOW = timedelta(seconds=4), timedelta(seconds=5)
    await say("one")
    await db.change(
        "UPDATE botplatform_batch SET opened_at = opened_at - interval '3 s', due_at = due_at - interval '3 s'"
    )
    await say("two")
    batch = await Batch.objects.aget()
    assert batch.due_at == batch.opened_at + timedelta(seconds=5)


async def test_the_tenth_message_makes_a_batch_due_at_once(say: Say) -> None:
    receipts = [await say(str(number)) for number in range(11)]
    assert [number for number, receipt in enumerate(receipts, 1) if receipt.due_in == timedelta(0)] == [10]
    assert await db.row("SELECT 1 AS due FROM botplatform_batch WHERE due_at <= now()")


async def test_while_one_batch_is_worked_on_the_next_collects(say: Say) -> None:
    receipt = await say("one")
    await claimed(receipt.session_id)
    later = await say("two")
    assert later.due_in is not None
    assert [batch.state async for batch in Batch.objects.order_by("id")] == ["processing", "collecting"]


@pytest.mark.parametrize("kind", [Kind.COMMAND, Kind.CALLBACK, Kind.OTHER])
async def test_what_is_no_message_joins_no_batch(bot: bots.BotRow, kind: Kind) -> None:
    await inbox.receive(arrival(bot, kind=kind))
    assert not await Batch.objects.aexists()
    assert not await Message.objects.aexists()


async def test_ignored_messages_join_no_batch(bot: bots.BotRow) -> None:
    receipt = await inbox.receive(arrival(bot, ignored="not addressed to the bot"))
    assert receipt.outcome == "ignored"
    assert not await Batch.objects.aexists()


# -- edits


async def test_an_edit_replaces_the_text_while_its_batch_collects(say: Say) -> None:
    await say("helo", external_id="1")
    await say("hello", kind="edit", message_id="1")
    assert await texts() == ["hello"]
    assert (await Batch.objects.aget()).size == 1
    assert (await Update.objects.aget(kind="edit")).state == "done"


async def test_an_edit_after_its_batch_was_claimed_is_ignored(say: Say) -> None:
    receipt = await say("helo", external_id="1")
    await claimed(receipt.session_id)
    await say("hello", kind="edit", message_id="1")
    edit = await Update.objects.aget(kind="edit")
    assert (edit.state, edit.reason, edit.batch_id) == ("ignored", "edited after it was read", None)
    assert await texts() == ["helo"]


async def test_an_edit_touches_no_other_conversation(say: Say) -> None:
    await say("helo", chat="c1", message_id="1")
    await say("helo", chat="c2", message_id="1")
    await say("hello", chat="c2", kind="edit", message_id="1")
    assert await texts() == ["helo", "hello"]


# -- blocks


async def test_a_block_covers_the_chat_and_its_topics(bot: bots.BotRow) -> None:
    for key in ("-5", "-5:7", "-5:8", "-55", "5"):
        await session_of(bot.id, key)
    await inbox.receive(arrival(bot, key="-5", kind=Kind.BLOCKED))
    assert await modes() == {"-5": "blocked", "-5:7": "blocked", "-5:8": "blocked", "-55": "normal", "5": "normal"}


async def test_its_end_brings_back_what_was_blocked_and_nothing_else(bot: bots.BotRow) -> None:
    for key, mode in {"-5": "blocked", "-5:7": "blocked", "-5:8": "held", "-5:9": "paused"}.items():
        await session_of(bot.id, key, mode=mode)
    await inbox.receive(arrival(bot, key="-5", kind=Kind.UNBLOCKED))
    assert await modes() == {"-5": "normal", "-5:7": "normal", "-5:8": "held", "-5:9": "paused"}


async def test_who_writes_has_not_blocked_the_bot(say: Say, bot: bots.BotRow) -> None:
    await session_of(bot.id, "c1", mode="blocked")
    await say("hello", chat="c1")
    assert await modes() == {"c1": "normal"}


async def test_an_effect_is_carried_out_however_many_races_were_lost(
    bot: bots.BotRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    losses, write = iter(range(3)), inbox.write

    async def lose(connection: db.Connection, arrivals: Sequence[Arrival]) -> list[inbox.Receipt]:
        if next(losses, None) is not None:
            raise psycopg.errors.UniqueViolation
        return await write(connection, arrivals)

    monkeypatch.setattr(inbox, "write", lose)
    await inbox.receive(arrival(bot, key="-5", kind=Kind.BLOCKED))
    assert await modes() == {"-5": "blocked"}


# -- migrations


async def migrate(bot: bots.BotRow, key: str = "-5", to: str = "-100500") -> None:
    await inbox.receive(arrival(bot, key=key, kind=Kind.MIGRATED, migrate_to=to))


async def test_a_migration_takes_the_chat_its_topics_and_their_history_along(say: Say, bot: bots.BotRow) -> None:
    receipts = [await say("before", chat=chat) for chat in ("-5", "-5:7", "-55")]
    await migrate(bot)
    keys = {session.pk: (session.key, session.address) async for session in Session.objects.all()}
    moved = {"chat_id": -100500}
    assert [keys[receipt.session_id] for receipt in receipts] == [("-100500", moved), ("-100500:7", moved), ("-55", {})]
    assert (await say("after", chat="-100500")).session_id == receipts[0].session_id


async def test_a_greeting_from_the_new_chat_that_came_first_keeps_no_key(say: Say, bot: bots.BotRow) -> None:
    receipt = await say("before", chat="-5")
    await inbox.receive(arrival(bot, "", key="-100500", ignored="message without text"))
    await migrate(bot)
    assert await modes() == {"-100500": "normal"}
    assert {update.session_id async for update in Update.objects.all()} == {receipt.session_id}


@pytest.mark.parametrize("trace", ["message", "reply"])
async def test_a_new_chat_that_is_in_use_keeps_its_own_session(say: Say, bot: bots.BotRow, trace: str) -> None:
    await say("before", chat="-5")
    if trace == "message":
        await say("hello", chat="-100500")
    else:
        await stored((await session_of(bot.id, "-100500")).pk)
    await migrate(bot)
    assert set(await modes()) == {"-5", "-100500"}


async def test_a_migration_to_itself_changes_nothing(say: Say, bot: bots.BotRow) -> None:
    await say("before", chat="-5")
    await migrate(bot, to="-5")
    assert await modes() == {"-5": "normal"}


# -- several at once


@pytest.fixture
async def desk(bot: bots.BotRow) -> Any:
    committer = GroupCommit()
    committer.start()
    yield committer
    await committer.stop()


async def test_a_group_keeps_the_order_of_arrival_within_a_chat(desk: GroupCommit, bot: bots.BotRow) -> None:
    wanted = [(f"c{number % 3}", f"text {number}") for number in range(150)]
    receipts = await asyncio.gather(*(desk.receive(arrival(bot, text, key)) for key, text in wanted))
    assert {receipt.outcome for receipt in receipts} == {"queued"}
    for key in ("c0", "c1", "c2"):
        found = [one.text async for one in Message.objects.filter(session__key=key).order_by("id")]
        assert found == [text for chat, text in wanted if chat == key]


async def test_a_group_stores_the_same_update_once(desk: GroupCommit, bot: bots.BotRow) -> None:
    receipts = await asyncio.gather(*(desk.receive(arrival(bot, external_id="x")) for _ in range(10)))
    assert [receipt.outcome for receipt in receipts] == ["queued"] + ["duplicate"] * 9


async def test_an_edit_in_a_group_is_not_overtaken(desk: GroupCommit, bot: bots.BotRow) -> None:
    steps = [("helo", Kind.MESSAGE), ("hello", Kind.EDIT), ("hullo", Kind.EDIT)]
    await asyncio.gather(*(desk.receive(arrival(bot, text, kind=kind, message_id="1")) for text, kind in steps))
    assert await texts() == ["hullo"]


@pytest.mark.parametrize("text", ["a\x00", "a\ud800"], ids=ascii)
async def test_what_cannot_be_stored_harms_nobody_in_its_group(desk: GroupCommit, bot: bots.BotRow, text: str) -> None:
    given = [arrival(bot, "one", "c1"), arrival(bot, text, "c2"), arrival(bot, "three", "c3")]
    first, second, third = await asyncio.gather(*map(desk.receive, given), return_exceptions=True)
    assert isinstance(second, psycopg.DataError | UnicodeError)
    assert [getattr(receipt, "outcome", receipt) for receipt in (first, third)] == ["queued", "queued"]


async def test_a_group_that_takes_too_long_is_refused_as_a_whole(
    desk: GroupCommit, bot: bots.BotRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_commit, "STATEMENT_SECONDS", 1)
    async with db.transaction() as holder, asyncio.timeout(5):
        await holder.execute(b"LOCK TABLE botplatform_update IN EXCLUSIVE MODE")
        given = [arrival(bot, key=f"c{number}") for number in range(20)]
        refused = await asyncio.gather(*map(desk.receive, given), return_exceptions=True)
    assert {type(error) for error in refused} == {psycopg.errors.QueryCanceled}


async def test_a_broken_connection_is_made_anew(desk: GroupCommit, bot: bots.BotRow) -> None:
    await desk.receive(arrival(bot))
    others = (
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND query LIKE %s"
    )
    await db.rows(others, ("%WITH input AS MATERIALIZED%",))
    with pytest.raises(psycopg.OperationalError):
        await desk.receive(arrival(bot, external_id="x"))
    assert (await desk.receive(arrival(bot, external_id="x"))).outcome == "queued"
