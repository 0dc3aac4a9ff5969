from __future__ import annotations

from typing import Any

import pytest
from pytest_django import Settings

from agents.base import StepKind, Turn
from botplatform.models import Batch, Message, Session, Step
from botplatform.pipeline import bots, control, history
from tests.pipeline.builders import Saying, claimed, executed, session_of, started
from tests.pipeline.conftest import Say, SetAgent


@pytest.fixture
async def session(bot: bots.BotRow) -> Session:
    return await session_of(bot.id)


async def talk(session: Session, *said: str, answer: str = "", names: str = "") -> Batch:
    """A finished batch of these messages; `names` holds one letter for each author."""
    batch = await Batch.objects.acreate(
        session=session, state="done", size=len(said), request_id="r1", due_at="2030-01-01T00:00:00Z"
    )
    authors = names or " " * len(said)
    rows = [
        Message(session=session, batch=batch, text=text, author_name=name.strip(), author_id=name)
        for text, name in zip(said, authors, strict=True)
    ]
    await Message.objects.abulk_create(rows)
    if answer:
        await Message.objects.acreate(session=session, batch=batch, role="assistant", text=answer)
    return batch


async def read(batch: Batch, *, shared: bool = False) -> list[Turn]:
    return await history.turns(batch.session_id, batch.pk, batch.size, shared=shared)


def texts(turns: list[Turn]) -> list[str]:
    return [turn.text for turn in turns]


# -- order


async def test_messages_of_a_batch_are_joined_in_order(session: Session) -> None:
    batch = await talk(session, "one", "two", "three")
    assert await read(batch) == [Turn("user", "one\n---\ntwo\n---\nthree")]


async def test_conversation_is_told_in_turns(session: Session) -> None:
    await talk(session, "one", answer="first")
    await talk(session, "two", answer="second")
    turns = await read(await talk(session, "three"))
    assert [turn.role for turn in turns] == ["user", "assistant", "user", "assistant", "user"]
    assert texts(turns) == ["one", "first", "two", "second", "three"]


async def test_answer_stands_behind_what_it_answers(say: Say, agent: SetAgent) -> None:
    agent(Saying("first"))
    work = await claimed((await say("one")).session_id)
    await say("two")  # stored before the answer to "one"
    await Message.objects.acreate(
        session_id=work.batch["session_id"], batch_id=work.lease.batch_id, role="assistant", text="first"
    )
    waiting = await Batch.objects.aget(state="collecting")
    assert texts(await read(waiting)) == ["one", "first", "two"]


async def test_later_batches_are_not_read(session: Session) -> None:
    batch = await talk(session, "one")
    await talk(session, "two", answer="second")
    assert texts(await read(batch)) == ["one"]


async def test_other_sessions_are_not_read(session: Session, bot: bots.BotRow) -> None:
    await talk(await session_of(bot.id, "c2"), "a secret", answer="kept")
    assert texts(await read(await talk(session, "one"))) == ["one"]


async def test_operators_words_are_the_bots(session: Session) -> None:
    earlier = await talk(session, "one")
    await Message.objects.acreate(session=session, batch=earlier, role="operator", text="by hand")
    assert [turn.role for turn in await read(await talk(session, "two"))] == ["user", "assistant", "user"]


# -- how far back


async def test_cleared_conversation_starts_afresh(say: Say, agent: SetAgent) -> None:
    agent(Saying())
    await executed((await say("before")).session_id)
    await control.handle((await say("/clear")).update_id)
    await say("after")
    assert texts(await read(await Batch.objects.aget(state="collecting"))) == ["after"]


async def test_only_the_last_messages_are_read(session: Session, settings: Settings) -> None:
    settings.HISTORY_LIMIT = 3
    await talk(session, "one", "two", answer="first")
    await talk(session, "three", answer="second")
    assert texts(await read(await talk(session, "four"))) == ["first", "three", "second", "four"]


