"""What chance or somebody's will may do to plans, questions and waits: at the same instant, in the wrong order, by the wrong person."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from psycopg.types.json import Jsonb

from agents.base import (
    AgentError,
    Risk,
    RunContext,
    StepKind,
    StepStart,
    Tool,
    ToolCall,
    ToolResult,
    Turn,
    Verdict,
    Worker,
    WorkerInput,
    WorkerResult,
)
from agents.loop import converse
from agents.providers.base import ModelResponse, Usage
from agents.registry import TOOLS, WORKERS
from botplatform import engine, tasks
from botplatform.models import (
    AgentConfig,
    Approval,
    Batch,
    Bot,
    KeptNote,
    Message,
    Plan,
    PlanStep,
    Reminder,
    Reply,
    Run,
    Session,
    Step,
)
from botplatform.pipeline import (
    approvals,
    asking,
    batching,
    bots,
    configs,
    control,
    db,
    erasing,
    holding,
    operating,
    parking,
    permitting,
    recovery,
    reminding,
    replying,
    stepping,
)
from botplatform.pipeline.leases import Lease
from botplatform.pipeline.permits import Circumstances, fingerprint
from botplatform.pipeline.plans import affording, claiming, showing, working
from botplatform.pipeline.plans import ending as step_ending
from tests.agents.scripted import called, said
from tests.pipeline.approving import Launch
from tests.pipeline.builders import (
    WatchedTransport,
    answered,
    claimed,
    executed,
    give_tools,
    lapse,
    session_of,
    started,
    the_batch,
    until,
)
from tests.pipeline.conftest import Say, SetAgent, SetFeatures, SetModel
from tests.pipeline.planning import (
    Planning,
    Working,
    claimed_step,
    due_steps,
    lapse_steps,
    plan,
    states,
    step,
    worked,
)
from transports.http import before_sending

SetWorker = Callable[[Worker], Worker]
DIAMOND = plan(step("a"), step("b"), step("c", "a", "b"))
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


class Ask(Tool):
    name = "ask"
    description = "Asks the person."
    input_schema = {"type": "object", "properties": {"question": {"type": "string"}}}
    repeatable = True
    needs_approval = True
    confined = True
    asks = True

    def describe(self, arguments: Mapping[str, Any]) -> str:
        return str(arguments.get("question"))

    async def call(self, arguments: Mapping[str, Any], context: RunContext) -> ToolResult:
        return ToolResult("")


class Sleep(Tool):
    """Waits for as long as it is told."""

    name = "sleep"
    description = "Waits."
    input_schema = {"type": "object", "properties": {}}
    repeatable = True
    seconds = 60.0

    async def call(self, arguments: Mapping[str, Any], context: RunContext) -> ToolResult:
        await context.wait(self.seconds, "nothing")


class Acting(Worker):
    """Lets the model act."""

    name = "research-worker"
    description = "Acts."

    async def work(self, given: WorkerInput, context: RunContext) -> WorkerResult:
        answer = await converse(context, system="Work.", turns=[Turn("user", given.task)])
        return WorkerResult(answer.text, last_step=answer.last_step, last_result=answer.last_result)


@pytest.fixture
async def worker(platform: None, monkeypatch: pytest.MonkeyPatch) -> SetWorker:
    """Let another worker carry out the steps."""

    def choose(behaviour: Worker) -> Worker:
        monkeypatch.setitem(WORKERS, "research", behaviour)
        return behaviour

    choose(Working())
    return choose


@pytest.fixture
async def launch(platform: None, monkeypatch: pytest.MonkeyPatch, features: SetFeatures) -> Launch:
    tool = Launch()
    for one in (tool, Ask(), Sleep()):
        monkeypatch.setitem(TOOLS, one.name, one)
    await give_tools("launch", "ask", "sleep", "set_reminder", "delete_history")
    features(buttons=True)
    return tool


async def dispatched(say: Say, agent: SetAgent, *plans: Any) -> int:
    agent(Planning(*plans))
    receipt = await say("please do it")
    await executed(receipt.session_id)
    return int(receipt.session_id)


def both(*calls: ModelResponse) -> ModelResponse:
    """All these calls in one turn."""
    return ModelResponse([block for call in calls for block in call.content], "tool_use", "main-1", Usage(10, 5))


async def heard(say: Say, text: str, **more: Any) -> None:
    receipt = await say(text, **more)
    if receipt.control:
        await control.handle(receipt.update_id)
    await replying.deliver(receipt.session_id)


async def waits_for_a_lock() -> None:
    """Until some statement waits for a row that another holds."""
    async with asyncio.timeout(10):
        while not await db.row("SELECT 1 AS yes FROM pg_locks WHERE NOT granted"):
            await asyncio.sleep(0.01)


# -- what people say


async def test_a_yes_to_a_question_approves_nothing_that_was_asked_before(
    say: Say, model: SetModel, launch: Launch, bot: bots.BotRow
) -> None:
    await Bot.objects.aupdate(admin_ids=["u"])
    bots.forget(bot.id)
    turn = both(called("launch", {"what": "kite"}), called("ask", {"question": "Do you like it?"}, call="call-2"))
    model(turn, said("Good."))
    await answered((await say("hello")).session_id)
    await heard(say, "yes")
    question, approval = await Approval.objects.aget(asks=True), await Approval.objects.aget(asks=False)
    assert (question.state, question.comment, approval.state) == ("approved", "yes", "pending")
    await heard(say, "yes")  # now it is what was asked last
    assert (await Approval.objects.aget(asks=False)).state == "approved"


async def test_an_approvers_words_are_no_answer_to_somebody_elses_question(
    say: Say, model: SetModel, launch: Launch, bot: bots.BotRow
) -> None:
    await Bot.objects.aupdate(admin_ids=["boss"])
    bots.forget(bot.id)
    model(called("ask", {"question": "Which branch?"}))
    await answered((await say("build it", group=True)).session_id)
    await heard(say, "is the site down?", user="boss", group=True)
    assert (await Approval.objects.aget()).state == "pending"
    assert await Message.objects.filter(text="is the site down?").aexists()


async def test_what_is_said_to_an_operator_answers_no_question(say: Say, model: SetModel, launch: Launch) -> None:
    model(called("ask", {"question": "Which branch?"}))
    session_id = (await say("build it")).session_id
    await answered(session_id)
    await holding.take_over(session_id, by="mara")
    await heard(say, "are you a person?")
    assert (await Approval.objects.aget()).state == "pending"
    assert await Message.objects.filter(text="are you a person?").aexists()


async def test_a_question_is_shown_whole(say: Say, model: SetModel, launch: Launch, fake: WatchedTransport) -> None:
    words = " ".join(f"word{n}" for n in range(110))
    model(called("ask", {"question": words}))
    await answered((await say("build it")).session_id)
    assert words in fake.texts[-1]


async def test_options_that_no_button_can_show_are_left_out(say: Say, model: SetModel, launch: Launch) -> None:
    model(called("ask", {"question": "Which?", "options": ["  ", "main", "\u200b", " main", "next"]}))
    await answered((await say("build it")).session_id)
    assert (await Approval.objects.aget()).options == ["main", "next"]


async def test_markup_in_an_answer_reads_as_it_was_written(say: Say, model: SetModel, launch: Launch) -> None:
    model(called("ask", {"question": "Which?"}))
    await answered((await say("build it")).session_id)
    await heard(say, "[main](https://evil.example)")
    [approval] = await db.rows("SELECT * FROM botplatform_approval")
    assert "\\[main\\](https://evil.example)" in asking.outcome(approval)


# -- decisions that are used once


class Repeatable(Launch):
    name = "launch"
    repeatable = True
    risk = Risk.CRITICAL


async def launched_once(say: Say, model: SetModel, monkeypatch: pytest.MonkeyPatch) -> Repeatable:
    """A repeatable call that was approved and made; its batch is answered."""
    tool = Repeatable()
    monkeypatch.setitem(TOOLS, tool.name, tool)
    model(called("launch", {"what": "kite"}), said("Up."), called("launch", {"what": "kite"}), said("Up again."))
    session_id = (await say("launch it")).session_id
    await answered(session_id)
    await heard(say, "yes")
    await answered(session_id)
    assert len(tool.launched) == 1
    return tool


async def test_an_answer_that_is_given_anew_asks_anew(
    say: Say, model: SetModel, launch: Launch, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool = await launched_once(say, model, monkeypatch)
    batch = await the_batch()
    await operating.retry_batch(batch.pk, by="ada", anew=True)
    await answered(batch.session_id)
    assert len(tool.launched) == 1
    assert [one.state async for one in Approval.objects.order_by("id")] == ["executed", "pending"]


async def test_an_approval_that_was_used_up_permits_nothing_to_whoever_gives_the_same_id(
    say: Say, model: SetModel, launch: Launch, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool = await launched_once(say, model, monkeypatch)
    asks = SimpleNamespace(
        lease=Lease((await the_batch()).pk, 9), run_id=1, untrusted=[], private=[],
        circumstances=Circumstances(["u"], alone=True, ask_from=Risk.HIGH),
    )  # fmt: skip
    permission = await permitting.permit(asks, ToolCall(tool, "call-1", {"what": "kite"}))
    assert permission.verdict is Verdict.REFUSED


async def test_an_approval_that_was_asked_for_while_the_call_waited_is_used_up(say: Say, launch: Launch) -> None:
    work = await claimed((await say("launch it")).session_id)
    run_id = await started(work)
    begun = await stepping.begin(
        work.lease, run_id, "simple-agent", StepStart(StepKind.TOOL, "launch", {"what": "kite"}, 9, "call-1", True)
    )
    approval = await Approval.objects.acreate(
        session_id=work.batch["session_id"], batch_id=work.lease.batch_id, run_id=run_id, number=1, state="approved",
        tool="launch", tool_use_id="call-1", arguments={"what": "kite"}, arguments_hash=fingerprint({"what": "kite"}),
        risk="high", decider="requester", expires_at=datetime.now(UTC), decided_at=datetime.now(UTC),
    )  # fmt: skip
    again = StepStart(StepKind.TOOL, "launch", {"what": "kite"}, 9, "call-1", True, approval.pk, begun)
    assert await stepping.begin(work.lease, run_id, "simple-agent", again) == begun
    assert (await Approval.objects.aget()).state == "executed"


# -- locks


async def test_a_step_that_asks_waits_for_one_that_stores_its_question(
    say: Say, agent: SetAgent, worker: SetWorker
) -> None:
    """The one holds the batch and refers to the conversation, the other holds the conversation and wants the batch."""
    session_id = await dispatched(say, agent, plan(step("a"), step("b")))
    work = await claimed_step("a")
    assert work
    run = await Run.objects.alatest("id")
    request = approvals.Request(
        tool="launch", tool_use_id="t", arguments={}, summary="", said="", risk="high", reason="", decider="approver",
        requesters=[], untrusted=[],
    )  # fmt: skip
    async with db.transaction() as connection:
        await connection.execute(parking._LOCK, (work.lease.batch_id,))
        asks = asyncio.create_task(approvals.ask(work.lease, run.pk, request))
        await waits_for_a_lock()
        values = (session_id, work.lease.batch_id, run.pk, "May I?", Jsonb([]), Jsonb([]), "", "", None, "r")
        await connection.execute(parking._REPLY, values)
    await asks
    assert await Approval.objects.acount() == 1


async def test_no_run_is_opened_beside_a_cancellation(say: Say, agent: SetAgent, worker: SetWorker) -> None:
    await dispatched(say, agent, plan(step("a")))
    work = await claimed_step("a")
    assert work
    async with db.transaction() as connection:
        await step_ending.cancel(connection, [work.lease.batch_id])
        late = asyncio.create_task(working.execute(work))
        await waits_for_a_lock()
    await late
    assert await Run.objects.exclude(plan_step=None).acount() == 0


async def test_whatever_happens_at_the_same_instant_a_plan_comes_to_one_end(
    say: Say, agent: SetAgent, worker: SetWorker
) -> None:
    chance = random.Random(5)
    for _ in range(6):
        await dispatched(say, agent, plan(step("a"), step("b"), step("c")))
        batch = await Batch.objects.alatest("id")
        works = [await claimed_step(key) for key in "abc"]
        stops = chance.choice((_cancelled, _anew))
        doings = [*(working.execute(work) for work in works if work), stops(batch.pk), recovery.sweep()]
        chance.shuffle(doings)
        found = await asyncio.gather(*doings, return_exceptions=True)
        assert [one for one in found if isinstance(one, Exception)] == []
        made = await Plan.objects.filter(batch=batch).alatest("id")
        left = [one.state async for one in PlanStep.objects.filter(plan=made)]
        assert made.state in ("done", "cancelled")
        assert set(left) <= {"succeeded", "cancelled"}
        await operating.cancel_batch(batch.pk, by="ada")


async def _cancelled(batch_id: int) -> None:
    await operating.cancel_batch(batch_id, by="ada")


async def _anew(batch_id: int) -> None:
    await operating.retry_batch(batch_id, by="ada", anew=True)


async def test_a_step_that_ends_as_its_lease_is_settled_ends_once(say: Say, agent: SetAgent, worker: SetWorker) -> None:
    for _ in range(6):
        await dispatched(say, agent, plan(step("a")))
        work = await claimed_step("a")
        assert work
        await lapse_steps()
        await asyncio.gather(working.execute(work), step_ending.settle_lost(5), step_ending.settle_lost(5))
        row = await PlanStep.objects.alatest("id")
        assert (row.state, row.attempts, bool(row.result)) in (("succeeded", 0, True), ("pending", 1, False))
        await operating.cancel_batch(work.lease.batch_id, by="ada")


# -- workers that end in the wrong moment


async def test_a_step_whose_claim_was_broken_off_is_handed_back(
    say: Say, agent: SetAgent, worker: SetWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    await dispatched(say, agent, plan(step("a")))
    committed, claim = asyncio.Event(), claiming.claim

    async def slow(step_id: int) -> Any:
        work = await claim(step_id)
        committed.set()
        await asyncio.sleep(0.1)
        return work

    monkeypatch.setattr(claiming, "claim", slow)
    task = asyncio.create_task(tasks._work((await PlanStep.objects.aget()).pk))
    await committed.wait()
    task.cancel()
    await asyncio.wait({task})
    row = await PlanStep.objects.aget()
    assert (task.cancelled(), row.state, row.attempts) == (True, "pending", 0)


async def test_a_claimed_step_does_not_wait_for_an_edit(
    say: Say, agent: SetAgent, worker: SetWorker, fake: WatchedTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "_begin", lambda steps: None)
    monkeypatch.setattr(tasks, "_look_again", lambda *of: None)
    await dispatched(say, agent, plan(step("a"), step("b")))
    fake.door.clear()
    work = asyncio.create_task(tasks._work((await PlanStep.objects.aget(key="a")).pk))
    async with asyncio.timeout(5):
        while (await PlanStep.objects.aget(key="a")).state != "succeeded":
            await asyncio.sleep(0.02)
    fake.door.set()
    await work


async def test_what_follows_a_step_that_was_put_off_may_still_be_sent(
    say: Say, agent: SetAgent, worker: SetWorker
) -> None:
    await dispatched(say, agent, plan(step("a")))
    await AgentConfig.objects.filter(name="research-worker").aupdate(paused=True)
    await worked("a")
    assert before_sending.get() is None


async def test_an_edit_that_hangs_harms_nobody(
    say: Say, agent: SetAgent, worker: SetWorker, fake: WatchedTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    await dispatched(say, agent, DIAMOND)
    monkeypatch.setattr(showing, "EDIT_SECONDS", 1.1)
    fake.door.clear()
    made = await Plan.objects.aget()
    await showing.show(made.pk)
    assert (await Plan.objects.aget()).showing_until is None


async def test_an_edit_under_way_is_seen_through(
    say: Say, agent: SetAgent, worker: SetWorker, fake: WatchedTransport
) -> None:
    await dispatched(say, agent, DIAMOND)
    fake.door.clear()
    fake.knocked.clear()
    show = asyncio.create_task(showing.show((await Plan.objects.aget()).pk))
    await fake.knocked.wait()
    show.cancel()
    await asyncio.wait({show})
    assert (await Plan.objects.aget()).showing_until is not None
    fake.door.set()
    await showing.wait_for_edit((await the_batch()).pk)
    assert "· Do a" in fake.shown[-1][1]


async def test_a_step_whose_bot_is_gone_fails_at_once(
    say: Say, agent: SetAgent, worker: SetWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    await dispatched(say, agent, plan(step("a")))
    work = await claimed_step("a")
    assert work

    async def gone(bot_id: int) -> bots.BotRow:
        raise LookupError("bot is gone")

    monkeypatch.setattr(bots, "by_id", gone)
    following = await working.execute(work)
    assert following.session_id is not None
    assert await states() == {"a": "failed"}
    assert (await Run.objects.exclude(plan_step=None).aget()).state == "failed"


async def test_a_take_over_keeps_the_call_that_was_paid(
    say: Say, agent: SetAgent, worker: SetWorker, model: SetModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker(Acting())
    provider = model(said("Found."))
    session_id = await dispatched(say, agent, plan(step("a")))
    succeed = step_ending.succeed

    async def taken_over(*args: Any) -> Any:
        await holding.take_over(session_id, by="mara")
        return await succeed(*args)

    with monkeypatch.context() as patch:
        patch.setattr(step_ending, "succeed", taken_over)
        await worked("a")
    assert (await states(), (await Step.objects.aget()).state) == ({"a": "pending"}, "succeeded")
    await holding.release(session_id, by="mara", resume=True)
    await worked("a")
    assert (await states(), len(provider.requests)) == ({"a": "succeeded"}, 1)


async def test_a_paused_worker_leaves_one_run_behind(say: Say, agent: SetAgent, worker: SetWorker) -> None:
    await dispatched(say, agent, plan(step("a")))
    await AgentConfig.objects.filter(name="research-worker").aupdate(paused=True)
    for _ in range(3):
        await due_steps()
        await worked("a")
    assert [run.state async for run in Run.objects.exclude(plan_step=None)] == ["waiting"]
    await AgentConfig.objects.filter(name="research-worker").aupdate(paused=False)
    await due_steps()
    await worked("a")
    assert await states() == {"a": "succeeded"}


async def test_a_step_that_parks_lets_the_next_one_begin(
    say: Say, agent: SetAgent, worker: SetWorker, model: SetModel, launch: Launch
) -> None:
    worker(Acting())
    model(called("sleep", {}))
    await dispatched(say, agent, plan(*(step(key) for key in "abcd")))
    first, *others = [await claimed_step(key) for key in "abc"]
    assert first
    assert all(others)
    following = await working.execute(first)
    assert list(following.steps) == [(await PlanStep.objects.aget(key="d")).pk]


# -- plans that were stopped


async def test_a_stopped_plan_goes_on_where_it_was_stopped(say: Say, agent: SetAgent, worker: SetWorker) -> None:
    session_id = await dispatched(say, agent, DIAMOND)
    await worked("a")
    batch = await the_batch()
    await operating.cancel_batch(batch.pk, by="ada")
    await operating.retry_batch(batch.pk, by="ada")
    await executed(session_id)
    assert await states() == {"a": "succeeded", "b": "pending", "c": "pending"}
    await worked("b")
    await worked("c")
    await answered(session_id)
    assert ((await the_batch()).state, await Plan.objects.acount()) == ("done", 1)


async def test_a_batch_that_is_given_up_takes_its_plan_along(say: Say, agent: SetAgent, worker: SetWorker) -> None:
    session_id = await dispatched(say, agent, plan(step("a")))
    await Batch.objects.aupdate(wake_at=LONG_AGO, attempts=2)
    await claimed(session_id)  # and dies
    await lapse()
    await recovery.sweep()
    assert ((await the_batch()).state, await states()) == ("failed", {"a": "cancelled"})
    assert not await Run.objects.filter(plan_step__isnull=False, state="running").aexists()


async def test_a_muted_conversations_batch_takes_its_steps_along(say: Say, agent: SetAgent, worker: SetWorker) -> None:
    session_id = await dispatched(say, agent, plan(step("a")))
    await Batch.objects.aupdate(wake_at=LONG_AGO)
    await Session.objects.aupdate(mode="muted")
    await batching.claim(session_id)
    assert ((await the_batch()).state, await states()) == ("done", {"a": "cancelled"})


async def test_full_plans_do_not_hide_others_from_the_sweep(
    say: Say, agent: SetAgent, worker: SetWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent(Planning(plan(*(step(key) for key in "abcd"))))
    await executed((await say("first")).session_id)
    for key in "abc":
        await claimed_step(key)
    await executed((await say("second", chat="c2")).session_id)
    await Plan.objects.aupdate(created_at=LONG_AGO)
    monkeypatch.setattr(claiming, "MOST", 1)
    [due] = (await recovery.sweep()).steps
    assert (await PlanStep.objects.select_related("plan__batch__session").aget(pk=due)).plan.batch.session.key == "c2"


async def test_one_row_that_breaks_a_sweep_does_not_end_sweeping(monkeypatch: pytest.MonkeyPatch) -> None:
    swept: list[int] = []

    async def sweep() -> recovery.Due:
        swept.append(1)
        raise KeyError("of a row that nobody foresaw")

    monkeypatch.setattr(recovery, "sweep", sweep)
    monkeypatch.setattr(asyncio, "sleep", _soon(asyncio.sleep))

    async def serve(due: recovery.Due) -> None: ...

    made = engine.Engine(1, serve)
    sweeping = asyncio.create_task(made._keep_sweeping())
    await until(lambda: len(swept) > 1)
    sweeping.cancel()
    made._loop.close()


def _soon(sleep: Callable[[float], Any]) -> Callable[[float], Any]:
    return lambda seconds: sleep(min(seconds, 0.01))


# -- waits


@pytest.mark.parametrize("seconds", [0, -5, 1e15, float("nan"), float("inf")])
async def test_no_wait_is_without_bounds(say: Say, model: SetModel, launch: Launch, seconds: float) -> None:
    tool = TOOLS["sleep"]
    assert isinstance(tool, Sleep)
    tool.seconds = seconds
    model(called("sleep", {}))
    await answered((await say("wait")).session_id)
    batch = await the_batch()
    assert batch.state == "waiting"
    assert timedelta(0) < batch.wake_at - datetime.now(UTC) <= timedelta(days=1)


# -- what is kept, and what it costs


async def test_deleting_the_history_takes_plans_along(say: Say, agent: SetAgent, worker: SetWorker) -> None:
    session_id = await dispatched(say, agent, plan(step("a", task="the secret")))
    await KeptNote.objects.acreate(batch=await the_batch(), name="n", text="the secret")
    await Reminder.objects.acreate(session_id=session_id, number=1, text="the secret", due_at=LONG_AGO, state="posted")
    await worked("a")
    await answered(session_id)
    work = await claimed((await say("forget it")).session_id)
    await erasing.erase(work.lease)
    row, made = await PlanStep.objects.aget(), await Plan.objects.aget()
    assert (row.task, row.result, row.description, made.summary) == ("", "", "", "")
    assert (await KeptNote.objects.acount(), (await Reminder.objects.aget()).text) == (0, "")


async def test_a_step_may_delete_the_history(say: Say, agent: SetAgent, worker: SetWorker) -> None:
    class Deleting(Worker):
        name = "research-worker"
        description = "Deletes."

        async def work(self, given: WorkerInput, context: RunContext) -> WorkerResult:
            return WorkerResult(str(await context.delete_history()))

    await answered((await say("hello")).session_id)
    worker(Deleting())
    await dispatched(say, agent, plan(step("a")))
    await worked("a")
    assert (await states(), (await PlanStep.objects.aget()).result) == ({"a": "succeeded"}, "2")
    assert [one.text async for one in Message.objects.all()] == ["please do it"]


async def limit_tokens(tokens: int, *, of: str) -> None:
    async with db.transaction() as connection:
        await connection.execute(b"SET LOCAL session_replication_role = replica")
        await connection.execute(
            b"""UPDATE botplatform_agentconfigversion v SET max_tokens = %s FROM botplatform_agentconfig c
                WHERE c.id = v.config_id AND c.name = %s""",
            (tokens, of),
        )
    configs.forget()


async def test_the_limits_of_whoever_planned_hold_for_the_steps(
    say: Say, agent: SetAgent, worker: SetWorker, model: SetModel
) -> None:
    await limit_tokens(20, of="simple-agent")
    worker(Acting())
    provider = model(said("One."), said("Two."), said("Three."))
    await dispatched(say, agent, plan(step("a"), step("b"), step("c")))
    for key in "abc":
        await worked(key)
    assert await states() == {"a": "succeeded", "b": "succeeded", "c": "failed"}
    assert len(provider.requests) == 2  # fifteen tokens each: the second began while there was room


async def test_what_others_spend_meanwhile_counts(say: Say, agent: SetAgent, worker: SetWorker) -> None:
    await dispatched(say, agent, plan(step("a")))
    run = await Run.objects.aget()
    await Step.objects.acreate(run=run, kind="model", name="m", state="succeeded", tokens_in=30, tokens_out=0)
    settings = (await configs.published("research-worker")).settings
    settings = replace(settings, max_tokens=30, max_cost_usd=Decimal(1))
    with pytest.raises(AgentError, match="max_tokens_of_run"):
        await affording.afford(settings, run.batch_id)


async def test_private_sources_stay_with_the_answers_that_were_given_with_them(say: Say, model: SetModel) -> None:
    model(said("One."), said("Two."))
    session_id = (await say("first")).session_id
    await answered(session_id)
    await Run.objects.aupdate(private=["repository o/secret"])
    await say("second")
    await answered(session_id)
    assert (await Run.objects.alatest("id")).private == ["repository o/secret"]


async def test_too_many_reminders_are_told_to_the_model(
    say: Say, model: SetModel, launch: Launch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reminding, "MOST", 0)
    model(called("set_reminder", {"text": "tea", "in_minutes": 5}), said("I cannot."))
    await answered((await say("remind me")).session_id)
    result = (await Step.objects.aget(kind="tool")).response
    assert result
    assert "0 reminders are open" in result["content"]


async def test_two_sweeps_post_a_reminder_once(say: Say, bot: bots.BotRow) -> None:
    session = await session_of(bot.id)
    for number in range(1, 31):
        await Reminder.objects.acreate(session=session, number=number, text="tea " * 249, due_at=LONG_AGO)
    await asyncio.gather(*(reminding.post_due() for _ in range(4)))
    assert await Reply.objects.filter(part=1).acount() == 30
    assert await Reminder.objects.filter(state="posted").acount() == 30
