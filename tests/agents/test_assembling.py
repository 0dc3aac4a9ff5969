from __future__ import annotations

from typing import Any

import pytest

from agents.providers.assembling import Assembly
from agents.providers.base import ModelResponse, TextDelta, Usage


def start(block: dict[str, Any], index: int = 0) -> dict[str, Any]:
    return {"type": "content_block_start", "index": index, "content_block": block}


def delta(kind: str, index: int = 0, **fields: Any) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": index, "delta": {"type": kind, **fields}}


def stopped(reason: str) -> dict[str, Any]:
    return {"type": "message_delta", "delta": {"stop_reason": reason}, "usage": {"output_tokens": 9}}


def assembled(*events: dict[str, Any]) -> ModelResponse:
    assembly = Assembly("m")
    for event in events:
        assembly.add(event)
    return assembly.response()


def test_thinking_is_passed_through_with_its_signature() -> None:
    response = assembled(
        start({"type": "thinking", "thinking": "", "signature": ""}),
        delta("thinking_delta", thinking="Let me "),
        delta("thinking_delta", thinking="see."),
        delta("signature_delta", signature="abc"),
        start({"type": "redacted_thinking", "data": "xyz"}, 1),
        start({"type": "text", "text": ""}, 2),
        delta("text_delta", 2, text="Hi"),
    )
    assert response.content == [
        {"type": "thinking", "thinking": "Let me see.", "signature": "abc"},
        {"type": "redacted_thinking", "data": "xyz"},
        {"type": "text", "text": "Hi"},
    ]


def test_usage_is_summed_up_from_both_ends_of_the_stream() -> None:
    usage = {"input_tokens": 3, "cache_read_input_tokens": 4, "cache_creation_input_tokens": 5, "output_tokens": 1}
    response = assembled({"type": "message_start", "message": {"model": "m-1", "usage": usage}}, stopped("end_turn"))
    assert (response.usage, response.model, response.stop_reason) == (Usage(3, 9, 4, 5), "m-1", "end_turn")


def test_unknown_events_and_deltas_are_ignored() -> None:
    response = assembled({"type": "novelty"}, start({"type": "text", "text": ""}), delta("novel_delta", stuff=1))
    assert response.content == [{"type": "text", "text": ""}]


def test_text_that_comes_with_the_start_of_its_block_is_shown() -> None:
    assert Assembly("m").add(start({"type": "text", "text": "Hi"})) == TextDelta("Hi")


def test_arguments_come_in_pieces() -> None:
    call = start({"type": "tool_use", "id": "a", "name": "t", "input": {}})
    pieces = [delta("input_json_delta", partial_json=piece) for piece in ('{"a', '": 1}')]
    assert assembled(call, *pieces).content[0]["input"] == {"a": 1}


def test_call_without_arguments_has_none() -> None:
    call = start({"type": "tool_use", "id": "a", "name": "t", "input": {}})
    assert assembled(call, delta("input_json_delta", partial_json="")).content[0]["input"] == {}


@pytest.mark.parametrize("arguments", ['{"a": ', "[1]"])
def test_broken_arguments_are_refused(arguments: str) -> None:
    call = start({"type": "tool_use", "id": "a", "name": "t", "input": {}})
    with pytest.raises(ValueError, match=r"object|Expecting"):
        assembled(call, delta("input_json_delta", partial_json=arguments), stopped("tool_use"))


def test_arguments_that_max_tokens_cut_are_left_empty() -> None:
    call = start({"type": "tool_use", "id": "a", "name": "t", "input": {}})
    response = assembled(call, delta("input_json_delta", partial_json='{"a": '), stopped("max_tokens"))
    assert response.content[0]["input"] == {}
