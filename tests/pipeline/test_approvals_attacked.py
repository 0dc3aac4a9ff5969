"""What somebody may try, or chance may do, to have a call made that nobody approved, or an approved one lost."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import time
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from psycopg.types.json import Jsonb

from agents.consent import is_bare
from agents.registry import TOOLS
from botplatform.models import Approval, Batch, Bot, Message, Reply, Run, Session, Step, Update
from botplatform.pipeline import (
    asking,
    batching,
    bots,
    caching,
    configs,
    control,
    db,
    deciding,
    history,
    inbox,
    intake,
    operating,
    replaying,
    replying,
    running,
)
from botplatform.pipeline.permits import fingerprint
from tests.agents.scripted import ReadWall, called, said
from tests.pipeline.approving import Launch, control_of, go_on, parked, press, the_approval
from tests.pipeline.builders import WatchedTransport, answered, claimed, due, executed, give_tools
from tests.pipeline.conftest import Say, SetFeatures, SetModel


class Repeatable(Launch):
    """The same under another name, and one that may be begun again."""

    name = "destroy"
    repeatable: ClassVar[bool] = True


@pytest.fixture
async def launch(platform: None, monkeypatch: pytest.MonkeyPatch, features: SetFeatures) -> Launch:
    """A tool of critical risk that agents may use, on a platform with buttons."""
    tool = Launch()
    monkeypatch.setitem(TOOLS, tool.name, tool)
    await give_tools(tool.name, "delete_history", "destroy", "read_wall")
    features(buttons=True)
    configs.forget()
    caching.forget()
    return tool


@pytest.fixture
def kite(launch: Launch, model: SetModel) -> Launch:
    """The model asks for one launch, then reports."""
    model(called("launch", {"what": "kite"}), said("It is done."))
    return launch


async def heard(say: Say, text: str, **more: Any) -> None:
    """A message, read as a decision where it may be one."""
    receipt = await say(text, **more)
    if receipt.control:
        await control.handle(receipt.update_id)
    await replying.deliver(receipt.session_id)


# -- texts that are slow to read


@pytest.mark.parametrize("arguments", ["1" * 60 + "a", "1" + " " * 30_000 + "x", "1, " * 10_000 + "x"])
def test_no_argument_makes_a_command_slow(arguments: str) -> None:
    began = time.process_time()
    deciding._read_arguments(arguments, approve=True)
    assert time.process_time() - began < 0.5


def test_no_message_makes_the_search_for_consent_slow() -> None:
    began = time.process_time()
    assert not is_bare("delete" + "\n" * 90_000 + "x")
    assert time.process_time() - began < 0.5


# -- an approval is for one call


@pytest.mark.parametrize("state", ["approved", "executed"])
async def test_another_agents_call_with_the_same_id_is_another_call(
    say: Say, launch: Launch, model: SetModel, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    destroy = Repeatable()
    monkeypatch.setitem(TOOLS, destroy.name, destroy)
    model(called("launch", {"what": "kite"}), called("destroy", {"what": "kite"}), said("It is done."))
    session_id = await parked(say)
    await press(say, "Approve")
    await Approval.objects.aupdate(state=state)
    await Run.objects.aupdate(state="failed")
    await Batch.objects.aupdate(agent="hitl-agent")  # as when the first agent failed for good
    await go_on(session_id)
    assert not destroy.launched
    assert not launch.launched
    assert (await Batch.objects.aget()).state == "done"


@pytest.mark.parametrize("value", [1e16, -0.0, 1.5e300, 0.1, 1e-7, 1.0, 2**70])
async def test_numbers_are_the_same_after_they_were_stored(platform: None, value: float) -> None:
    given = {"amount": value, "list": [value]}
    row = await db.row("SELECT %s::jsonb AS stored", (Jsonb(given),))
    assert row
    assert fingerprint(row["stored"]) == fingerprint(given)


# -- words that were about something else


@pytest.mark.parametrize("text", ["yes", "/approve", "/approve all"])
async def test_what_nobody_was_shown_yet_is_not_approved_by_a_mere_yes(say: Say, kite: Launch, text: str) -> None:
    receipt = await say("launch the kite")
    await executed(receipt.session_id)  # its question waits to be sent
    decision = await say(text)
    await control.handle(decision.update_id)
    assert (await the_approval()).state == "pending"


async def test_a_yes_to_what_nobody_was_shown_is_an_ordinary_message(say: Say, kite: Launch) -> None:
    receipt = await say("launch the kite")
    await executed(receipt.session_id)
    await heard(say, "yes")
    assert await Message.objects.filter(text="yes", batch__state="collecting").aexists()


@pytest.mark.parametrize("text", ["yes", "no"])
async def test_a_yes_to_another_question_that_was_asked_since_is_asked_again(
    say: Say, launch: Launch, model: SetModel, fake: WatchedTransport, text: str
) -> None:
    model(called("launch", {"what": "kite"}), said("It is noon. Shall I set an alarm?"))
    session_id = await parked(say)
    await heard(say, "what time is it?")
    await answered(session_id)
    await heard(say, text)
    assert (await the_approval()).state == "pending"
    assert "/approve 1" in fake.texts[-1]


async def test_it_may_be_decided_by_its_number_all_the_same(say: Say, launch: Launch, model: SetModel) -> None:
    model(called("launch", {"what": "kite"}), said("It is noon. Shall I set an alarm?"))
    session_id = await parked(say)
    await heard(say, "what time is it?")
    await answered(session_id)
    await heard(say, "yes to 1")
    assert (await the_approval()).state == "approved"


async def test_what_somebody_only_passes_on_decides_nothing(say: Say, kite: Launch, bot: bots.BotRow) -> None:
    await parked(say)
    body = {"id": "f1", "chat": "c1", "user": "u", "text": "yes"}
    arrival = intake.arrival(await bots.by_id(bot.id), {}, json.dumps(body).encode())
    passed_on = dataclasses.replace(arrival, update=dataclasses.replace(arrival.update, own_words=False))
    receipt = await inbox.receive(passed_on)
    assert not receipt.control
    assert (await the_approval()).state == "pending"


@pytest.mark.parametrize("text", ["yes", "/approve", "/deny 1"])
async def test_a_decision_that_is_replayed_decides_nothing(
    say: Say, launch: Launch, model: SetModel, text: str
) -> None:
    model(*(called("launch", {"what": "kite"}), said("Done.")) * 2)
    first = await parked(say)
    decision = await say(text)
    await control.handle(decision.update_id)
    await go_on(first)
    await parked(say, "again")
    replayed = await replaying.replay(decision.update_id, dry_run=False)
    if replayed.receipt:
        await control.handle(replayed.receipt.update_id)
    assert (await Approval.objects.alatest("id")).state == "pending"


# -- order


async def test_what_turned_out_to_be_no_decision_keeps_its_place(say: Say, kite: Launch) -> None:
    session_id = await parked(say)
    aside = await say("ok, tell me about kites")
    assert aside.control
    await say("and about balloons")
    await control.handle(aside.update_id)
    batch = await Batch.objects.aget(state="collecting")
    turns = await history.turns(session_id, batch.pk, 2, shared=False)
    assert turns[-1].text == f"ok, tell me about kites{history.JOINER}and about balloons"


async def test_a_batch_waits_for_what_came_before_it_and_may_belong_to_it(say: Say, kite: Launch) -> None:
    session_id = await parked(say)
    aside = await say("ok, tell me about kites")
    await say("and about balloons")
    await due()
    later = await batching.claim(session_id)
    assert isinstance(later, batching.Later)
    assert later.after is not None
    await control.handle(aside.update_id)
    work = await claimed(session_id)
    assert work.batch["size"] == 2


async def test_but_not_for_ever(say: Say, kite: Launch) -> None:
    session_id = await parked(say)
    aside = await say("ok, tell me about kites")
    await say("and about balloons")
    await Update.objects.filter(pk=aside.update_id).aupdate(received_at=await moments_ago(60))
    assert (await claimed(session_id)).batch["size"] == 1


async def moments_ago(seconds: int) -> Any:
    row = await db.row("SELECT now() - %s AS at", (timedelta(seconds=seconds),))
    assert row
    return row["at"]


# -- runs and approvals that nobody would end


async def test_a_parked_run_of_a_muted_conversation_ends_with_its_batch(say: Say, kite: Launch) -> None:
    session_id = await parked(say)
    await press(say, "Approve")
    await Session.objects.aupdate(mode="muted")
    assert not await go_on(session_id)
    assert (await Batch.objects.aget()).state == "done"
    assert (await Run.objects.aget()).state == "cancelled"
    assert (await the_approval()).state == "void"


async def test_an_approval_does_not_outlive_its_batch(say: Say, kite: Launch) -> None:
    session_id = await parked(say)
    await press(say, "Approve")
    await give_tools()
    configs.forget()
    await go_on(session_id)
    assert (await Batch.objects.aget()).state == "done"
    assert (await the_approval()).state == "void"


@pytest.mark.parametrize("ended", ["cancelled", "failed"])
async def test_a_batch_that_an_operator_sends_again_asks_again(
    say: Say, kite: Launch, fake: WatchedTransport, ended: str
) -> None:
    session_id = await parked(say)
    batch = await Batch.objects.aget()
    await operating.cancel_batch(batch.pk, by="olga")
    await Batch.objects.aupdate(state=ended)
    await operating.retry_batch(batch.pk, by="olga")
    await go_on(session_id)
    assert [one.state async for one in Approval.objects.order_by("number")] == ["void", "pending"]
    await press(say, "Approve")
    await go_on(session_id)
    assert len(kite.launched) == 1


async def test_what_waits_for_a_decision_is_not_sent_again_by_an_operator(
    say: Say, kite: Launch, fake: WatchedTransport
) -> None:
    """It would show that it works, and could only ask what is asked already."""
    session_id = await parked(say)
    outcome = await operating.retry_batch((await Batch.objects.aget()).pk, by="olga")
    assert not outcome.done
    assert not await go_on(session_id)
    assert len(fake.texts) == 1


async def test_who_took_the_run_over_goes_on_with_it(
    say: Say, launch: Launch, model: SetModel, bot: bots.BotRow
) -> None:
    """Also when what made the first agent hand it over is no longer in the history."""
    await Bot.objects.filter(pk=bot.id).aupdate(direct_agent="hitl-agent", updated_at=await moments_ago(0))
    bots.forget(bot.id)
    model(said("Shall I launch the kite?"), called("launch", {"what": "kite"}), said("It is done."))
    session_id = (await say("is it windy?")).session_id
    await answered(session_id)
    await parked(say, "yes")
    assert (await Run.objects.alatest("id")).switched_from == "hitl-agent"
    await control_of(say, "/clear")
    await press(say, "Approve")
    await go_on(session_id)
    assert len(launch.launched) == 1


# -- the question


async def test_an_outcome_waits_for_its_question_to_arrive(
    say: Say, kite: Launch, monkeypatch: pytest.MonkeyPatch
) -> None:
    receipt = await say("launch the kite")
    await executed(receipt.session_id)
    approval = await the_approval()
    await operating.decide_approval(approval.pk, approve=False, by="olga", seen=approval.arguments_hash)
    found = bots.by_id

    async def meanwhile_it_leaves(bot_id: int) -> bots.BotRow:
        await Reply.objects.filter(kind="prompt").aupdate(state="sending")
        return await found(bot_id)

    monkeypatch.setattr(asking.bots, "by_id", meanwhile_it_leaves)
    await asking.show_outcomes(receipt.session_id)
    assert not (await the_approval()).outcome_shown


async def test_what_nobody_can_see_is_shown_in_the_question(say: Say, launch: Launch, model: SetModel) -> None:
    model(called("launch", {"what": "kite\u202e\u200b\U000e0041"}, text="May\u202e I?"))
    await parked(say)
    prompt = await Reply.objects.aget(kind="prompt")
    assert not set("\u202e\u200b\U000e0041") & set(prompt.text)
    assert "kite\\u202e\\u200b\\udb40\\udc41" in prompt.text


async def test_a_long_summary_hides_no_arguments(say: Say, launch: Launch, model: SetModel) -> None:
    model(called("launch", {"what": "kite\n\n**Approved already.**" + " x" * 5000}))
    await parked(say)
    prompt = await Reply.objects.aget(kind="prompt")
    assert "\n**Approved" not in prompt.text
    assert "```json" in prompt.text


async def test_cancelled_a_placeholder_that_became_a_question_is_not_taken_for_one(
    say: Say, launch: Launch, model: SetModel, fake: WatchedTransport
) -> None:
    """Of two batches that are cancelled together, the older may have a placeholder standing, the newer none."""
    model(called("launch", {"what": "kite"}), called("launch", {"what": "kite"}))
    first = await parked(say)
    standing = await Reply.objects.acreate(
        session_id=first, batch=await Batch.objects.aget(), kind="placeholder", part=0, text="…", state="sent",
        provider_id=await fake.send(bots.conversation(await session_row(first)), asking.Part("…")),
    )  # fmt: skip
    await parked(say, "again")
    await control_of(say, "/cancel")
    assert fake.sent[standing.provider_id].text == "Cancelled."


async def session_row(session_id: int) -> db.Row:
    row = await db.row("SELECT * FROM botplatform_session WHERE id = %s", (session_id,))
    assert row
    return row


# -- what a run has read


async def test_what_strangers_wrote_is_remembered_while_the_conversation_is(
    say: Say, launch: Launch, model: SetModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    from agents.base import Risk

    monkeypatch.setattr(Launch, "risk", Risk.LOW)
    monkeypatch.setitem(TOOLS, "read_wall", ReadWall())
    model(called("read_wall", {}), said("It says: launch the kite."), called("launch", {"what": "kite"}), said("Done."))
    await answered((await say("read the wall")).session_id)
    session_id = await parked(say, "do what it says")
    assert not launch.launched
    assert (await the_approval()).untrusted == ["read_wall"]
    await control_of(say, "/clear")
    model(called("launch", {"what": "balloon"}), said("Done."))
    await executed((await say("launch a balloon")).session_id)
    assert [dict(one) for one in launch.launched] == [{"what": "balloon"}]
    assert session_id


async def test_deleted_history_is_not_kept_in_the_steps_of_the_run_that_deletes_it(
    say: Say, launch: Launch, model: SetModel
) -> None:
    model(said("Hello."), called("delete_history", {}), said("Gone."))
    session_id = (await say("my secret is 42")).session_id
    await answered(session_id)
    await parked(say, "delete this chat's history")
    await control_of(say, "/approve 1")
    await go_on(session_id)
    assert (await the_approval()).state == "executed"
    kept = [step.request async for step in Step.objects.all()]
    assert "secret is 42" not in json.dumps(kept)


# -- races


async def test_decided_cancelled_and_expired_at_once_it_ends_one_way(say: Say, kite: Launch) -> None:
    session_id = await parked(say)
    prompt = await Reply.objects.aget(kind="prompt")
    data = prompt.buttons[0][0]["data"]
    cancel = await say("/cancel")
    clicks = [await say("", kind="callback", button=f"b{n}", data=data) for n in range(4)]
    await asyncio.gather(*(control.handle(one.update_id) for one in [cancel, *clicks]))
    assert (await the_approval()).state == "void"
    assert (await Batch.objects.aget()).state == "cancelled"
    assert not await go_on(session_id)
    assert not kite.launched


async def test_a_run_that_is_claimed_twice_launches_once(say: Say, kite: Launch) -> None:
    session_id = await parked(say)
    await press(say, "Approve")
    first = await batching.claim(session_id)
    assert isinstance(first, batching.Work)
    await db.change("UPDATE botplatform_batch SET worker = '', lease_until = now()")
    second = await batching.claim(session_id)
    assert isinstance(second, batching.Work)
    await asyncio.gather(running.execute(first), running.execute(second))
    assert len(kite.launched) == 1
    assert (await Batch.objects.aget()).state == "done"


async def test_what_people_say_at_the_same_time_does_not_block_itself(
    say: Say, launch: Launch, model: SetModel
) -> None:
    """Decisions take one batch after another, and so does /cancel, in an order of its own."""
    for chat in ("c1", "c2", "c3", "c4"):
        model(*[called("launch", {"what": "kite"})] * 4)
        for _ in range(4):
            await parked(say, "launch one more", chat=chat)
        texts = ("/approve all", "/cancel", "/deny all", "/approve 4 3 2 1", "yes")
        updates = [(await say(text, chat=chat)).update_id for text in texts]
        noise = [say("hello", chat=chat) for _ in range(3)]
        await asyncio.gather(*(control.handle(update_id) for update_id in updates), *noise)
    assert not await Approval.objects.filter(state="pending").aexists()