@pytest.mark.parametrize(
    ("fields", "kept"),
    [
        ({"state": "failed"}, False),
        ({"state": "waiting", "lost_leases": 2}, False),
        ({"state": "waiting", "lost_leases": 0}, True),
        ({"state": "cancelled"}, True),
    ],
    ids=["failed", "stepped aside", "waiting", "cancelled"],
)
async def test_what_brings_runs_down_does_not_join_the_next(
    session: Session, fields: dict[str, Any], kept: bool
) -> None:
    poison = await talk(session, "poison")
    await Batch.objects.filter(pk=poison.pk).aupdate(**fields)
    assert ("poison" in texts(await read(await talk(session, "one")))) is kept


# -- much at once


async def test_batch_of_hundreds_is_bounded_and_the_cut_is_told(session: Session) -> None:
    batch = await talk(session, *(f"message {number}" for number in range(450)))
    [turn] = await read(batch)
    parts = turn.text.split("\n---\n")
    assert len(parts) == history.OWN_MESSAGES + 1
    assert (parts[0], parts[99], parts[101], parts[-1]) == ("message 0", "message 99", "message 350", "message 449")
    assert parts[100] == "[250 messages were left out here]"


async def test_batch_within_the_bound_is_whole(session: Session) -> None:
    batch = await talk(session, *(f"message {number}" for number in range(history.OWN_MESSAGES)))
    [turn] = await read(batch)
    assert turn.text == "\n---\n".join(f"message {number}" for number in range(history.OWN_MESSAGES))


async def test_very_long_batch_keeps_its_ends_and_tells_the_cut(session: Session) -> None:
    [turn] = await read(await talk(session, "a" * 90_000, "b" * 90_000))
    assert len(turn.text) < history.BATCH_CHARACTERS + 100
    assert turn.text.startswith("aaa")
    assert turn.text.endswith("bbb")
    assert "[80005 characters were left out here]" in turn.text


# -- who said it


async def test_shared_conversation_names_its_authors(session: Session) -> None:
    batch = await talk(session, "hello", "good evening", names="AB")
    assert texts(await read(batch, shared=True)) == ["A: hello\n---\nB: good evening"]


async def test_only_author_of_a_shared_batch_is_named_once(session: Session) -> None:
    batch = await talk(session, "hello", "it is me", names="AA")
    assert await read(batch, shared=True) == [Turn("user", "hello\n---\nit is me", author="A")]


async def test_private_conversation_names_nobody(session: Session) -> None:
    batch = await talk(session, "hello", "good evening", names="AB")
    assert await read(batch) == [Turn("user", "hello\n---\ngood evening")]


async def test_run_in_a_group_reads_the_authors(say: Say, bot: bots.BotRow) -> None:
    await say("hello", group=True, name="Ann")
    receipt = await say("good evening", group=True, name="Ben")
    work = await claimed(receipt.session_id)
    session = await Session.objects.aget()
    shared = bots.conversation(vars(session)).is_shared
    [turn] = await history.turns(receipt.session_id, work.lease.batch_id, 2, shared=shared)
    assert turn.text == "Ann: hello\n---\nBen: good evening"


# -- earlier steps


async def test_earlier_steps_are_those_worth_resuming_from(say: Say) -> None:
    work = await claimed((await say("hello")).session_id)
    run_id = await started(work)
    for kind, state in [("model", "failed"), ("model", "succeeded"), ("tool", "running"), ("model", "running")]:
        await Step.objects.acreate(run_id=run_id, kind=kind, state=state, name=f"{kind} {state}")
    found = await history.earlier_steps(work.lease.batch_id, "simple-agent")
    assert [(step.kind, step.name) for step in found] == [
        (StepKind.MODEL, "model succeeded"),
        (StepKind.TOOL, "tool running"),
    ]


async def test_steps_of_another_agent_are_not_ones_own(say: Say) -> None:
    work = await claimed((await say("hello")).session_id)
    run_id = await started(work)
    await Step.objects.acreate(run_id=run_id, agent="hitl-agent", kind="model", state="succeeded", name="main")
    assert await history.earlier_steps(work.lease.batch_id, "simple-agent") == []
