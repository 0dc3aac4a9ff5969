"""Runs that wait for a person's decision, and those that go on after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from agents.base import AgentResult, Parked, Permission, StepKind, StepState, Verdict
from agents.loop import converse
from agents.providers.base import ModelResponse
from agents.thread import LOST
from tests.agents.context import MemoryContext
from tests.agents.scripted import PinNote, ReadWall, ScriptedProvider, SendLetter, called, said

TOOLS = ["calculator", "send_letter", "pin_note"]
WAITING = Permission(Verdict.WAITING)


def allowed(arguments: dict[str, Any], approval: int = 7, told: str = "") -> Permission:
    return Permission(Verdict.ALLOWED, arguments, approval, told)


def both(*blocks: ModelResponse) -> ModelResponse:
    """One reply with the calls of several."""
    return replace(blocks[0], content=[block for reply in blocks for block in reply.content])


async def parked(*replies: ModelResponse, **permissions: Permission) -> MemoryContext:
    """Run until it parks; return the context of the run that goes on."""
    context = MemoryContext(ScriptedProvider(*replies), tools=TOOLS, permissions=permissions)
    with pytest.raises(Parked):
        await converse(context, system="")
    return MemoryContext(turns=context.turns, earlier=context.records(), tools=TOOLS)


async def go_on(context: MemoryContext, *replies: ModelResponse, **permissions: Permission) -> AgentResult:
    context.permissions = permissions
    context._provider = ScriptedProvider(*replies)
    return await converse(context, system="")


def results(context: MemoryContext) -> Sequence[Any]:
    """The tool results that the model reads first after going on."""
    assert isinstance(context._provider, ScriptedProvider)
    return context._provider.requests[0].messages[-1]["content"]


async def test_call_that_waits_parks_the_run_with_its_model_step_stored(letters: SendLetter) -> None:
    context = await parked(called("send_letter", {"to": "Ada"}), send_letter=WAITING)
    assert letters.sent == []
    assert [(step.kind, step.state) for step in context.earlier] == [(StepKind.MODEL, StepState.SUCCEEDED)]


async def test_decision_is_asked_for_with_the_arguments_and_what_was_said(letters: SendLetter) -> None:
    context = MemoryContext(
        ScriptedProvider(called("send_letter", {"to": "Ada"}, text="I will write to Ada.")),
        tools=TOOLS,
        permissions={"send_letter": WAITING},
    )
    with pytest.raises(Parked):
        await converse(context, system="")
    (call,) = context.asked
    assert (call.tool, call.tool_use_id, call.arguments, call.said) == (
        letters,
        "call-1",
        {"to": "Ada"},
        "I will write to Ada.",
    )


async def test_approved_call_is_made_without_asking_the_model_again(letters: SendLetter) -> None:
    context = await parked(called("send_letter", {"to": "Ada"}), send_letter=WAITING)
    answer = await go_on(context, said("Sent."), send_letter=allowed({"to": "Ada"}))
    assert (letters.sent, answer.text, results(context)[0]["content"]) == (["Ada"], "Sent.", "Sent to Ada.")


async def test_step_uses_the_approval_up(letters: SendLetter) -> None:
    context = await parked(called("send_letter", {"to": "Ada"}), send_letter=WAITING)
    await go_on(context, said("Sent."), send_letter=allowed({"to": "Ada"}, approval=12))
    assert context.used == [12]


async def test_edited_arguments_are_the_ones_used_and_the_model_is_told(letters: SendLetter) -> None:
    context = await parked(called("send_letter", {"to": "Ada"}), send_letter=WAITING)
    edited = allowed({"to": "Bob"}, told="An approver changed the arguments.")
    await go_on(context, said("Sent."), send_letter=edited)
    assert letters.sent == ["Bob"]
    assert context.kinds(StepKind.TOOL)[0].request == {"to": "Bob"}
    assert results(context)[0]["content"] == "An approver changed the arguments.\n\nSent to Bob."


async def test_edited_arguments_that_do_not_fit_are_not_used(letters: SendLetter) -> None:
    context = await parked(called("send_letter", {"to": "Ada"}), send_letter=WAITING)
    await go_on(context, said("Hm."), send_letter=allowed({"to": 5}))
    assert (letters.sent, context.used) == ([], [])
    assert results(context)[0]["content"].startswith("The arguments are not valid")


async def test_refused_call_is_not_made_and_the_model_reads_why(letters: SendLetter) -> None:
    context = await parked(called("send_letter", {"to": "Ada"}), send_letter=WAITING)
    refused = Permission(Verdict.REFUSED, told="Denied by Eve: not today.")
    await go_on(context, said("It was denied."), send_letter=refused)
    assert letters.sent == []
    assert results(context) == [
        {"type": "tool_result", "tool_use_id": "call-1", "content": "Denied by Eve: not today.", "is_error": True}
    ]
    assert context.states()[0] is StepState.FAILED


async def test_run_without_a_decision_yet_parks_again_without_a_model_call(letters: SendLetter) -> None:
    context = await parked(called("send_letter", {"to": "Ada"}), send_letter=WAITING)
    with pytest.raises(Parked):
        await go_on(context, send_letter=WAITING)
    assert context.starts == {}


async def test_other_calls_of_the_same_reply_are_made_before_parking(letters: SendLetter, notes: PinNote) -> None:
    reply = both(called("send_letter", {"to": "Ada"}, call="a"), called("pin_note", {"text": "Hi"}, call="b"))
    context = await parked(reply, a=WAITING)
    assert (letters.sent, notes.pinned) == ([], ["Hi"])
    assert [step.tool_use_id for step in context.earlier] == ["", "b"]


async def test_nothing_runs_twice_after_a_decision(letters: SendLetter, notes: PinNote) -> None:
    reply = both(called("send_letter", {"to": "Ada"}, call="a"), called("pin_note", {"text": "Hi"}, call="b"))
    context = await parked(reply, a=WAITING)
    await go_on(context, said("Both."), a=allowed({"to": "Ada"}))
    assert (letters.sent, notes.pinned) == (["Ada"], ["Hi"])
    assert [call.tool_use_id for call in context.asked] == ["a"]
    assert [block["content"] for block in results(context)] == ["Sent to Ada.", "Pinned."]


async def test_calls_are_made_as_they_are_decided(letters: SendLetter) -> None:
    reply = both(called("send_letter", {"to": "Ada"}, call="a"), called("send_letter", {"to": "Bob"}, call="b"))
    context = await parked(reply, a=WAITING, b=WAITING)
    with pytest.raises(Parked):
        await go_on(context, a=allowed({"to": "Ada"}), b=WAITING)
    last = MemoryContext(turns=context.turns, earlier=context.records(), tools=TOOLS)
    await go_on(last, said("Done."), b=Permission(Verdict.REFUSED, told="No."))
    assert letters.sent == ["Ada"]
    assert [block["content"] for block in results(last)] == ["Sent to Ada.", "No."]


async def broken_off(context: MemoryContext, tool: str, arguments: dict[str, Any]) -> MemoryContext:
    """Let the run die between the start of the approved call and its end."""

    def die() -> None:
        raise KeyError("killed")

    context.on_check = die
    with pytest.raises(KeyError):
        await go_on(context, **{tool: allowed(arguments)})
    assert context.states() == [StepState.RUNNING]
    return MemoryContext(turns=context.turns, earlier=context.records(), tools=TOOLS)


async def test_repeatable_call_that_broke_off_after_its_approval_is_made_again(notes: PinNote) -> None:
    context = await parked(called("pin_note", {"text": "Hi"}), pin_note=WAITING)
    last = await broken_off(context, "pin_note", {"text": "Hi"})
    await go_on(last, said("Done."), pin_note=allowed({"text": "Hi"}))
    assert (notes.pinned, [call.tool_use_id for call in last.asked]) == (["Hi"], ["call-1"])


async def test_unrepeatable_call_that_broke_off_after_its_approval_is_unknown(letters: SendLetter) -> None:
    context = await parked(called("send_letter", {"to": "Ada"}), send_letter=WAITING)
    last = await broken_off(context, "send_letter", {"to": "Ada"})
    await go_on(last, said("I do not know."), send_letter=allowed({"to": "Ada"}))
    assert (letters.sent, last.asked, results(last)[0]["content"]) == ([], [], LOST)


async def test_call_with_an_id_used_before_gets_one_of_its_own(letters: SendLetter) -> None:
    context = MemoryContext(
        ScriptedProvider(called("send_letter", {"to": "Ada"}), called("send_letter", {"to": "Bob"})),
        tools=TOOLS,
        permissions={"call-1": allowed({"to": "Ada"}), "call-1-2": WAITING},
    )
    with pytest.raises(Parked):
        await converse(context, system="")
    assert letters.sent == ["Ada"]
    assert [call.tool_use_id for call in context.asked] == ["call-1", "call-1-2"]


async def test_two_calls_of_one_reply_do_not_share_an_id(letters: SendLetter) -> None:
    reply = both(called("send_letter", {"to": "Ada"}), called("send_letter", {"to": "Bob"}))
    context = MemoryContext(ScriptedProvider(reply, said("Both.")), tools=TOOLS)
    await converse(context, system="")
    assert letters.sent == ["Ada", "Bob"]
    assert [start.tool_use_id for start in context.kinds(StepKind.TOOL)] == ["call-1", "call-1-2"]


@pytest.mark.parametrize(("given", "stored"), [("", "call"), ("a\x00b /c", "abc"), ("x" * 300, "x" * 64)])
async def test_odd_call_ids_are_made_plain(notes: PinNote, given: str, stored: str) -> None:
    context = MemoryContext(
        ScriptedProvider(called("pin_note", {"text": "Hi"}, call=given), said("Done.")), tools=TOOLS
    )
    await converse(context, system="")
    assert context.kinds(StepKind.TOOL)[0].tool_use_id == stored


async def test_no_decision_is_asked_for_where_the_call_is_wrong(letters: SendLetter) -> None:
    context = MemoryContext(ScriptedProvider(called("send_letter", {}), said("Hm.")), tools=TOOLS)
    await converse(context, system="")
    assert context.asked == []


async def test_text_of_strangers_is_noted(wall: ReadWall) -> None:
    context = MemoryContext(ScriptedProvider(called("read_wall", {}), said("Read.")), tools=["read_wall"])
    await converse(context, system="")
    assert context.untrusted == ["read_wall"]


async def test_other_results_are_not_noted_as_of_strangers(notes: PinNote) -> None:
    context = MemoryContext(ScriptedProvider(called("pin_note", {"text": "Hi"}), said("Done.")), tools=TOOLS)
    await converse(context, system="")
    assert context.untrusted == []


async def test_thinking_goes_back_unchanged_after_a_decision(letters: SendLetter) -> None:
    reply = called("send_letter", {"to": "Ada"})
    thought = {"type": "thinking", "thinking": "Hm", "signature": "s"}
    context = await parked(replace(reply, content=[thought, *reply.content]), send_letter=WAITING)
    await go_on(context, said("Sent."), send_letter=allowed({"to": "Ada"}))
    assert isinstance(context._provider, ScriptedProvider)
    assert context._provider.requests[0].messages[1]["content"] == [thought, *reply.content]
