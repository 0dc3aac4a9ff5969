from __future__ import annotations

from typing import Any

import pytest

from botplatform.models import Batch, Message, Process, Reply, Session, Step, Update
from botplatform.pipeline import control, db, pruning
from tests.agents.scripted import said
from tests.pipeline.builders import Saying, claimed, executed, lapse, started
from tests.pipeline.conftest import Say, SetAgent, SetModel

MOMENTS = {
    "update": ("received_at",),
    "message": ("created_at",),
    "session": ("last_active_at",),
    "step": ("started_at",),
    "process": ("seen_at",),
}


async def age(days: int, *tables: str) -> None:
    """Make everything in these tables that much older."""
    for table in tables or MOMENTS:
        for column in MOMENTS[table]:
            await db.change(f"UPDATE botplatform_{table} SET {column} = {column} - make_interval(days => %s)", (days,))


@pytest.fixture
async def answered(say: Say, model: SetModel) -> int:
    """A session with one answered message; returns its id."""
    model(said("Good day."))
    receipt = await say("hello")
    await executed(receipt.session_id)
    return int(receipt.session_id)


# -- updates


async def test_old_update_goes_and_the_conversation_stays(answered: int) -> None:
    await age(31, "update")
    assert (await pruning.prune())["updates"] == 1
    assert not await Update.objects.aexists()
    assert await Message.objects.acount() == 2
    assert (await Message.objects.aget(role="user")).update_id is None


async def test_young_update_stays(answered: int) -> None:
    await age(29, "update")
    assert (await pruning.prune())["updates"] == 0
    assert await Update.objects.acount() == 1


async def test_notice_outlives_the_command_it_answers(say: Say) -> None:
    await control.handle((await say("/help")).update_id)
    await age(31, "update")
    await pruning.prune()
    assert (await Reply.objects.aget()).update_id is None


@pytest.mark.parametrize("state", ["queued", "quarantined"])
async def test_unsettled_update_stays_however_old(say: Say, state: str) -> None:
    await say("/help")
    await Update.objects.aupdate(state=state)
    await age(400, "update")
    await pruning.prune()
    assert await Update.objects.acount() == 1


@pytest.mark.parametrize("state", ["collecting", "processing", "waiting"])
async def test_update_of_an_open_batch_stays(say: Say, state: str) -> None:
    await claimed((await say("hello")).session_id)
    await Batch.objects.aupdate(state=state)
    await Update.objects.aupdate(state="failed")
    await age(400, "update")
    await pruning.prune()
    assert await Update.objects.acount() == 1


async def test_many_updates_go_in_bites(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pruning, "BITE", 2)
    for number in range(5):
        await say(f"/help {number}")
    await Update.objects.aupdate(state="done")
    await age(31, "update")
    assert (await pruning.prune())["updates"] == 5


# -- prompts


async def test_old_prompt_goes_and_its_figures_stay(answered: int) -> None:
    await age(31, "step")
    assert (await pruning.prune())["prompts"] == 1
    step = await Step.objects.aget()
    assert (step.request, step.response) == (None, None)
    assert (step.tokens_in, step.state) == (10, "succeeded")


async def test_young_prompt_stays(answered: int) -> None:
    await age(29, "step")
    await pruning.prune()
    assert (await Step.objects.aget()).request


async def test_prompt_of_an_open_batch_stays_to_be_resumed(say: Say) -> None:
    run_id = await started(await claimed((await say("hello")).session_id))
    await Step.objects.acreate(run_id=run_id, kind="model", name="main", request={"messages": []})
    await age(31, "step")
    await lapse()
    await pruning.prune()
    assert (await Step.objects.aget()).request == {"messages": []}


# -- messages


async def test_old_messages_of_an_idle_session_go(answered: int) -> None:
    await age(31, "message", "session")
    assert (await pruning.prune())["messages"] == 2
    assert await Session.objects.acount() == 1


@pytest.mark.parametrize(
    ("tables", "days"), [(["message"], 31), (["message", "session"], 29)], ids=["active session", "young"]
)
async def test_messages_stay(answered: int, tables: list[str], days: int) -> None:
    await age(days, *tables)
    assert (await pruning.prune())["messages"] == 0


async def test_message_that_waits_for_its_answer_stays(say: Say) -> None:
    await say("hello")
    await age(31, "message", "session")
    assert (await pruning.prune())["messages"] == 0


# -- the rest


async def test_process_unseen_for_a_day_goes(platform: None) -> None:
    await Process.objects.acreate(name="worker@old:1", role="worker")
    await age(2, "process")
    await Process.objects.acreate(name="worker@new:2", role="worker")
    await pruning.prune()
    assert [process.name async for process in Process.objects.all()] == ["worker@new:2"]


async def test_nothing_old_is_nothing_to_do(say: Say, agent: SetAgent) -> None:
    agent(Saying())
    await executed((await say("hello")).session_id)
    counts: dict[str, Any] = await pruning.prune()
    assert counts == {"updates": 0, "prompts": 0, "messages": 0}
