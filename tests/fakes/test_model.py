from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import anthropic
import httpx2
import pytest

from tests.fakes.model import FakeModel
from tests.fakes.model_replies import (
    Reply,
    broken,
    failure,
    hang,
    malformed,
    stall,
    text,
    tool,
    tools,
    trickle,
    truncated,
)


@pytest.fixture
def model() -> Iterator[FakeModel]:
    with FakeModel() as fake:
        yield fake


@pytest.fixture
def client(model: FakeModel) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(api_key="key", base_url=model.url, max_retries=0, timeout=5) as client:
        yield client


def ask(client: anthropic.Anthropic, *said: Any, timeout: float = 5) -> anthropic.types.Message:
    """One streamed call; each argument is the content of a message, user and assistant in turn."""
    messages: Any = [{"role": ("user", "assistant")[n % 2], "content": content} for n, content in enumerate(said)]
    with client.messages.stream(model="test", max_tokens=99, messages=messages, timeout=timeout) as stream:
        return stream.get_final_message()


def words(message: Any) -> str:
    return "".join(block.text for block in message.content if block.type == "text")


def test_without_a_script_the_question_is_echoed(client: anthropic.Anthropic) -> None:
    message = ask(client, "what?")
    assert (words(message), message.stop_reason) == ("answer to: what?", "end_turn")
    assert message.usage.output_tokens > 1


def test_without_streaming_the_answer_comes_whole(client: anthropic.Anthropic) -> None:
    message = client.messages.create(model="test", max_tokens=9, messages=[{"role": "user", "content": "what?"}])
    assert words(message) == "answer to: what?"


def test_a_script_is_followed_in_order(model: FakeModel, client: anthropic.Anthropic) -> None:
    model.script([text("one"), text("two", "max_tokens")])
    answers = [ask(client, "go") for _ in range(3)]
    assert [words(answer) for answer in answers] == ["one", "two", "answer to: go"]
    assert answers[1].stop_reason == "max_tokens"


def test_a_script_can_be_for_one_conversation(model: FakeModel, client: anthropic.Anthropic) -> None:
    model.script([text("for b")], when="b:")
    assert [words(ask(client, said)) for said in ("a: x", "b: x")] == ["answer to: a: x", "for b"]


def test_a_script_can_last_for_ever(model: FakeModel, client: anthropic.Anthropic) -> None:
    model.script([text("first"), text("then")], forever=True)
    assert [words(ask(client, "x")) for _ in range(3)] == ["first", "then", "then"]


def test_tool_calls_arrive_whole(model: FakeModel, client: anthropic.Anthropic) -> None:
    model.script([tools(("calculator", {"expression": "1+1"}), ("current_time", {}), said="Let me see.")])
    message = ask(client, "x")
    calls: list[Any] = [block for block in message.content if block.type == "tool_use"]
    assert [(call.name, call.input) for call in calls] == [("calculator", {"expression": "1+1"}), ("current_time", {})]
    assert (words(message), message.stop_reason) == ("Let me see.", "tool_use")


def test_an_empty_answer_has_no_content(model: FakeModel, client: anthropic.Anthropic) -> None:
    model.script([text("", "refusal")])
    message = ask(client, "x")
    assert (message.content, message.stop_reason) == ([], "refusal")


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (429, anthropic.RateLimitError),
        (500, anthropic.InternalServerError),
        (529, anthropic.InternalServerError),
        (400, anthropic.BadRequestError),
    ],
)
def test_errors_are_those_of_the_api(
    model: FakeModel, client: anthropic.Anthropic, status: int, error: type[anthropic.APIStatusError]
) -> None:
    model.script([failure(status, retry_after=7)])
    with pytest.raises(error) as raised:
        ask(client, "x")
    assert raised.value.status_code == status
    assert raised.value.response.headers["retry-after"] == "7"


@pytest.mark.parametrize("reply", [broken("some words"), malformed("some words"), truncated("some words")])
def test_a_stream_can_break_off(model: FakeModel, client: anthropic.Anthropic, reply: Reply) -> None:
    model.script([reply])
    with pytest.raises((anthropic.APIError, httpx2.RemoteProtocolError, ValueError)):
        ask(client, "x")


@pytest.mark.parametrize("reply", [hang(), stall("some words")])
def test_a_call_can_hang(model: FakeModel, client: anthropic.Anthropic, reply: Reply) -> None:
    model.script([reply])
    with pytest.raises(Exception, match=r"[Tt]imed out"):
        ask(client, "x", timeout=0.2)


def test_a_trickle_takes_its_time(model: FakeModel, client: anthropic.Anthropic) -> None:
    model.script([trickle("drop by drop", seconds=0.3)])
    ask(client, "x")
    [call] = model.wait_for(lambda call: call.status == 200)
    assert (call.answered or 0) - (call.first_byte or 0) >= 0.25


def test_streams_last_as_long_as_asked(model: FakeModel, client: anthropic.Anthropic) -> None:
    model.streaming(0.2, 0.3)
    ask(client, "x")
    [call] = model.wait_for(lambda call: call.status == 200)
    assert 0.2 <= (call.answered or 0) - call.arrived < 2


def test_a_stream_can_be_held_in_the_middle(model: FakeModel, client: anthropic.Anthropic) -> None:
    hold = model.hold_text("pinned", after_bytes=500)
    asking = threading.Thread(target=ask, args=(client, "pinned"))
    asking.start()
    [call] = model.wait_for(lambda call: call.accepted)
    assert words(ask(client, "free")) == "answer to: free"
    assert call.status is None
    hold.release()
    asking.join()
    assert call.status == 200


def test_what_was_asked_is_seen_message_by_message(model: FakeModel, client: anthropic.Anthropic) -> None:
    ask(client, "one\n---\ntwo")
    ask(client, "one\n---\ntwo", "fine", "three")
    assert model.asked() == [["one", "two"], ["three"]]


def test_a_tool_use_without_its_result_is_refused(model: FakeModel, client: anthropic.Anthropic) -> None:
    call = tool("calculator", {}).content
    with pytest.raises(anthropic.BadRequestError, match="without `tool_result` blocks"):
        ask(client, "x", call, "and then?")


def test_a_tool_result_without_its_use_is_refused(client: anthropic.Anthropic) -> None:
    with pytest.raises(anthropic.BadRequestError, match="unexpected `tool_use_id`"):
        ask(client, "x", "y", [{"type": "tool_result", "tool_use_id": "toolu_1", "content": "2"}])


def test_a_key_is_required(model: FakeModel) -> None:
    model.key = "right"
    wrong = anthropic.Anthropic(api_key="wrong", base_url=model.url, max_retries=0)
    with wrong, pytest.raises(anthropic.AuthenticationError):
        ask(wrong, "x")
