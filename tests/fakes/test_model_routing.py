"""Requests for a classification: answered in their shape, and no part of what tests count."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

import anthropic
import httpx2
import pytest

from tests.fakes.model import MESSAGES, FakeModel
from tests.fakes.model_replies import Reply, failure, hang, malformed, text
from tests.fakes.model_routing import CLASSIFY, SIMPLE

FIELDS: dict[str, Any] = {
    "type": {"enum": ["simple", "complex", "tool_confirmation"]},
    "category": {"type": "string"},
    "complexity": {"type": "string"},
    "requires_human_approval": {"type": "boolean"},
    "reasoning": {"type": "string"},
}
SCHEMA = {"type": "object", "properties": FIELDS}
BY_SCHEMA: dict[str, Any] = {"output_config": {"format": {"type": "json_schema", "schema": SCHEMA}}}
CLASSIFIER = {"name": "classify", "input_schema": SCHEMA}
CALCULATOR = {"name": "calculator", "input_schema": {"type": "object", "properties": {}}}
BY_ONLY_TOOL = {"tools": [CLASSIFIER]}
BY_FORCED_TOOL = {"tools": [CALCULATOR, CLASSIFIER], "tool_choice": {"type": "tool", "name": "classify"}}
COMPLEX = {**SIMPLE, "type": "complex", "complexity": "high"}


@pytest.fixture
def model() -> Iterator[FakeModel]:
    with FakeModel() as fake:
        yield fake


@pytest.fixture
def client(model: FakeModel) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(api_key="key", base_url=model.url, max_retries=0, timeout=5) as client:
        yield client


def ask(client: anthropic.Anthropic, said: str, timeout: float = 5, **shape: Any) -> Any:
    """One streamed call; its first block."""
    messages: Any = [{"role": "user", "content": said}]
    with client.messages.stream(
        model="test", max_tokens=99, messages=messages, timeout=timeout, extra_body=shape
    ) as stream:
        return stream.get_final_message().content[0]


def classify(client: anthropic.Anthropic, said: str, timeout: float = 5) -> Any:
    return json.loads(ask(client, said, timeout, **BY_SCHEMA).text)


def test_structured_output_gets_json_as_text(client: anthropic.Anthropic) -> None:
    assert classify(client, "hi") == SIMPLE


@pytest.mark.parametrize("shape", [BY_ONLY_TOOL, BY_FORCED_TOOL])
def test_a_tool_gets_its_arguments(client: anthropic.Anthropic, shape: dict[str, Any]) -> None:
    block = ask(client, "hi", **shape)
    assert (block.type, block.name, block.input) == ("tool_use", "classify", SIMPLE)


@pytest.mark.parametrize(
    "shape",
    [
        {"tools": [CALCULATOR]},
        {"tools": [CALCULATOR, CLASSIFIER]},
        {"tools": [CALCULATOR, CLASSIFIER], "tool_choice": {"type": "tool", "name": "calculator"}},
        {
            "output_config": {
                "format": {"type": "json_schema", "schema": {"type": "object", "properties": {"type": {}}}}
            }
        },
    ],
)
def test_other_tools_and_schemas_ask_for_an_answer(
    model: FakeModel, client: anthropic.Anthropic, shape: dict[str, Any]
) -> None:
    assert ask(client, "hi", **shape).text == "answer to: hi"
    assert (len(model.requests), len(model.classifications)) == (1, 0)


def test_without_streaming_the_classification_comes_whole(client: anthropic.Anthropic) -> None:
    messages: Any = [{"role": "user", "content": "hi"}]
    message = client.messages.create(model="test", max_tokens=9, messages=messages, extra_body=BY_SCHEMA)
    assert json.loads(message.content[0].text) == SIMPLE  # type: ignore[union-attr]


# -- what it is


def test_a_classification_of_one_s_own_is_for_all(model: FakeModel, client: anthropic.Anthropic) -> None:
    model.classification = COMPLEX
    assert [classify(client, said) for said in ("one", "two")] == [COMPLEX, COMPLEX]


def test_a_classification_may_depend_on_the_message_alone(model: FakeModel, client: anthropic.Anthropic) -> None:
    model.classification = lambda said: {**SIMPLE, "reasoning": said}
    said = (
        '<untrusted source="earlier">\nbefore\n</untrusted>\n\nNow:\n\n<untrusted source="message">\nnow\n</untrusted>'
    )
    assert classify(client, said)["reasoning"] == "now"
    assert classify(client, "unmarked")["reasoning"] == "unmarked"


def test_scripts_are_used_up_in_order(model: FakeModel, client: anthropic.Anthropic) -> None:
    model.classify([COMPLEX], when="hard")
    assert [classify(client, said) for said in ("easy", "hard", "hard")] == [SIMPLE, COMPLEX, SIMPLE]


def test_reset_forgets_classifications(model: FakeModel, client: anthropic.Anthropic) -> None:
    model.classification = COMPLEX
    model.classify([COMPLEX])
    classify(client, "one")
    model.reset()
    assert model.classifications == []
    assert classify(client, "two") == SIMPLE


# -- kept apart


def test_a_classification_uses_up_no_scripted_answer(model: FakeModel, client: anthropic.Anthropic) -> None:
    model.script([text("scripted")])
    assert classify(client, "hi") == SIMPLE
    assert ask(client, "hi").text == "scripted"


def test_what_counts_answers_counts_no_classification(model: FakeModel, client: anthropic.Anthropic) -> None:
    classify(client, "hi")
    assert (model.calls, model.requests, model.asked(), model.count(), model.counts()) == ([], [], [], 0, {})
    assert [prompt["messages"][0]["content"] for prompt in model.classifications] == ["hi"]
    assert [call.text for call in model.wait_for(CLASSIFY, where=lambda call: call.status == 200)] == ["hi"]


def test_rules_for_all_calls_leave_classifications_alone(model: FakeModel, client: anthropic.Anthropic) -> None:
    for name in ("*", "*/v1/messages", MESSAGES):
        model.refuse(500, name, times=1)
    assert classify(client, "hi") == SIMPLE
    with pytest.raises(anthropic.InternalServerError):
        ask(client, "hi")


def test_the_pace_of_answers_is_not_that_of_classifications(model: FakeModel, client: anthropic.Anthropic) -> None:
    model.streaming(3, 4)
    assert classify(client, "hi", timeout=2) == SIMPLE


# -- broken


def test_rules_that_name_classifications_apply(model: FakeModel, client: anthropic.Anthropic) -> None:
    hold = model.hold(CLASSIFY, times=1)
    found: list[Any] = []
    asking = threading.Thread(target=lambda: found.append(classify(client, "hi")))
    asking.start()
    model.wait_for(CLASSIFY)
    assert ask(client, "meanwhile").text == "answer to: meanwhile"
    assert found == []
    hold.release()
    asking.join()
    assert found == [SIMPLE]


def test_a_classification_can_fail(model: FakeModel, client: anthropic.Anthropic) -> None:
    model.classify([failure(529)])
    with pytest.raises(anthropic.InternalServerError):
        classify(client, "hi")
    assert classify(client, "hi") == SIMPLE


def test_a_classification_can_hang(model: FakeModel, client: anthropic.Anthropic) -> None:
    model.classify([hang()])
    with pytest.raises(Exception, match=r"[Tt]imed out"):
        classify(client, "hi", timeout=0.2)


def test_a_classification_can_break_off(model: FakeModel, client: anthropic.Anthropic) -> None:
    model.classify([malformed("{")])
    with pytest.raises((anthropic.APIError, httpx2.RemoteProtocolError, ValueError)):
        classify(client, "hi")


@pytest.mark.parametrize("reply", [text("I would say it is simple."), text('{"type": "si'), {"type": "unheard of"}])
def test_a_classification_can_be_nonsense(
    model: FakeModel, client: anthropic.Anthropic, reply: Reply | dict[str, Any]
) -> None:
    model.classify([reply])
    said = ask(client, "hi", **BY_SCHEMA).text
    assert said == (reply.content[0]["text"] if isinstance(reply, Reply) else json.dumps(reply))
