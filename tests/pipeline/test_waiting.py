"""What a run waits for beside approvals: answers to its questions, things that happen elsewhere, a moment."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from agents.base import RunContext, Tool, ToolResult
from agents.registry import TOOLS
from botplatform.models import Approval, AuditEntry, Batch, KeptNote, Message, Reminder, Reply, Step
from botplatform.pipeline import bots, control, inbox, intake, recovery, reminding, replying
from tests.agents.scripted import called, said
from tests.pipeline.approving import go_on
from tests.pipeline.builders import WatchedTransport, answered, executed, give_tools, the_batch
from tests.pipeline.conftest import Say, SetFeatures, SetModel


class Ask(Tool):
    name = "ask"
    description = "Asks the person."
    input_schema = {
        "type": "object",
        "properties": {"question": {"type": "string"}, "options": {"type": "array", "items": {"type": "string"}}},
        "required": ["question"],
    }
    repeatable = True
    needs_approval = True
    confined = True
    asks = True

    def describe(self, arguments: Mapping[str, Any]) -> str:
        return str(arguments.get("question"))

    async def call(self, arguments: Mapping[str, Any], context: RunContext) -> ToolResult:
        return ToolResult("")


class Watch(Tool):
    """Waits until `ready`."""

    name = "watch"
    description = "Watches a check."
    input_schema = {"type": "object", "properties": {}}
    repeatable = True
    writes = True
    ready = False

    def describe(self, arguments: Mapping[str, Any]) -> str:
        return "Watch the check."

    async def call(self, arguments: Mapping[str, Any], context: RunContext) -> ToolResult:
        await context.keep("looks", f"{(await context.kept()).get('looks', '')}.")
        if not self.ready:
            await context.wait(300, "the check", key="check:1")
        return ToolResult("it is green")


@pytest.fixture
async def tools(platform: None, monkeypatch: pytest.MonkeyPatch, features: SetFeatures) -> Watch:
    watch = Watch()
    for tool in (Ask(), watch):
        monkeypatch.setitem(TOOLS, tool.name, tool)
    await give_tools("ask", "watch")
    features(buttons=True)
    return watch


async def asked(say: Say, model: SetModel, **arguments: Any) -> int:
    model(called("ask", {"question": "Which branch?", **arguments}), said("Thank you."))
    session_id = (await say("build it")).session_id
    await answered(session_id)
    return int(session_id)


# -- questions


async def test_a_question_parks_the_run_and_shows_its_options(
    say: Say, model: SetModel, tools: Watch, fake: WatchedTransport
) -> None:
    await asked(say, model, options=["main", "next"])
    assert (await the_batch()).state == "waiting"
    [message] = fake.sent.values()
    assert "Which branch?" in message.text
    assert [button.text for row in message.buttons for button in row] == ["main", "next"]


async def test_a_pressed_option_is_the_answer(say: Say, model: SetModel, tools: Watch, fake: WatchedTransport) -> None:
    session_id = await asked(say, model, options=["main", "next"])
    [message] = fake.sent.values()
    await control.handle((await say("", button="cb-1", data=message.buttons[1][0].data)).update_id)
    approval = await Approval.objects.aget()
    assert (approval.state, approval.comment, approval.decided_via) == ("approved", "next", "button")
    assert await go_on(session_id)
    step = await Step.objects.aget(kind="tool")
    assert "answered: next" in step.response["content"]
    assert fake.texts[-1] == "Thank you."


async def test_free_text_is_the_answer(say: Say, model: SetModel, tools: Watch, fake: WatchedTransport) -> None:
    session_id = await asked(say, model)
    receipt = await say("the one with the fix")
    assert receipt.control
    await control.handle(receipt.update_id)
    assert await go_on(session_id)
    step = await Step.objects.aget(kind="tool")
    assert "answered: the one with the fix" in step.response["content"]
    assert await Batch.objects.acount() == 1  # the answer is no message of its own


async def test_a_number_chooses_an_option(say: Say, model: SetModel, tools: Watch) -> None:
    await asked(say, model, options=["main", "next"])
    await control.handle((await say("2")).update_id)
    assert (await Approval.objects.aget()).comment == "next"


async def test_somebody_elses_words_are_a_message_of_their_own(say: Say, model: SetModel, tools: Watch) -> None:
    await asked(say, model)
    receipt = await say("hello there", user="somebody else")
    await control.handle(receipt.update_id)
    assert (await Approval.objects.aget()).state == "pending"
    assert await Message.objects.filter(text="hello there").aexists()


async def test_nobody_answers(say: Say, model: SetModel, tools: Watch) -> None:
    session_id = await asked(say, model)
    await Approval.objects.aupdate(expires_at=datetime(2026, 1, 1, tzinfo=UTC))
    await Batch.objects.aupdate(wake_at=datetime(2026, 1, 1, tzinfo=UTC))
    assert await go_on(session_id)
    assert "Nobody answered" in (await Step.objects.aget(kind="tool")).response["content"]


# -- things that happen elsewhere


async def watched(say: Say, model: SetModel) -> int:
    model(called("watch", {}), said("Done."))
    session_id = (await say("merge it")).session_id
    await answered(session_id)
    return int(session_id)


async def test_a_call_that_waits_frees_its_slot_and_is_made_again(
    say: Say, model: SetModel, tools: Watch, fake: WatchedTransport
) -> None:
    session_id = await watched(say, model)
    batch = await the_batch()
    assert (batch.state, batch.worker, batch.waits_for, batch.wait_key) == ("waiting", "", "the check", "check:1")
    assert timedelta(minutes=4) < batch.wake_at - datetime.now(UTC) < timedelta(minutes=6)
    await Batch.objects.aupdate(wake_at=datetime(2026, 1, 1, tzinfo=UTC))
    await executed(session_id)
    assert (await the_batch()).state == "waiting"
    tools.ready = True
    await Batch.objects.aupdate(wake_at=datetime(2026, 1, 1, tzinfo=UTC))
    await answered(session_id)
    assert fake.texts[-1] == "Done."
    step = await Step.objects.aget(kind="tool")  # one call, however often it looked
    assert (step.state, step.response["content"]) == ("succeeded", "it is green")
    assert (await KeptNote.objects.aget()).text == "..."
    assert await AuditEntry.objects.filter(action="watch").acount() == 1


async def test_what_happens_wakes_it(say: Say, model: SetModel, tools: Watch, bot: bots.BotRow) -> None:
    session_id = await watched(say, model)
    arrival = intake.arrival(bot, {}, json.dumps({"id": "e1", "chat": "c9", "user": "u", "text": "x"}).encode())
    receipt = await inbox.receive(replace(arrival, update=replace(arrival.update, wake_key="check:1")))
    assert receipt.woken == [session_id]
    tools.ready = True
    await answered(session_id)
    assert (await the_batch_of(session_id)).state == "done"


async def the_batch_of(session_id: int) -> Batch:
    return await Batch.objects.filter(session_id=session_id).alatest("id")


# -- a moment


async def test_a_reminder_is_posted_once_when_it_is_due(say: Say, agent: Any, fake: WatchedTransport) -> None:
    session_id = (await say("hello")).session_id
    await reminding.remind(
        session_id, datetime.now(UTC) + timedelta(hours=1), "water the plants", asked_by=["u"], request_id="r"
    )
    assert session_id not in (await recovery.sweep()).deliveries
    await Reminder.objects.aupdate(due_at=datetime(2026, 1, 1, tzinfo=UTC))
    assert session_id in (await recovery.sweep()).deliveries
    await recovery.sweep()
    await replying.deliver(session_id)
    assert [text for text in fake.texts if "water" in text] == ["⏰ Reminder: water the plants"]
    assert await Reply.objects.filter(text__contains="water").acount() == 1
    assert (await Reminder.objects.aget()).state == "posted"


async def test_an_agent_knows_what_it_has_reminded_of(say: Say, model: SetModel, fake: WatchedTransport) -> None:
    asked = model(said("Hello."), said("You're welcome."))
    session_id = (await say("hello")).session_id
    await answered(session_id)
    await reminding.remind(session_id, datetime.now(UTC), "water the plants", asked_by=["u"], request_id="r")
    await recovery.sweep()
    await answered((await say("done, thanks")).session_id)
    assert "water the plants" in json.dumps(list(asked.requests[-1].messages))
