"""Tools that touch nothing but the conversation and the run itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from agents.base import AgentError, Permission, ToolResult, Verdict
from agents.loop import converse
from agents.schema import unfit
from agents.tools.ask_user import AskUser
from agents.tools.registry import TOOLS
from agents.tools.scratchpad import NOTE_CHARS, NOTES
from agents.tools.set_reminder import Unusable, moment
from tests.agents.context import MemoryContext
from tests.agents.scripted import ScriptedProvider, called, said

NOW = datetime(2026, 3, 31, 12, 0, tzinfo=UTC)


async def call(context: MemoryContext, tool: str, /, **arguments: Any) -> ToolResult:
    assert not unfit(TOOLS[tool].input_schema, arguments)
    return await TOOLS[tool].call(arguments, context)


# -- ask_user


async def test_answer_stands_in_front_of_the_result() -> None:
    answered = Permission(Verdict.ALLOWED, {"question": "Which?"}, told="Ada answered: the first")
    provider = ScriptedProvider(called("ask_user", {"question": "Which?"}), said("Good."))
    context = MemoryContext(provider, tools=["ask_user"], permissions={"ask_user": answered})
    await converse(context, system="")
    assert provider.requests[1].messages[-1]["content"][0]["content"].startswith("Ada answered: the first")


def test_question_waits_for_the_requester_and_may_be_asked_again() -> None:
    tool = AskUser()
    assert (tool.asks, tool.needs_approval, tool.confined, tool.repeatable, tool.writes) == (
        True,
        True,
        True,
        True,
        False,
    )
    assert tool.describe({"question": "Which\u202e one?\n"}) == "Which one?"


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"question": ""},
        {"question": "Which?", "options": [str(number) for number in range(7)]},
        {"question": "Which?", "options": ["x" * 61]},
        {"question": "Which?", "options": ["a", "a"]},
        {"question": "Which?", "options": [""]},
    ],
)
def test_question_that_makes_no_buttons_is_refused(arguments: dict[str, Any]) -> None:
    assert unfit(AskUser.input_schema, arguments)


# -- set_reminder


async def test_reminder_is_set_for_the_moment() -> None:
    context, at = MemoryContext(), datetime.now(UTC).replace(microsecond=0) + timedelta(days=3)
    result = await call(context, "set_reminder", text="Water the plants.", when=at.isoformat())
    assert context.reminders == [(at, "Water the plants.")]
    assert result.content.startswith("Set: reminder 1. It will be posted at ")


async def test_reminder_in_minutes_counts_from_now() -> None:
    context = MemoryContext()
    await call(context, "set_reminder", text="Tea.", in_minutes=4)
    assert abs(context.reminders[0][0] - datetime.now(UTC) - timedelta(minutes=4)) < timedelta(seconds=5)


@pytest.mark.parametrize(
    ("arguments", "at"),
    [
        ({"when": "2026-04-01T09:00:00+02:00"}, "2026-04-01T07:00:00+00:00"),
        ({"when": "2026-04-01T09:00Z"}, "2026-04-01T09:00:00+00:00"),
        ({"when": "2026-03-31T11:59:30Z"}, "2026-03-31T12:00:00+00:00"),
        ({"in_minutes": 90}, "2026-03-31T13:30:00+00:00"),
        ({"in_minutes": 366 * 24 * 60}, "2027-04-01T12:00:00+00:00"),
    ],
)
def test_moment_is_read(arguments: dict[str, Any], at: str) -> None:
    assert moment(arguments, NOW).astimezone(UTC).isoformat() == at


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({}, "Give either"),
        ({"when": "2026-04-01T09:00Z", "in_minutes": 5}, "Give either"),
        ({"when": "2026-04-01T09:00:00"}, "names no time zone"),
        ({"when": "2026-04-01"}, "names no time zone"),
        ({"when": "tomorrow"}, "no moment in ISO 8601"),
        ({"when": "2026-02-30T09:00Z"}, "no moment in ISO 8601"),
        ({"when": "0001-01-01T00:00+14:00"}, "no moment in ISO 8601"),
        ({"when": "2026-03-31T11:00Z"}, "has passed"),
        ({"when": "2027-04-02T12:01Z"}, "more than a year"),
        ({"when": "9999-12-31T23:59-12:00"}, "no moment in ISO 8601"),
    ],
)
def test_moment_that_cannot_be_used_is_explained(arguments: dict[str, Any], says: str) -> None:
    with pytest.raises(Unusable, match=says):
        moment(arguments, NOW)


@pytest.mark.parametrize("arguments", [{"text": "\u200b", "in_minutes": 5}, {"text": "Tea."}])
async def test_reminder_that_cannot_be_set_is_an_error(arguments: dict[str, Any]) -> None:
    context = MemoryContext()
    result = await call(context, "set_reminder", **arguments)
    assert (result.is_error, context.reminders) == (True, [])


async def test_platform_that_has_no_reminders_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    async def none_here(*_: object) -> str:
        raise AgentError("there are no reminders here", retryable=False)

    monkeypatch.setattr(MemoryContext, "remind", none_here)
    result = await call(MemoryContext(), "set_reminder", text="Tea.", in_minutes=5)
    assert (result.is_error, result.content) == (True, "No reminder was set: there are no reminders here")


def test_reminder_is_described_to_whoever_decides() -> None:
    described = TOOLS["set_reminder"].describe({"text": "Tea\nnow", "in_minutes": 4})
    assert described == "Post a reminder into this conversation in 4 minutes: “Tea now”."
    assert (TOOLS["set_reminder"].writes, TOOLS["set_reminder"].confined, TOOLS["set_reminder"].repeatable) == (
        True,
        True,
        False,
    )


# -- todo


@pytest.mark.parametrize(
    ("arguments", "asked"),
    [
        ({"action": "add", "text": " Buy\nmilk "}, "Buy milk"),
        ({"action": "done", "number": 3}, "done 3"),
        ({"action": "remove", "number": 3}, "remove 3"),
        ({"action": "list"}, ""),
    ],
)
async def test_list_is_asked_in_its_own_words(arguments: dict[str, Any], asked: str) -> None:
    context = MemoryContext()
    result = await call(context, "todo", **arguments)
    assert (context.todos, result.is_error) == ([asked], False)


@pytest.mark.parametrize(
    "arguments",
    [
        {"action": "add"},
        {"action": "add", "text": " "},
        {"action": "add", "text": "Done #3"},
        {"action": "done"},
        {"action": "remove"},
    ],
)
async def test_list_is_not_asked_for_what_is_not_clear(arguments: dict[str, Any]) -> None:
    context = MemoryContext()
    assert (await call(context, "todo", **arguments)).is_error
    assert context.todos == []


@pytest.mark.parametrize("action", ["add", "done", "remove", "list"])
def test_change_of_the_list_is_described(action: str) -> None:
    assert "list of things to do" in TOOLS["todo"].describe({"action": action, "text": "x", "number": 1})


# -- plan


async def test_plan_is_shown_and_kept() -> None:
    context = MemoryContext()
    items = [
        {"text": "Read\nit", "state": "done"},
        {"text": "Change it", "state": "doing"},
        {"text": "Test it", "state": "todo"},
    ]
    shown = "✓ Read it\n▸ Change it\n· Test it"
    assert (await call(context, "plan", items=items)).content == shown
    assert context.shown == [shown]
    assert (await call(context, "plan")).content == shown


async def test_plan_that_was_never_made_is_told() -> None:
    assert (await call(MemoryContext(), "plan")).content == "There is no plan yet."


# -- scratchpad


async def test_note_is_written_added_to_read_and_cleared() -> None:
    context = MemoryContext()
    await call(context, "scratchpad", action="write", name="found", text="one")
    await call(context, "scratchpad", action="append", name="found", text="two")
    assert (await call(context, "scratchpad", action="read", name="found")).content == "one\ntwo"
    assert "- found: 7 characters" in (await call(context, "scratchpad", action="read")).content
    await call(context, "scratchpad", action="clear", name="found")
    assert (await call(context, "scratchpad", action="read", name="found")).is_error


async def test_notes_leave_the_plan_alone() -> None:
    context = MemoryContext()
    await call(context, "plan", items=[{"text": "Read", "state": "todo"}])
    await call(context, "scratchpad", action="write", name="plan", text="mine")
    assert (await call(context, "plan")).content == "· Read"
    assert "plan: 4" in (await call(context, "scratchpad", action="read")).content


async def test_notes_are_bounded() -> None:
    context = MemoryContext()
    for number in range(NOTES):
        await call(context, "scratchpad", action="write", name=f"n{number}", text="x" * NOTE_CHARS)
    assert (await call(context, "scratchpad", action="write", name="one more", text="x")).is_error
    assert (await call(context, "scratchpad", action="append", name="n0", text="x")).is_error
    assert len(context.notes_kept["pad:n0"]) == NOTE_CHARS


@pytest.mark.parametrize("arguments", [{"action": "write", "text": "x"}, {"action": "write", "name": "n", "text": " "}])
async def test_note_without_name_or_text_is_refused(arguments: dict[str, Any]) -> None:
    context = MemoryContext()
    assert (await call(context, "scratchpad", **arguments)).is_error
    assert context.notes_kept == {}
