"""A run that needs a decision parks; people decide, once; the run goes on and does exactly what was decided."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings

from agents.registry import TOOLS
from agents.routing.target import SIMPLE
from botplatform.models import (
    AgentConfig,
    AgentConfigVersion,
    Approval,
    Batch,
    Bot,
    Message,
    Reply,
    Run,
    Step,
    ToolPolicy,
)
from botplatform.pipeline import (
    batching,
    bots,
    caching,
    configs,
    control,
    db,
    leases,
    operating,
    recovery,
    replying,
    running,
)
from tests.agents.scripted import called, said
from tests.pipeline.approving import Launch, control_of, go_on, parked, press, the_approval
from tests.pipeline.builders import WatchedTransport, answered, claimed, executed, give_tools, lapse
from tests.pipeline.conftest import Say, SetFeatures, SetModel


@pytest.fixture
async def launch(platform: None, monkeypatch: pytest.MonkeyPatch, features: SetFeatures) -> Launch:
    """A tool of critical risk that the agent may use, on a platform with buttons."""
    tool = Launch()
    monkeypatch.setitem(TOOLS, tool.name, tool)
    await give_tools(tool.name, "delete_history")
    features(buttons=True)
    configs.forget()
    caching.forget()
    return tool


@pytest.fixture
def kite(launch: Launch, model: SetModel) -> Launch:
    """The model asks for one launch, then reports."""
    model(called("launch", {"what": "kite"}), said("It is done."))
    return launch


async def spoken(say: Say, text: str) -> None:
    """A message; while an approval is open it may be held aside first, to be read as a decision."""
    receipt = await say(text)
    if receipt.control:
        await control.handle(receipt.update_id)


# -- parking


async def test_a_run_parks_without_a_lease_or_a_slot(say: Say, kite: Launch) -> None:
    await parked(say)
    batch, run = await Batch.objects.aget(), await Run.objects.aget()
    assert (batch.state, batch.worker, batch.lease_until, run.state) == ("waiting", "", None, "waiting")
    assert not kite.launched
    assert not leases.held()


async def test_the_question_takes_the_placeholder_and_carries_buttons(
    say: Say, kite: Launch, fake: WatchedTransport
) -> None:
    await parked(say)
    prompt = await Reply.objects.aget(kind="prompt")
    [message] = fake.sent.values()
    assert message.text == prompt.text
    assert [button.text for row in message.buttons for button in row] == ["Approve", "Deny", "Details"]
    assert all(word in prompt.text for word in ("Launch kite.", "`launch`", "/approve 1", "/deny 1", '"kite"'))


async def test_approved_it_is_executed_once_with_the_stored_arguments(
    say: Say, kite: Launch, fake: WatchedTransport
) -> None:
    session_id = await parked(say)
    await press(say, "Approve", name="Ann")
    assert fake.pressed == [("cb-Approve", "Approved.")]
    assert await go_on(session_id)
    approval = await the_approval()
    assert (approval.state, approval.decided_by, approval.decided_via) == ("executed", "Ann", "button")
    assert [dict(arguments) for arguments in kite.launched] == [{"what": "kite"}]
    assert fake.texts[-1] == "It is done."
    assert [run.state async for run in Run.objects.all()] == ["succeeded"]
    assert not await go_on(session_id)


async def test_the_question_then_says_who_decided_and_when(say: Say, kite: Launch, fake: WatchedTransport) -> None:
    session_id = await parked(say)
    await press(say, "Approve", name="Ann")
    await go_on(session_id)
    shown = fake.sent["1"]
    assert "Approved by Ann" in shown.text
    assert "UTC" in shown.text
    assert not shown.buttons


async def test_denied_it_is_not_executed_and_the_agent_is_told(say: Say, kite: Launch) -> None:
    session_id = await parked(say)
    await press(say, "Deny", name="Ann")
    await go_on(session_id)
    step = await Step.objects.aget(kind="tool")
    assert (await the_approval()).state == "denied"
    assert "Ann denied this call" in step.response["content"]
    assert not kite.launched
    assert (await Batch.objects.aget()).state == "done"


async def test_the_same_call_is_not_asked_for_again_after_a_denial(say: Say, launch: Launch, model: SetModel) -> None:
    model(called("launch", {"what": "kite"}), called("launch", {"what": "kite"}, call="call-2"), said("Fine."))
    session_id = await parked(say)
    await press(say, "Deny")
    await go_on(session_id)
    assert await Approval.objects.acount() == 1
    assert (await Batch.objects.aget()).state == "done"


async def test_undecided_it_expires_and_the_agent_is_told(
    say: Say, kite: Launch, fake: WatchedTransport, settings: Settings
) -> None:
    settings.APPROVAL_TTL = timedelta(milliseconds=50)
    session_id = await parked(say)
    await asyncio.sleep(0.06)
    found = await recovery.sweep()
    assert session_id in found.sessions
    await go_on(session_id)
    assert (await the_approval()).state == "expired"
    assert not kite.launched
    assert any("Expired" in text for text in fake.texts)
    assert (await Batch.objects.aget()).state == "done"


async def test_a_waiting_approval_does_not_hold_up_later_messages(say: Say, launch: Launch, model: SetModel) -> None:
    provider = model(called("launch", {"what": "kite"}), said("It is noon."))
    session_id = await parked(say)
    await spoken(say, "what time is it?")
    await answered(session_id)
    prompt = provider.requests[-1].messages
    assert all(not isinstance(message["content"], list) for message in prompt)
    assert "asked for approval 1" in str(prompt)
    assert (await Batch.objects.order_by("id").afirst()).state == "waiting"  # type: ignore[union-attr]


async def test_a_parked_run_goes_on_with_the_version_it_was_begun_with(
    say: Say, launch: Launch, model: SetModel
) -> None:
    provider = model(called("launch", {"what": "kite"}), said("It is done."))
    session_id = await parked(say)
    config = await AgentConfig.objects.aget(name=SIMPLE)
    begun = config.published_id
    newer = await AgentConfigVersion.objects.acreate(config=config, number=2, prompt="Be short.", tools=[])
    await AgentConfig.objects.filter(pk=config.pk).aupdate(published=newer)
    configs.forget()
    await press(say, "Approve")
    await go_on(session_id)
    assert len(launch.launched) == 1
    assert (await Run.objects.aget()).config_version_id == begun
    assert provider.requests[0].system == provider.requests[1].system


# -- who, what and when


async def test_two_who_decide_at_once_are_told_who_won(say: Say, kite: Launch, fake: WatchedTransport) -> None:
    await parked(say)
    await asyncio.gather(press(say, "Approve", name="Ann"), press(say, "Deny", name="Ann"))
    approval = await the_approval()
    told = dict(fake.pressed)
    winner, loser = ("cb-Approve", "cb-Deny") if approval.state == "approved" else ("cb-Deny", "cb-Approve")
    assert told[winner] in ("Approved.", "Denied.")
    assert "Approval 1:" in told[loser]


async def test_a_second_click_changes_nothing(say: Say, kite: Launch, fake: WatchedTransport) -> None:
    session_id = await parked(say)
    approval = await the_approval()
    prompt = await Reply.objects.aget(kind="prompt")
    data = prompt.buttons[0][0]["data"]
    await press(say, "Approve", data=data)
    await go_on(session_id)
    await press(say, "Approve", data=data)
    assert "Approved by" in fake.pressed[-1][1]
    assert len(kite.launched) == 1
    await approval.arefresh_from_db()
    assert approval.state == "executed"


@pytest.mark.parametrize("text", ["yes", "approve 1", "/approve 1"])
async def test_a_stranger_decides_nothing(say: Say, kite: Launch, fake: WatchedTransport, text: str) -> None:
    await parked(say)
    if text.startswith("/"):
        await control_of(say, text, user="mallory")
    else:
        await control_of(say, text, user="mallory")
    assert (await the_approval()).state == "pending"
    assert "Only the person who asked" in fake.texts[-1]


async def test_a_strangers_click_is_told_so(say: Say, kite: Launch, fake: WatchedTransport) -> None:
    await parked(say)
    await press(say, "Approve", user="mallory")
    assert (await the_approval()).state == "pending"
    assert "Only the person who asked" in fake.pressed[-1][1]


@pytest.mark.parametrize(
    "forge", [lambda data: data[:-1] + "0", lambda data: data.replace(":a:", ":d:"), lambda data: "approval:1:a:"]
)
async def test_data_that_we_did_not_make_decides_nothing(say: Say, kite: Launch, forge: Any) -> None:
    await parked(say)
    prompt = await Reply.objects.aget(kind="prompt")
    await press(say, "Approve", data=forge(prompt.buttons[0][0]["data"]))
    assert (await the_approval()).state == "pending"


async def test_a_button_of_another_conversation_decides_nothing(say: Say, kite: Launch, fake: WatchedTransport) -> None:
    await parked(say)
    prompt = await Reply.objects.aget(kind="prompt")
    await press(say, "Approve", data=prompt.buttons[0][0]["data"], chat="c2")
    assert (await the_approval()).state == "pending"
    assert fake.pressed[-1][1] == "This button is no longer in use."


async def test_details_show_the_arguments(say: Say, kite: Launch, fake: WatchedTransport) -> None:
    await parked(say)
    await press(say, "Details")
    assert '{"what":"kite"}' in fake.pressed[-1][1]
    assert (await the_approval()).state == "pending"


async def test_in_a_group_the_requester_alone_is_not_enough(say: Say, kite: Launch, bot: bots.BotRow) -> None:
    await parked(say, group=True)
    await press(say, "Approve", group=True)
    assert (await the_approval()).state == "pending"
    await Bot.objects.filter(pk=bot.id).aupdate(approver_ids=["boss"], updated_at=db_now())
    bots.forget(bot.id)
    await press(say, "Approve", group=True, user="boss")
    assert (await the_approval()).state == "approved"


def db_now() -> Any:
    from django.utils import timezone

    return timezone.now()


async def test_late_clicks_are_told_what_became_of_it(
    say: Say, kite: Launch, fake: WatchedTransport, settings: Settings
) -> None:
    settings.APPROVAL_TTL = timedelta(milliseconds=50)
    await parked(say)
    await asyncio.sleep(0.06)
    await press(say, "Approve")
    assert "Expired" in fake.pressed[-1][1]
    assert (await the_approval()).state == "expired"


async def test_cancelled_it_is_void(say: Say, kite: Launch, fake: WatchedTransport) -> None:
    session_id = await parked(say)
    data = (await Reply.objects.aget(kind="prompt")).buttons[0][0]["data"]
    await control_of(say, "/cancel")
    assert (await the_approval()).state == "void"
    await press(say, "Approve", data=data)
    assert "No longer needed" in fake.pressed[-1][1]
    assert not await go_on(session_id)


# -- what is executed is what was shown


async def test_arguments_changed_in_the_database_are_not_executed(say: Say, kite: Launch) -> None:
    session_id = await parked(say)
    await press(say, "Approve")
    await Approval.objects.aupdate(arguments={"what": "missile"})
    await go_on(session_id)
    assert not kite.launched


async def test_an_operator_may_edit_and_approve(say: Say, kite: Launch) -> None:
    session_id = await parked(say)
    approval = await the_approval()
    outcome = await operating.decide_approval(
        approval.pk, approve=True, by="olga", seen=approval.arguments_hash, edited={"what": "balloon"}
    )
    assert outcome.done
    await go_on(session_id)
    await approval.arefresh_from_db()
    assert [dict(arguments) for arguments in kite.launched] == [{"what": "balloon"}]
    assert (approval.state, approval.proposed) == ("executed", {"what": "kite"})
    step = await Step.objects.aget(kind="tool")
    assert "olga approved this call with other arguments" in step.response["content"]


async def test_edited_arguments_must_fit_the_tool(say: Say, kite: Launch) -> None:
    await parked(say)
    approval = await the_approval()
    outcome = await operating.decide_approval(
        approval.pk, approve=True, by="olga", seen=approval.arguments_hash, edited={"what": 7}
    )
    assert not outcome.done
    assert (await the_approval()).state == "pending"


async def test_an_operator_decides_only_what_he_saw(say: Say, kite: Launch) -> None:
    await parked(say)
    outcome = await operating.decide_approval((await the_approval()).pk, approve=True, by="olga", seen="0" * 64)
    assert not outcome.done
    assert (await the_approval()).state == "pending"


# -- crashes


async def test_a_worker_that_dies_between_asking_and_parking_asks_once(
    say: Say, kite: Launch, fake: WatchedTransport
) -> None:
    receipt = await say("launch the kite")
    work = await claimed(receipt.session_id)
    work.lease.lost = False
    task = asyncio.create_task(running.execute(work))
    while not await Approval.objects.aexists():
        await asyncio.sleep(0.005)
    await task
    await lapse()
    await replying.deliver(receipt.session_id)
    await operating.retry_batch(work.lease.batch_id, by="olga")
    await go_on(receipt.session_id)
    assert await Approval.objects.acount() == 1
    assert await Reply.objects.filter(kind="prompt").acount() == 1
    assert (await Batch.objects.aget()).state == "waiting"


async def test_begun_and_broken_off_it_is_not_begun_again(say: Say, kite: Launch) -> None:
    session_id = await parked(say)
    await press(say, "Approve")
    approval = await the_approval()
    run = await Run.objects.aget()
    await Approval.objects.aupdate(state="executed")
    await Step.objects.acreate(run=run, kind="tool", name="launch", agent=SIMPLE, tool_use_id=approval.tool_use_id,
                               request={"what": "kite"}, repeatable=False)  # fmt: skip
    await go_on(session_id)
    assert not kite.launched
    assert (await Batch.objects.aget()).state == "done"


# -- several at once


@pytest.fixture
def two(launch: Launch, model: SetModel) -> Launch:
    """The model asks for two launches in one breath."""
    first, second = called("launch", {"what": "kite"}), called("launch", {"what": "balloon"}, call="call-2")
    model(replace(first, content=[*first.content, *second.content]), said("Both are settled."))
    return launch


async def test_each_is_decided_by_its_number(say: Say, two: Launch) -> None:
    session_id = await parked(say)
    await control_of(say, "/approve 2")
    assert not await go_on(session_id)
    await control_of(say, "/deny 1 too windy")
    assert await go_on(session_id)
    states = [row.state async for row in Approval.objects.order_by("number")]
    assert states == ["denied", "executed"]
    assert [dict(arguments) for arguments in two.launched] == [{"what": "balloon"}]
    assert (await Approval.objects.aget(number=1)).comment == "too windy"


@pytest.mark.parametrize("text", ["/approve all", "approve all", "/approve 1 2", "yes to 1 and 2"])
async def test_or_all_at_once(say: Say, two: Launch, text: str) -> None:
    session_id = await parked(say)
    await control_of(say, text)
    assert await go_on(session_id)
    assert len(two.launched) == 2


async def test_without_a_number_the_question_is_which(say: Say, two: Launch, fake: WatchedTransport) -> None:
    await parked(say)
    await control_of(say, "yes")
    assert "There are several" in fake.texts[-1]
    assert await Approval.objects.filter(state="pending").acount() == 2


# -- free text


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("yes", "approved"), ("go ahead", "approved"), ("ja, bitte", "approved"),
        ("no, because it is raining", "denied"), ("I do not approve of this", "denied"), ("nein", "denied"),
        ("yes if the wind is right", "pending"), ("maybe", "pending"), ("don't not do it", "pending"),
    ],
)  # fmt: skip
async def test_free_text_is_understood_conservatively(say: Say, kite: Launch, text: str, state: str) -> None:
    session_id = await parked(say)
    await spoken(say, text)
    assert (await the_approval()).state == state
    if state == "pending":
        await go_on(session_id)
        assert not kite.launched


async def test_what_is_no_decision_joins_the_batch_as_usual(say: Say, kite: Launch) -> None:
    session_id = await parked(say)
    await spoken(say, "what should I watch tonight?")
    assert await Message.objects.filter(session_id=session_id, batch__state="collecting").acount() == 1


async def test_yes_with_nothing_open_is_an_ordinary_message(say: Say, platform: None) -> None:
    receipt = await say("yes")
    assert not receipt.control
    assert receipt.due_in is not None


# -- policies


async def test_history_is_deleted_only_after_approval(say: Say, launch: Launch, model: SetModel) -> None:
    model(said("Hello."), called("delete_history", {}), said("Gone."))
    session_id = (await say("my secret is 42")).session_id
    await answered(session_id)
    await parked(say, "delete this chat's history")
    assert await Message.objects.filter(text="my secret is 42").aexists()
    await control_of(say, "yes")
    await go_on(session_id)
    assert not await Message.objects.filter(text="my secret is 42").aexists()
    assert not await Reply.objects.filter(text="Hello.").aexists()
    assert (await the_approval()).state == "executed"
    row = await db.row("SELECT count(*) AS n FROM botplatform_step WHERE request::text LIKE '%%secret is 42%%' AND run_id = %s",
                       ((await Run.objects.order_by("id").afirst()).pk,))  # type: ignore[union-attr]  # fmt: skip
    assert row == {"n": 0}


async def test_an_operator_can_demand_a_decision(say: Say, launch: Launch, model: SetModel) -> None:
    model(called("current_time", {}), said("Noon."))
    await give_tools("current_time")
    await ToolPolicy.objects.acreate(tool="current_time", always=True)
    configs.forget()
    caching.forget()
    await parked(say, "what time is it?")
    assert (await the_approval()).tool == "current_time"


async def test_text_by_strangers_makes_a_writing_tool_park(
    say: Say, launch: Launch, model: SetModel, monkeypatch: pytest.MonkeyPatch, bot: bots.BotRow
) -> None:
    from agents.base import Risk

    monkeypatch.setattr(Launch, "risk", Risk.LOW)
    model(called("launch", {"what": "kite"}), said("Done."), called("launch", {"what": "kite"}), said("Done."))
    await executed((await say("launch it")).session_id)
    assert len(launch.launched) == 1
    assert not await Approval.objects.aexists()
    await executed((await say("launch it", chat="g", group=True, user="stranger")).session_id)
    assert len(launch.launched) == 1
    assert "messages of" in (await the_approval()).untrusted[0]


async def test_nobody_is_asked_twice_when_the_batch_is_looked_at_again(say: Say, kite: Launch) -> None:
    session_id = await parked(say)
    await db.change("UPDATE botplatform_batch SET wake_at = now() WHERE state = 'waiting'")
    assert isinstance(await batching.claim(session_id), batching.Work)
