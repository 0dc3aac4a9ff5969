from __future__ import annotations

from typing import Any

from agents import thread
from agents.prompt import Message
from agents.thread import LEFT_OUT, LOST, Thread, paired, tool_result

CALL: Message = {"role": "assistant", "content": [{"type": "tool_use", "id": "a", "name": "t", "input": {}}]}
RESULT: Message = {"role": "user", "content": [tool_result("a", "fine", is_error=False)]}
LOST_RESULT: Message = {"role": "user", "content": [tool_result("a", LOST, is_error=True)]}


def test_whole_pairs_stay_as_they_are() -> None:
    assert paired([CALL, RESULT]) == [CALL, RESULT]


def test_call_without_a_result_gets_one() -> None:
    assert paired([CALL]) == [CALL, LOST_RESULT]


def test_call_followed_by_another_answer_gets_its_result_in_between() -> None:
    answer = {"role": "assistant", "content": [{"type": "text", "text": "Well."}]}
    assert paired([CALL, answer]) == [CALL, LOST_RESULT, answer]


def test_result_without_a_call_is_dropped() -> None:
    assert paired([RESULT]) == []


def test_result_of_another_call_is_dropped() -> None:
    stray = {"role": "user", "content": [tool_result("b", "stray", is_error=False)]}
    assert paired([CALL, stray]) == [CALL, LOST_RESULT]


def test_empty_text_is_not_sent_back() -> None:
    grown = Thread([{"role": "user", "content": "Hi"}])
    grown.said([{"type": "text", "text": " "}, *CALL["content"]])
    assert grown.grown == [CALL]


def test_oldest_tool_results_give_way_when_the_prompt_grows_too_long(monkeypatch: Any) -> None:
    monkeypatch.setattr(thread, "PROMPT_CHARS", 1500)
    grown = Thread([{"role": "user", "content": "Hi"}])
    for call in "abc":
        grown.said([{"type": "tool_use", "id": call, "name": "t", "input": {}}])
        grown.returned([tool_result(call, call * 500, is_error=False)])
    results = [message["content"][0]["content"] for message in grown.messages()[2::2]]
    assert results == [LEFT_OUT, "b" * 500, "c" * 500]
