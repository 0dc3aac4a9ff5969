"""Which tools a run is given, and what its calls need once it has read strangers' and private texts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from agents.base import Need, Risk, RunContext, Tool, ToolResult, Turn, Worker, WorkerInput, WorkerResult
from agents.loop import converse
from agents.registry import TOOLS, WORKERS
from agents.sandbox.probing import Standing
from botplatform.models import Approval, AuditEntry, Bot, PlanStep, Run, Step
from botplatform.pipeline import bots, caching, configs, offering, operating, permits, replying
from botplatform.pipeline.leases import Lease
from botplatform.pipeline.offering import Surroundings
from botplatform.pipeline.permits import Policy
from botplatform.pipeline.reaching import sandboxing
from botplatform.pipeline.recovery import sweep
from tests.agents.scripted import called, said
from tests.pipeline.approving import Launch, press
from tests.pipeline.builders import WatchedTransport, answered, executed, give_tools, the_batch
from tests.pipeline.conftest import Say, SetAgent, SetFeatures, SetModel
from tests.pipeline.planning import Planning, claimed_step, due_steps, plan, states, step, worked
from transports.base import Conversation


class Letter(Tool):
    """Reads something and says whose it was."""

    name = "letter"
    description = "Reads a letter."
    input_schema = {"type": "object", "properties": {"whose": {"type": "string"}}}
    repeatable = True

    async def call(self, arguments: Mapping[str, Any], context: RunContext) -> ToolResult:
        return ToolResult("words", **{str(arguments["whose"]): "a letter"})


class Post(Tool):
    name = "post"
    description = "Sends words to somebody."
    input_schema = {"type": "object", "properties": {}}
    reaches_out = True

    async def call(self, arguments: Mapping[str, Any], context: RunContext) -> ToolResult:
        return ToolResult("posted")


def around(bot: bots.BotRow, *, trusted: bool) -> Surroundings:
    async def everybody() -> bool:
        return trusted

    return Surroundings(Lease(1, 1), bot, Conversation("c1"), everybody)


SHELL = ("bash", "git", "read_file", "write_file", "list_files", "search_files")


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setitem(sandboxing._standing, "now", Standing(True))
    monkeypatch.setattr(sandboxing, "root", lambda: tmp_path)


async def test_strangers_are_never_offered_shell_git_or_files(bot: bots.BotRow, sandbox: None) -> None:
    offer = await offering.offer([*SHELL, "calculator"], around(bot, trusted=False))
    assert list(offer.names) == ["calculator"]
    assert set(offer.refused) == set(SHELL)
    assert offer.services.workspace is None


async def test_the_trusted_are_while_the_sandbox_holds(bot: bots.BotRow, sandbox: None) -> None:
    offer = await offering.offer([*SHELL, "calculator"], around(bot, trusted=True))
    assert set(offer.names) == {*SHELL, "calculator"}
    assert offer.services.workspace is not None
    await offer.services.workspace.remove()


async def test_nobody_is_once_a_probe_got_out(bot: bots.BotRow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sandboxing._standing, "now", Standing(False, "the sandbox did not prevent: writing outside"))
    offer = await offering.offer(SHELL, around(bot, trusted=True))
    assert not offer.names
    assert set(offer.refused.values()) == {offering.LACKS[Need.WORKSPACE]}


async def test_what_is_not_configured_is_not_offered(bot: bots.BotRow) -> None:
    offer = await offering.offer(
        ["web_search", "web_fetch", "github_get_issue", "mcp__nobody__x"], around(bot, trusted=True)
    )
    assert list(offer.names) == ["web_fetch"]
    assert set(offer.refused) == {"web_search", "github_get_issue", "mcp__nobody__x"}


@pytest.mark.parametrize("tool", sorted(name for name, tool in TOOLS.items() if tool.writes and not tool.confined))
def test_every_tool_that_writes_outside_needs_a_decision(tool: str) -> None:
    assert permits.reason_to_ask(TOOLS[tool], {}, policy=Policy(), ask_from=Risk.CRITICAL, untrusted=["an issue"])
    assert TOOLS[tool].needs_approval


@pytest.mark.parametrize(
    ("untrusted", "private", "asks"),
    [((), (), False), (("a page",), (), False), ((), ("a file",), False), (("a page",), ("a file",), True)],
)
@pytest.mark.parametrize("tool", sorted(name for name, tool in TOOLS.items() if tool.reaches_out))
def test_reaching_out_needs_one_once_strangers_and_private_texts_have_met(
    tool: str, untrusted: tuple[str, ...], private: tuple[str, ...], asks: bool
) -> None:
    reason = permits.reason_to_ask(
        TOOLS[tool], {}, policy=Policy(), ask_from=Risk.CRITICAL, untrusted=untrusted, private=private
    )
    assert bool(reason) == asks


async def test_what_a_run_has_read_decides_about_its_next_call(
    say: Say, model: SetModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    for tool in (Letter(), Post()):
        monkeypatch.setitem(TOOLS, tool.name, tool)
    await give_tools("letter", "post")
    model(
        called("letter", {"whose": "untrusted"}), called("post", {}), called("letter", {"whose": "private"}),
        called("post", {}), said("Done."),
    )  # fmt: skip
    await answered((await say("go")).session_id)
    run = await Run.objects.aget()
    assert (run.untrusted, run.private) == (["a letter"], ["a letter"])
    assert [row.name async for row in Step.objects.filter(kind="tool").order_by("id")] == ["letter", "post", "letter"]
    assert (await Approval.objects.aget()).tool == "post"


# -- approvals of workers' calls


class Acting(Worker):
    """Runs the loop, with the tools of its configuration."""

    name = "research-worker"
    description = "Acts."

    async def work(self, given: WorkerInput, context: RunContext) -> WorkerResult:
        answer = await converse(context, system="Work.", turns=[Turn("user", given.task)])
        return WorkerResult(answer.text, last_step=answer.last_step, last_result=answer.last_result)


@pytest.fixture
async def launch(platform: None, monkeypatch: pytest.MonkeyPatch, features: SetFeatures, agent: SetAgent) -> Launch:
    tool = Launch()
    monkeypatch.setattr(Launch, "confined", False)
    monkeypatch.setitem(TOOLS, tool.name, tool)
    monkeypatch.setitem(WORKERS, "research", Acting())
    await give_tools(tool.name)
    features(buttons=True)
    agent(Planning(plan(step("a"), step("b", "a"))))
    configs.forget()
    caching.forget()
    return tool


async def test_a_workers_call_waits_for_approval_and_goes_on(
    say: Say, launch: Launch, model: SetModel, fake: WatchedTransport, bot: bots.BotRow
) -> None:
    await Bot.objects.filter(pk=bot.id).aupdate(admin_ids=["u"])
    bots.forget(bot.id)
    model(called("launch", {"what": "kite"}), said("It is up."), said("Seen."))
    session_id = (await say("launch it")).session_id
    await executed(session_id)
    await worked("a")
    row = await PlanStep.objects.aget(key="a")
    assert (row.state, (await the_batch()).state) == ("waiting", "waiting")
    assert not launch.launched
    await replying.deliver(session_id)
    await press(say, "Approve", name="Ann")
    await worked("a")
    assert [dict(one) for one in launch.launched] == [{"what": "kite"}]
    await worked("b")
    await answered(session_id)
    assert await states() == {"a": "succeeded", "b": "succeeded"}
    assert (await Approval.objects.aget()).state == "executed"
    entry = await AuditEntry.objects.aget(action="launch")
    run = await Run.objects.aget(plan_step=row)
    assert (entry.who, entry.object_id, entry.told) == ("agent research-worker", str(run.pk), "Launch kite.")


async def test_two_steps_may_use_the_same_call_id(say: Say, launch: Launch, model: SetModel, agent: SetAgent) -> None:
    agent(Planning(plan(step("a"), step("b"))))
    model(called("launch", {"what": "kite"}, call="same"), called("launch", {"what": "kite"}, call="same"))
    await executed((await say("launch both")).session_id)
    await worked("a")
    await worked("b")
    assert await Approval.objects.filter(state="pending").acount() == 2


async def test_nobody_decides_and_the_step_goes_on_without(say: Say, launch: Launch, model: SetModel) -> None:
    model(called("launch", {"what": "kite"}), said("Not done."), said("Seen."))
    await executed((await say("launch it")).session_id)
    await worked("a")
    await Approval.objects.aupdate(expires_at="2026-01-01T00:00:00Z")
    await due_steps()
    await sweep()
    await worked("a")
    assert not launch.launched
    assert (await PlanStep.objects.aget(key="a")).result == "Not done."


async def test_a_cancelled_batch_takes_its_steps_questions_along(say: Say, launch: Launch, model: SetModel) -> None:
    model(called("launch", {"what": "kite"}))
    await executed((await say("launch it")).session_id)
    await worked("a")
    await operating.cancel_batch((await the_batch()).pk, by="ada")
    assert (await Approval.objects.aget()).state == "void"
    assert await claimed_step("a") is None
