from __future__ import annotations

import pytest

from agents.base import AgentResult, Parked, Permission, StepKind, SwitchAgent, Turn, Verdict
from agents.hitl import NOTHING_WAITS
from agents.registry import AGENTS
from tests.agents.context import MemoryContext
from tests.agents.scripted import ScriptedProvider, called, said

ASKED = [Turn("user", "Tell me about bees."), Turn("assistant", "They dance. Shall I go on?"), Turn("user", "yes")]


async def answer(context: MemoryContext) -> AgentResult:
    return await AGENTS["hitl-agent"].run(context.query, context)


async def test_confirmation_with_nothing_waiting_says_so_without_a_model() -> None:
    context = MemoryContext(text="yes, go ahead")
    found = await answer(context)
    assert (found.text, found.note, context.starts) == (NOTHING_WAITS, "nothing was waiting", {})


async def test_answer_to_the_agents_own_question_goes_to_the_talking_agent() -> None:
    with pytest.raises(SwitchAgent) as caught:
        await answer(MemoryContext(turns=ASKED))
    assert (caught.value.agent, caught.value.reason) == ("simple-agent", "the answer to the agent's own question")


async def test_only_the_last_answer_counts_as_the_question() -> None:
    turns = [*ASKED, Turn("assistant", "They also hum."), Turn("user", "ok")]
    assert (await answer(MemoryContext(turns=turns))).text == NOTHING_WAITS


@pytest.mark.parametrize("text", ["yes", "hm, I do not approve of this"])
async def test_unclear_word_about_open_approvals_lists_them(text: str) -> None:
    context = MemoryContext(text=text, open_approvals=["3: Delete the notes.", "4: Merge #12."])
    found = (await answer(context)).text
    assert "- 3: Delete the notes.\n- 4: Merge #12." in found
    assert "`/approve 3` or `/deny 3`" in found
    assert context.starts == {}


async def test_single_open_approval_is_named_with_its_number() -> None:
    found = (await answer(MemoryContext(text="ok", open_approvals=["17: Delete the notes."]))).text
    assert found.endswith("Decide it: `/approve 17` or `/deny 17`.")


async def test_another_order_with_open_approvals_reaches_the_model_which_is_told() -> None:
    model = ScriptedProvider(said("I can't do that."))
    context = MemoryContext(model, text="merge the other branch", open_approvals=["3: Delete the notes."])
    await answer(context)
    content = model.requests[0].messages[0]["content"]
    assert content.startswith('<untrusted source="conversation">')
    assert content.index("3: Delete the notes.") < content.index("</untrusted>") < content.index("merge the other")


async def test_order_restates_and_parks() -> None:
    model = ScriptedProvider(called("delete_history", {}, text="I will delete what was said here."))
    context = MemoryContext(
        model,
        text="delete this chat's history",
        tools=["delete_history"],
        permissions={"delete_history": Permission(Verdict.WAITING)},
        history=3,
    )
    with pytest.raises(Parked):
        await answer(context)
    assert ([call.said for call in context.asked], context.history) == (["I will delete what was said here."], 3)


async def test_run_that_goes_on_is_not_taken_for_a_new_message() -> None:
    model = ScriptedProvider(called("delete_history", {}))
    first = MemoryContext(
        model, text="delete it", tools=["delete_history"], permissions={"call-1": Permission(Verdict.WAITING)}
    )
    with pytest.raises(Parked):
        await answer(first)
    turns = [Turn("assistant", "Shall I?"), Turn("user", "yes")]
    context = MemoryContext(
        ScriptedProvider(said("Deleted.")), turns=turns, earlier=first.records(), tools=["delete_history"], history=3
    )
    assert ((await answer(context)).text, context.history) == ("Deleted.", 0)


@pytest.mark.parametrize(("prompt", "begins"), [("Mine.", "Mine."), ("", "You carry out what people ask for")])
async def test_prompt_is_the_configured_or_the_shipped_one(prompt: str, begins: str) -> None:
    model = ScriptedProvider(said("Hi."))
    await answer(MemoryContext(model, text="hello", prompt=prompt))
    assert model.requests[0].system.startswith(begins)


async def test_answer_streams_as_it_comes() -> None:
    context = MemoryContext(ScriptedProvider(said("one two")), text="what can you do?")
    await answer(context)
    assert context.shown == ["one ", "one two "]
    assert len(context.kinds(StepKind.MODEL)) == 1
