from __future__ import annotations

from typing import Any

import pytest

from agents import structured
from agents.asking import Asked, Formless, ask
from agents.base import AgentError, StepKind, StepState
from agents.structured import Form
from tests.agents.context import MemoryContext
from tests.agents.scripted import ScriptedProvider, called, error, said

FORM = Form("note", "Records a note.", {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]})
MESSAGES = [{"role": "user", "content": "Note seven."}]
REFUSED = error("bad_request", retryable=False)


@pytest.fixture(autouse=True)
def _forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """No way of asking is remembered from another test."""
    monkeypatch.setattr(structured, "_preferred", {})


async def asked(context: MemoryContext, **given: Any) -> Asked:
    return await ask(context, FORM, **({"purpose": "note", "system": "Be brief.", "messages": MESSAGES} | given))


def requests(context: MemoryContext) -> list[Any]:
    assert isinstance(context._provider, ScriptedProvider)
    return context._provider.requests


async def test_schema_is_asked_for_first() -> None:
    context = MemoryContext(ScriptedProvider(said('{"a": 7}')))
    assert (await asked(context)).value == {"a": 7}
    (request,) = requests(context)
    assert (request.output_schema, list(request.tools), request.tool_choice) == (FORM.schema, [], None)
    assert request.system.startswith("Be brief.")


async def test_answer_is_stored_with_what_it_was_asked_for() -> None:
    context = MemoryContext(ScriptedProvider(said('{"a": 7}')))
    await asked(context)
    assert context.states() == [StepState.SUCCEEDED]
    assert context.starts[1].request["purpose"] == "note"


async def test_step_is_left_to_the_caller_who_wants_it() -> None:
    context = MemoryContext(ScriptedProvider(said('{"a": 7}')))
    reply = (await asked(context, store=False)).reply
    assert context.states() == [StepState.RUNNING]
    assert (reply.step, reply.result is not None) == (1, True)


async def test_endpoint_that_knows_no_schema_is_forced_to_call_a_tool() -> None:
    context = MemoryContext(ScriptedProvider(REFUSED, called("note", {"a": 7})))
    assert (await asked(context)).value == {"a": 7}
    request = requests(context)[1]
    assert (request.output_schema, request.tool_choice) == (None, {"type": "tool", "name": "note"})
    assert request.tools[0]["input_schema"] == FORM.schema
    assert context.states() == [StepState.FAILED, StepState.SUCCEEDED]


async def test_model_that_may_not_think_before_a_forced_call_is_told_not_to() -> None:
    thinks = error("bad_request", retryable=False)
    thinks.args = ("thinking may not be enabled when tool_choice forces tool use",)
    context = MemoryContext(ScriptedProvider(REFUSED, thinks, called("note", {"a": 7})))
    await asked(context)
    assert [request.thinking for request in requests(context)] == ["", "", "off"]


async def test_way_that_worked_is_tried_first_afterwards() -> None:
    await asked(MemoryContext(ScriptedProvider(REFUSED, called("note", {"a": 7}))))
    context = MemoryContext(ScriptedProvider(called("note", {"a": 8})))
    assert (await asked(context)).value == {"a": 8}


async def test_request_that_is_wrong_in_every_way_ends_after_each_was_tried() -> None:
    context = MemoryContext(ScriptedProvider(REFUSED, REFUSED, REFUSED))
    with pytest.raises(AgentError):
        await asked(context)
    assert len(requests(context)) == 3


async def test_fallback_model_begins_with_the_schema_again() -> None:
    providers = {"main": ScriptedProvider(REFUSED, REFUSED, REFUSED), "spare": ScriptedProvider(said('{"a": 7}'))}
    context = MemoryContext(providers=providers, fallback_models=("spare",))
    assert (await asked(context)).value == {"a": 7}
    assert providers["spare"].requests[0].output_schema == FORM.schema


async def test_passing_failure_is_tried_again_in_the_same_way() -> None:
    context = MemoryContext(ScriptedProvider(error("overloaded"), said('{"a": 7}')))
    assert (await asked(context)).value == {"a": 7}
    assert [request.output_schema for request in requests(context)] == [FORM.schema] * 2
    assert len(context.pauses) == 1


async def test_object_in_a_code_block_is_read() -> None:
    context = MemoryContext(ScriptedProvider(said('Here:\n```json\n{"a": 7}\n```')))
    assert (await asked(context)).value == {"a": 7}


@pytest.mark.parametrize("nonsense", ["I would rather talk.", "[1, 2]", '{"a": ', ""])
async def test_prose_leads_to_the_forced_tool(nonsense: str) -> None:
    context = MemoryContext(ScriptedProvider(said(nonsense), called("note", {"a": 7})))
    assert (await asked(context)).value == {"a": 7}
    assert requests(context)[1].tool_choice
    assert context.states() == [StepState.FAILED, StepState.SUCCEEDED]


async def test_answer_that_was_cut_is_asked_for_with_more_room() -> None:
    context = MemoryContext(ScriptedProvider(said('{"a": ', "max_tokens"), said('{"a": 7}')), max_output_tokens=100)
    await asked(context)
    assert [request.max_tokens for request in requests(context)] == [100, 200]


async def test_prose_twice_is_given_up_with_what_was_said() -> None:
    context = MemoryContext(ScriptedProvider(said("No."), said("Still no.")))
    with pytest.raises(Formless) as caught:
        await asked(context)
    assert caught.value.reply.text == "Still no."
    assert context.states() == [StepState.FAILED, StepState.FAILED]


async def test_answer_of_an_earlier_run_is_not_paid_again() -> None:
    first = MemoryContext(ScriptedProvider(said('{"a": 7}')))
    await asked(first)
    context = MemoryContext(ScriptedProvider(), earlier=first.records())
    again = await asked(context)
    assert (again.value, again.reply.step) == ({"a": 7}, None)
    assert context.starts == {}


async def test_answer_to_something_else_is_not_taken() -> None:
    first = MemoryContext(ScriptedProvider(said('{"a": 7}')))
    await asked(first, purpose="other")
    context = MemoryContext(ScriptedProvider(said('{"a": 8}')), earlier=first.records())
    assert (await asked(context)).value == {"a": 8}


async def test_people_do_not_see_json() -> None:
    context = MemoryContext(ScriptedProvider(said('{"a": 7}')))
    await asked(context)
    assert context.shown == []


async def test_nothing_is_asked_once_the_tokens_are_used_up() -> None:
    context = MemoryContext(ScriptedProvider(), max_tokens=10, spent_tokens=10)
    with pytest.raises(AgentError) as caught:
        await asked(context)
    assert not caught.value.retryable
    assert context.kinds(StepKind.MODEL) == []
