"""What a run may use: tokens and dollars. The scripted model takes 10 tokens in, 5 out; a call costs 0.02."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from agents.base import AgentError, StepState
from agents.loop import converse
from agents.outcome import CUT, STOPPED, TOO_DEAR, TOO_MUCH
from tests.agents.context import MemoryContext
from tests.agents.scripted import ScriptedProvider, SendLetter, called, said

SUM = called("calculator", {"expression": "1+1"}, text="Let me see.")


def limited(*replies: Any, **settings: Any) -> MemoryContext:
    return MemoryContext(ScriptedProvider(*replies), tools=["calculator", "send_letter"], **settings)


@pytest.mark.parametrize(
    ("limits", "note", "words"),
    [
        ({"max_tokens": 15}, "max_tokens_of_run", TOO_MUCH),
        ({"max_cost_usd": Decimal("0.02")}, "max_cost", TOO_DEAR),
    ],
)
async def test_limit_ends_with_what_was_said_and_a_note(limits: dict[str, Any], note: str, words: str) -> None:
    answer = await converse(limited(SUM, **limits), system="")
    assert (answer.text, answer.note, answer.last_step) == (f"Let me see.\n\n{words}", note, 1)


@pytest.mark.parametrize("limits", [{"max_tokens": 31}, {"max_cost_usd": Decimal("0.05")}])
async def test_run_goes_on_below_its_limits(limits: dict[str, Any]) -> None:
    answer = await converse(limited(SUM, said("Two."), **limits), system="")
    assert (answer.text, answer.note) == ("Two.", "")


async def test_tools_are_not_called_when_nobody_could_read_their_results(letters: SendLetter) -> None:
    await converse(limited(called("send_letter", {"to": "Ada"}), max_tokens=15), system="")
    assert letters.sent == []


@pytest.mark.parametrize(
    "spent",
    [
        {"spent_tokens": 100, "max_tokens": 100},
        {"spent_usd": Decimal("0.3"), "max_cost_usd": Decimal("0.3")},
    ],
)
async def test_what_earlier_runs_used_counts(spent: dict[str, Any]) -> None:
    context = limited(said("Never said."), **spent)
    with pytest.raises(AgentError) as caught:
        await converse(context, system="")
    assert "I stopped here" in caught.value.public
    assert not caught.value.retryable
    assert context.starts == {}


@pytest.mark.parametrize(
    ("limits", "room"),
    [
        ({"max_tokens": 150}, 150),
        ({"max_tokens": 150, "spent_tokens": 100}, 50),
        ({"max_cost_usd": Decimal("0.2")}, 100),
        ({"max_cost_usd": Decimal("0.2"), "spent_usd": Decimal("0.1")}, 50),
        ({"max_tokens": 9_999_999}, 4096),
        ({}, 4096),
    ],
)
async def test_one_call_may_have_what_is_left(limits: dict[str, Any], room: int) -> None:
    context = limited(said("Hi."), **limits)
    await converse(context, system="")
    assert context.starts[1].request["max_tokens"] == room


async def test_answer_that_was_cut_for_want_of_tokens_is_noted_as_such() -> None:
    answer = await converse(limited(said("Half of it", "max_tokens"), max_tokens=15), system="")
    assert (answer.text, answer.note) == (f"Half of it\n\n{CUT}", "max_tokens_of_run")


async def test_second_attempt_at_a_cut_reply_needs_room() -> None:
    context = limited(said("", "max_tokens"), max_tokens=15)
    with pytest.raises(AgentError):
        await converse(context, system="")
    assert context.states() == [StepState.FAILED]


async def test_free_model_knows_no_limit_on_dollars(monkeypatch: pytest.MonkeyPatch) -> None:
    context = limited(said("Hi."), max_cost_usd=Decimal("0.01"))
    monkeypatch.setattr(context, "price", lambda *_: Decimal(0))
    await converse(context, system="")
    assert context.starts[1].request["max_tokens"] == 4096


@pytest.mark.parametrize(
    ("model", "priced"),
    [("main", "anthropic:main"), ("anthropic:main", "anthropic:main"), ("openrouter:a/b:c", "openrouter:a/b:c")],
)
async def test_price_is_looked_up_by_provider_and_model(
    monkeypatch: pytest.MonkeyPatch, model: str, priced: str
) -> None:
    context, asked = limited(said("Hi."), model=model), set()

    def price(name: str, *_: int) -> Decimal:
        asked.add(name)
        return Decimal(0)

    monkeypatch.setattr(context, "price", price)
    await converse(context, system="")
    assert asked == {priced}


@pytest.mark.parametrize("limit", sorted(STOPPED))
def test_every_limit_has_its_row_with_the_words_that_people_read(limit: str) -> None:
    table = (Path(__file__).parents[2] / "docs" / "stop-reasons.md").read_text()
    (row,) = [line for line in table.splitlines() if line.startswith(f"| `{limit}` |")]
    assert row.endswith(f"| {STOPPED[limit].strip('_()')} |")
