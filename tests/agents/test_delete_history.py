from __future__ import annotations

import pytest

from agents.base import Risk
from agents.tools.delete_history import DeleteHistory
from tests.agents.context import MemoryContext


@pytest.mark.parametrize(("count", "words"), [(14, "Deleted 14 messages"), (1, "Deleted 1 message:")])
async def test_result_says_how_many_messages_went(count: int, words: str) -> None:
    context = MemoryContext(history=count)
    result = await DeleteHistory().call({}, context)
    assert words in result.content
    assert context.history == 0


async def test_second_call_says_that_nothing_is_left() -> None:
    context = MemoryContext(history=2)
    await DeleteHistory().call({}, context)
    result = await DeleteHistory().call({}, context)
    assert (result.content, result.is_error) == ("Nothing that was said before this request is left.", False)


def test_every_call_needs_a_decision_that_the_requester_may_make() -> None:
    tool = DeleteHistory()
    assert (tool.risk, tool.needs_approval, tool.writes, tool.confined) == (Risk.HIGH, True, True, True)
    assert tool.describe({}) == "Delete what was said in this conversation so far. This cannot be undone."
