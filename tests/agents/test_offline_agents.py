"""What the offline model does for the agents that act and inform, through the whole loop."""

from __future__ import annotations

from typing import Any

import pytest

from agents.base import Page, Parked, Permission, Turn, Verdict
from agents.providers.offline import OfflineProvider
from agents.providers.offline.quoting import NOT_WRITTEN, NOTHING_WRITTEN
from agents.registry import AGENTS
from tests.agents.context import MemoryContext
from tests.agents.scripted import PinNote, SendLetter

PAGES = [
    Page("About us", "This bot is run by the Example Society. It was founded in 1998.", "https://example.org/about"),
    Page("Opening hours", "- We are open Monday to Friday, from 9 to 17 h.\n- On public holidays nobody answers."),
    Page("Datenschutz", "Gespräche werden 30 Tage lang gespeichert. Danach werden sie gelöscht."),
]
WAITING = Permission(Verdict.WAITING)


def hitl(text: str, **given: Any) -> MemoryContext:
    return MemoryContext(OfflineProvider(), text=text, **({"tools": ["delete_history"], "history": 14} | given))


async def done(context: MemoryContext, agent: str = "hitl-agent") -> str:
    return (await AGENTS[agent].run(context.query, context)).text


async def informed(*said: str, pages: list[Page] | None = None) -> str:
    turns = [Turn("assistant" if number % 2 else "user", text) for number, text in enumerate(said)]
    context = MemoryContext(OfflineProvider(), turns=turns, pages=PAGES if pages is None else pages, prompt="")
    return await done(context, "info-agent")


@pytest.mark.parametrize(
    "text",
    [
        "delete this chat's history",
        "please clear my conversation history",
        "can you wipe everything I wrote to you here?",
        "lösche den Verlauf",
        "bitte den Verlauf löschen",
        "borra todo el historial de esta conversación",
        "efface l'historique de cette discussion",
        "удали историю чата",
        "删除聊天记录",
    ],
)
async def test_order_to_forget_is_restated_and_parks(text: str) -> None:
    context = hitl(text, permissions={"delete_history": WAITING})
    with pytest.raises(Parked):
        await done(context)
    (call,) = context.asked
    assert (call.tool.name, call.said) == ("delete_history", "I will delete what was said in this conversation so far.")


@pytest.mark.parametrize(
    "text",
    [
        "how do I delete the history?",
        "what happens if you delete this chat's history?",
        "don't delete the history",
        "tell me the history of Rome",
        "we should not clear the chat yet",
    ],
)
async def test_talk_about_forgetting_calls_nothing(text: str) -> None:
    context = hitl(text)
    await done(context)
    assert (context.asked, context.history) == ([], 14)


async def test_approved_deletion_is_reported() -> None:
    parked = hitl("delete this chat's history", permissions={"delete_history": WAITING})
    with pytest.raises(Parked):
        await done(parked)
    context = hitl("delete this chat's history", earlier=parked.records())
    assert await done(context) == "Done. Deleted 14 messages: all that was said before."


@pytest.mark.parametrize("told", ["Ada denied this call.", "Nobody decided about this call, so it was not made."])
async def test_deletion_that_was_not_made_is_not_claimed(told: str) -> None:
    refused = Permission(Verdict.REFUSED, told=f"{told} Do not try it again unless you are asked to. Say so plainly.")
    answer = await done(hitl("delete this chat's history", permissions={"delete_history": refused}))
    assert answer == f"All right, nothing was done: {told.partition(',')[0].rstrip('.')}."


async def test_order_that_no_tool_fits_names_what_the_tools_can_do() -> None:
    answer = await done(hitl("merge PR 71 please"))
    assert answer.startswith("None of my tools does this, so nothing has been done.")
    assert "- `delete_history`: Deletes what was said in this conversation so far, for good." in answer


async def test_order_without_any_tool_says_so() -> None:
    assert (await done(hitl("delete this chat's history", tools=[]))).startswith("I have no tool that does this")


async def test_named_tool_is_announced_before_it_is_called(letters: SendLetter) -> None:
    context = hitl('send_letter {"to": "Ada"}', tools=["send_letter"], permissions={"send_letter": WAITING})
    with pytest.raises(Parked):
        await done(context)
    assert context.asked[0].said == "I will call the tool `send_letter`, as you ask."


async def test_writing_tool_is_called_by_any_agent_that_has_it(notes: PinNote) -> None:
    context = hitl('pin_note {"text": "Hi"}', tools=["pin_note"])
    assert await done(context, "simple-agent") == "The tool `pin_note` answered:\n\nPinned."
    assert notes.pinned == ["Hi"]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (
            "who runs this bot?",
            "This bot is run by the Example Society.\n\nSource: [About us](https://example.org/about)",
        ),
        ("when are you open?", "We are open Monday to Friday, from 9 to 17 h.\n\nSource: Opening hours"),
        (
            "wie lange werden Gespräche gespeichert?",
            "Gespräche werden 30 Tage lang gespeichert.\n\nSource: Datenschutz",
        ),
    ],
)
async def test_question_is_answered_from_the_page_that_fits(question: str, answer: str) -> None:
    assert await informed(question) == answer


@pytest.mark.parametrize("question", ["what does the moon weigh?", "is there parking?"])
async def test_what_no_page_says_is_admitted(question: str) -> None:
    assert (await informed(question)).startswith(NOT_WRITTEN)


async def test_without_pages_it_says_that_nothing_has_been_written() -> None:
    assert (await informed("who runs this bot?", pages=[])).startswith(NOTHING_WRITTEN)


async def test_what_it_can_do_is_answered_without_a_page() -> None:
    assert "**use tools**" in await informed("what can you do?", pages=[])


async def test_several_questions_get_their_own_answers_and_all_sources() -> None:
    answer = await informed("who runs this bot?\n---\nwhen are you open?")
    assert answer.index("Example Society") < answer.index("Monday to Friday")
    assert answer.endswith("Sources: [About us](https://example.org/about), Opening hours")


async def test_greeting_is_no_question_about_the_pages() -> None:
    assert (await informed("hello")).startswith("Hello!")
