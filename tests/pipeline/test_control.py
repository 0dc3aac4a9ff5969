from __future__ import annotations

import asyncio

import pytest

from agents.base import AgentError
from botplatform.models import Batch, Reply, Run, Session, Step, Update
from botplatform.pipeline import commands, control, replying
from botplatform.pipeline.batching import Work
from tests.pipeline.builders import (
    Failing,
    Saying,
    Waiting,
    WatchedTransport,
    answered,
    claimed,
    ended,
    executed,
    renew,
    run_in_background,
    started,
    the_batch,
    until,
)
from tests.pipeline.conftest import Say, SetAgent


async def told(say: Say, command: str, **more: object) -> str:
    """What the platform says to a command."""
    receipt = await say(command, **more)
    assert await control.handle(receipt.update_id)
    notice = await Reply.objects.aget(update_id=receipt.update_id)
    assert (notice.kind, notice.state, notice.session_id) == ("notice", "pending", receipt.session_id)
    return notice.text


# -- once


@pytest.mark.parametrize("command", [*commands.COMMANDS, "unheard"])
async def test_command_handled_twice_at_once_is_carried_out_once(
    say: Say, fake: WatchedTransport, command: str
) -> None:
    receipt = await say(f"/{command}")
    handled = await asyncio.gather(*(control.handle(receipt.update_id) for _ in range(4)))
    assert [one for one in handled if one] == [control.Handled(receipt.session_id)]
    await replying.deliver(receipt.session_id)
    assert len(fake.sent) == 1
    update = await Update.objects.aget()
    assert (update.state, update.reason) == ("done", f"command /{command}")


async def test_command_handled_again_does_nothing(say: Say) -> None:
    receipt = await say("/help")
    await control.handle(receipt.update_id)
    assert await control.handle(receipt.update_id) is None
    assert await Reply.objects.acount() == 1


async def test_update_that_is_gone_is_nothing_to_do(platform: None) -> None:
    assert await control.handle(12345) is None


async def test_message_is_no_command(say: Say) -> None:
    assert await control.handle((await say("hello")).update_id) is None
    assert (await the_batch()).state == "collecting"


# -- what they do


@pytest.mark.parametrize("command", ["/start", "/help", "/unheard"])
async def test_commands_are_listed(say: Say, command: str) -> None:
    text = await told(say, command)
    assert all(f"/{name} – " in text for name in commands.menu())


async def test_unknown_command_is_named(say: Say) -> None:
    assert (await told(say, "/unheard")).startswith("I do not know /unheard.")


async def test_unknown_command_in_a_group_may_be_another_bots(say: Say) -> None:
    receipt = await say("/unheard", group=True)
    await control.handle(receipt.update_id)
    assert not await Reply.objects.aexists()
    assert (await Update.objects.aget()).reason == "a command that is not ours"


async def test_clear_moves_the_beginning_of_the_history(say: Say) -> None:
    await say("hello")
    before = (await Session.objects.aget()).history_from
    assert "afresh" in await told(say, "/clear")
    assert (await Session.objects.aget()).history_from > before


async def test_status_of_an_idle_session(say: Say) -> None:
    assert (await told(say, "/status")).startswith("- nothing to do\n- model: `")


async def test_status_tells_what_collects_and_what_runs(say: Say) -> None:
    await claimed((await say("one")).session_id)
    await say("two")
    await say("three")
    text = await told(say, "/status")
    assert "- working on 1 message for 0 s" in text
    assert "- 2 messages waiting to be answered" in text


async def test_status_tells_what_was_set_aside(say: Say, agent: SetAgent) -> None:
    agent(Failing())
    await executed((await say("one")).session_id)
    assert "- 1 message set aside after a problem" in await told(say, "/status")


# -- cancelling


async def test_nothing_to_cancel(say: Say, agent: SetAgent) -> None:
    agent(Saying())
    await answered((await say("hello")).session_id)
    assert await told(say, "/cancel") == "There is nothing to cancel."
    assert (await the_batch()).state == "done"


async def test_cancel_ends_what_collects_and_what_runs(say: Say) -> None:
    await started(await claimed((await say("one")).session_id))
    await say("two")
    assert await told(say, "/cancel") == "Cancelled."
    assert {batch.state async for batch in Batch.objects.all()} == {"cancelled"}
    assert (await Run.objects.aget()).state == "cancelled"
    assert {update.state async for update in Update.objects.all()} == {"done"}


@pytest.fixture
async def working(say: Say, agent: SetAgent) -> tuple[Work, asyncio.Task[None], Waiting]:
    """A run that shows its placeholder and waits."""
    waiting = agent(Waiting())
    work = await claimed((await say("hello")).session_id)
    task = await run_in_background(work)
    await until(waiting.begun.is_set)
    async with asyncio.timeout(10):
        while not await Reply.objects.filter(kind="placeholder", state="sent").aexists():
            await asyncio.sleep(0.005)
    return work, task, waiting


Working = tuple[Work, asyncio.Task[None], Waiting]


async def test_cancel_takes_the_place_of_the_placeholder(working: Working, say: Say, fake: WatchedTransport) -> None:
    _, task, _ = working
    await told(say, "/cancel")
    await replying.deliver((await Session.objects.aget()).pk)
    await renew()
    await ended(task)
    assert fake.texts == ["Cancelled."]


async def test_cancelled_run_is_stopped_by_the_next_heartbeat(working: Working, say: Say) -> None:
    work, task, _ = working
    await told(say, "/cancel")
    await renew()
    await until(task.done)
    assert work.lease.lost
    assert (await Run.objects.aget()).state == "cancelled"


async def test_answer_that_comes_after_the_cancel_is_not_stored(working: Working, say: Say) -> None:
    _, task, waiting = working
    await told(say, "/cancel")
    waiting.go.set()
    await ended(task)
    assert not await Reply.objects.filter(kind="answer").aexists()
    assert (await the_batch()).state == "cancelled"


async def test_cancelled_tool_call_is_of_unknown_outcome(say: Say) -> None:
    run_id = await started(await claimed((await say("hello")).session_id))
    await Step.objects.acreate(run_id=run_id, kind="tool", name="letter")
    await told(say, "/cancel")
    assert (await Step.objects.aget()).state == "unknown"


async def test_conversation_goes_on_after_a_cancel(working: Working, say: Say, agent: SetAgent) -> None:
    _, task, _ = working
    await told(say, "/cancel")
    await renew()
    await ended(task)
    agent(Saying("again"))
    await answered((await say("more")).session_id)
    assert (await Reply.objects.aget(kind="answer")).state == "sent"


async def test_cancel_stops_a_retry(say: Say, agent: SetAgent) -> None:
    agent(Failing(AgentError("away", retryable=True)))
    await executed((await say("hello")).session_id)
    assert await told(say, "/cancel") == "Cancelled."
    assert (await the_batch()).state == "cancelled"


# -- buttons


async def test_pressed_button_is_answered_once(say: Say, fake: WatchedTransport) -> None:
    receipt = await say("", kind="callback", button="b7")
    await asyncio.gather(*(control.handle(receipt.update_id) for _ in range(3)))
    assert fake.pressed == [("b7", "This button is no longer in use.")]
    assert (await Update.objects.aget()).state == "done"


async def test_unreadable_command_is_settled(say: Say) -> None:
    receipt = await say("/help")
    await Update.objects.aupdate(raw=b"{}")
    assert await control.handle(receipt.update_id) is None
    update = await Update.objects.aget()
    assert (update.state, update.reason.partition(":")[0]) == ("done", "unreadable")
