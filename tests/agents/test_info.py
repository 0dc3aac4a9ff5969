from __future__ import annotations

import pytest

from agents.base import AgentResult, Page, Turn
from agents.outcome import CUT, REFUSED
from agents.registry import AGENTS
from tests.agents.context import MemoryContext
from tests.agents.scripted import ScriptedProvider, said

PAGES = [Page("Opening hours", "Nine to five.", "https://example.org/hours"), Page("Who we are", "A club.")]


async def answer(reply: str, stop_reason: str = "end_turn", **context: object) -> tuple[AgentResult, str]:
    """The answer, and the system prompt that the model was given."""
    model = ScriptedProvider(said(reply, stop_reason))
    given: dict[str, object] = {"text": "When are you open?", "pages": PAGES, "prompt": ""}
    asked = MemoryContext(model, **(given | context))  # type: ignore[arg-type]
    found = await AGENTS["info-agent"].run(asked.query, asked)
    return found, model.requests[0].system


async def test_answer_ends_with_its_source() -> None:
    found, _ = await answer("From nine to five.\n\n[1]")
    assert found.text == "From nine to five.\n\nSource: [Opening hours](https://example.org/hours)"
    assert found.note == ""


async def test_models_step_stays_as_it_was() -> None:
    found, _ = await answer("From nine to five.\n\n[1]")
    assert found.last_result
    assert found.last_result.response["content"] == [{"type": "text", "text": "From nine to five.\n\n[1]"}]


async def test_answer_without_a_source_is_noted() -> None:
    found, _ = await answer("Hello!")
    assert (found.text, found.note) == ("Hello!", "no source")


async def test_model_reads_the_pages_and_how_to_cite_them() -> None:
    _, system = await answer("Hi.")
    assert '<page number="1" title="Opening hours">\nNine to five.\n</page>' in system
    assert "[1]" in system


async def test_without_pages_the_model_is_told_so_and_the_operator_too() -> None:
    found, system = await answer("Nothing has been written down about that.", pages=[])
    assert "No page has been written yet." in system
    assert found.note == "no pages"


async def test_page_that_was_not_shown_is_no_source() -> None:
    filler = "Nothing of interest stands here. " * 100
    many = [Page(f"Page {number}", filler) for number in range(20)] + [Page("Hours", f"{filler}\n\nOpen at nine.")]
    found, system = await answer("From nine.\n\n[1][21]", pages=many, text="open nine?")
    assert 'number="21"' in system
    assert 'number="1"' not in system
    assert found.text == "From nine.\n\nSource: Hours"


async def test_follow_up_question_finds_its_page_by_what_was_said_before() -> None:
    filler = "Nothing of interest stands here. " * 100
    many = [Page(f"Page {number}", filler) for number in range(20)] + [Page("Hours", f"{filler}\n\nOpen at nine.")]
    turns = [Turn("user", "when are you open?"), Turn("assistant", "At nine."), Turn("user", "and on Sundays?")]
    _, system = await answer("Hm.", pages=many, turns=turns)
    assert "Open at nine." in system


@pytest.mark.parametrize(
    ("reply", "stop_reason", "text", "note"),
    [
        ("Nine to\n\n[1]", "max_tokens", f"Nine to\n\n{CUT}\n\nSource: [Opening hours]", "max_tokens"),
        ("No.", "refusal", REFUSED, "refusal"),
    ],
)
async def test_note_of_the_model_comes_first(reply: str, stop_reason: str, text: str, note: str) -> None:
    found, _ = await answer(reply, stop_reason)
    assert found.text.startswith(text)
    assert found.note == note


async def test_answer_streams_as_it_comes() -> None:
    context = MemoryContext(ScriptedProvider(said("Nine. [1]")), pages=PAGES)
    await AGENTS["info-agent"].run(context.query, context)
    assert context.shown == ["Nine. ", "Nine. [1] "]


async def test_configured_prompt_is_used() -> None:
    _, system = await answer("Hi.", prompt="Mine.")
    assert system.startswith("Mine.\n\n<pages>")
