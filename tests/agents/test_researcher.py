from __future__ import annotations

from typing import Any

import pytest

from agents.base import AgentError, AgentResult, PageRead, Parked, PlanReport, StepState
from agents.plans import Source
from agents.registry import AGENTS
from agents.researcher import NO_LOOK_UP, NOT_JOINED
from agents.synthesis.citing import NO_SOURCES
from agents.synthesis.missing import HEADING
from agents.workers.working import ONLY_THINKS
from tests.agents.context import MemoryContext
from tests.agents.plans import WORKERS, done, failed, in_form, report
from tests.agents.scripted import ScriptedProvider, error, said

BROKEN = error("auth", retryable=False)
READ = [
    PageRead("https://a.example", "The tower is 300 metres high.", "Tower"),
    PageRead("https://b.example", "Four five six."),
]
SOURCES = (Source("https://a.example", quote="The tower is 300 metres"), Source("https://b.example"))


def given(*replies: Any, **changes: Any) -> MemoryContext:
    return MemoryContext(
        ScriptedProvider(*replies), **({"workers": WORKERS, "text": "How high is it?", "read": READ} | changes)
    )


async def run(context: MemoryContext) -> AgentResult:
    return await AGENTS["lead-researcher-agent"].run(context.query, context)


def asked(count: int, effort: str = "standard") -> Any:
    questions = [{"title": f"Part {number}", "question": f"What of part {number}?"} for number in range(count)]
    return in_form({"effort": effort, "summary": "The height", "questions": questions})


async def dispatched(context: MemoryContext) -> int:
    with pytest.raises(Parked):
        await run(context)
    return len(context.dispatched[0].steps)


def requests(context: MemoryContext) -> list[Any]:
    assert isinstance(context._provider, ScriptedProvider)
    return context._provider.requests


# -- sub-questions


async def test_sub_questions_are_looked_into_at_the_same_time() -> None:
    context = given(asked(3))
    await dispatched(context)
    (draft,) = context.dispatched
    assert draft.summary == "The height (effort: standard)"
    assert {(step.worker, step.depends_on) for step in draft.steps} == {("research", ())}
    assert (draft.steps[0].description, draft.steps[0].task) == ("Part 0", "What of part 0?")


@pytest.mark.parametrize(("effort", "least", "most"), [("minimal", 1, 2), ("standard", 3, 5), ("thorough", 6, 10)])
async def test_effort_says_how_many_there_are(effort: str, least: int, most: int) -> None:
    for count in (least, most):
        assert await dispatched(given(asked(count, effort))) == count
    too_many = given(asked(most + 1, effort), asked(most + 1, effort))
    assert await dispatched(too_many) == most
    assert f"there have to be {least} to {most}" in requests(too_many)[1].messages[-1]["content"]


@pytest.mark.parametrize(("effort", "count"), [("standard", 2), ("thorough", 5)])
async def test_too_few_are_used_when_the_model_finds_no_more(effort: str, count: int) -> None:
    context = given(asked(count, effort), asked(count, effort))
    assert await dispatched(context) == count
    assert len(requests(context)) == 2


@pytest.mark.parametrize(
    "text", ["Do a thorough research on it", "How high? effort: thorough", "with thorough effort, how high?"]
)
async def test_effort_that_the_person_says_counts(text: str) -> None:
    context = given(asked(2, "minimal"), asked(7, "minimal"), text=text)
    assert await dispatched(context) == 7
    assert context.dispatched[0].summary.endswith("(effort: thorough)")
    assert "it is thorough" in requests(context)[0].system


async def test_same_question_twice_counts_once() -> None:
    twice = in_form(
        {"effort": "minimal", "summary": "x", "questions": [{"title": "A", "question": q} for q in ("Why?", " why? ")]}
    )
    assert await dispatched(given(twice)) == 1


@pytest.mark.parametrize(
    "replies",
    [
        [said("Hm."), said("Hm.")],
        [in_form({"questions": "many"})] * 2,
        [in_form({"effort": "huge", "questions": []})] * 2,
    ],
)
async def test_request_itself_is_the_question_where_the_model_makes_nothing_of_it(replies: list[Any]) -> None:
    context = given(*replies)
    assert await dispatched(context) == 1
    assert context.dispatched[0].steps[0].task == "How high is it?"


async def test_sub_questions_that_were_paid_for_are_dispatched_after_a_crash() -> None:
    first = given(asked(2), asked(3))
    await dispatched(first)
    assert await dispatched(given(earlier=first.records())) == 3


@pytest.mark.parametrize(
    "workers",
    [{}, {"code": "Works on code."}, {"research": f"Looks things up. Here nothing can be read: {ONLY_THINKS}."}],
)
async def test_without_anything_to_look_up_with_it_says_so(workers: dict[str, str]) -> None:
    context = given(said("About 300 m."), workers=workers)
    answer = await run(context)
    assert answer.text == f"{NO_LOOK_UP}\n\nAbout 300 m."
    assert (len(requests(context)), answer.last_step) == (1, 1)


# -- synthesis


def finding(plan: PlanReport, *replies: Any, **changes: Any) -> MemoryContext:
    return given(*replies, plan=plan, **changes)


def written(text: str, *citations: tuple[int, str, str]) -> Any:
    return in_form({"text": text, "citations": [{"n": n, "url": url, "quote": quote} for n, url, quote in citations]})


FOUND = report(done("q1", "It is 300 m high [1], says one.", sources=SOURCES))


async def test_supported_quote_stands_under_the_answer() -> None:
    context = finding(FOUND, written("300 m [1].", (1, "https://a.example", "tower is 300 metres high")))
    answer = await run(context)
    assert answer.text == "300 m [1].\n\nSources:\n\n1. [Tower](https://a.example): “tower is 300 metres high”"
    assert (answer.last_step, context.states()) == (1, [StepState.RUNNING])


async def test_quote_that_is_not_in_the_page_is_marked() -> None:
    answer = await run(finding(FOUND, written("900 m [1].", (1, "https://a.example", "tower is 900 metres high"))))
    assert answer.text.endswith("“tower is 900 metres high” **(unsupported)**")


async def test_page_that_no_run_has_read_is_marked_and_not_linked() -> None:
    answer = await run(finding(FOUND, written("900 m [1].", (1, "https://evil.example", "it is 900 metres high"))))
    assert answer.text == "900 m [1].\n\nSources:\n\n1. `https://evil.example` **(never read)**"


async def test_sources_are_numbered_as_they_are_cited() -> None:
    citations = [(1, "https://a.example", "The tower is 300 metres"), (2, "https://b.example", "")]
    answer = await run(finding(FOUND, written("B [2] and A [1], B [2].", *citations)))
    assert answer.text.startswith(
        "B [1] and A [2], B [1].\n\nSources:\n\n1. [https://b.example](https://b.example)\n2. [Tower]"
    )


async def test_several_quotes_of_one_source_stand_together() -> None:
    quotes = [(1, "https://a.example", "The tower is 300"), (1, "https://a.example", "The tower is blue")]
    answer = await run(finding(FOUND, written("High [1].", *quotes)))
    assert answer.text.endswith("“The tower is 300”; “The tower is blue” **(unsupported)**")


async def test_mark_without_a_citation_takes_the_quotes_of_the_researcher() -> None:
    answer = await run(finding(FOUND, written("High [1], blue [7].")))
    assert answer.text == "High [1], blue.\n\nSources:\n\n1. [Tower](https://a.example): “The tower is 300 metres”"


async def test_citation_that_the_text_does_not_use_is_left_out() -> None:
    answer = await run(finding(FOUND, written("High.", (1, "https://a.example", "The tower is 300"))))
    assert answer.text == f"High.\n\n{NO_SOURCES}"


async def test_list_that_the_model_writes_itself_is_taken_off() -> None:
    answer = await run(
        finding(FOUND, written("High [1].\n\nSources:\n1. https://evil.example", (1, "https://a.example", "")))
    )
    assert "evil" not in answer.text


@pytest.mark.parametrize(
    "value", [{"text": "High [1].", "citations": "none"}, {"text": "High [1].", "citations": [None, {"n": "1"}]}]
)
async def test_malformed_citations_do_no_harm(value: dict[str, Any]) -> None:
    assert "1. [Tower](https://a.example)" in (await run(finding(FOUND, in_form(value)))).text


async def test_model_reads_results_and_sources_as_data() -> None:
    context = finding(FOUND, written("High."))
    await run(context)
    shown = requests(context)[0].messages[-1]["content"]
    assert '<untrusted source="result of q1">\nIt is 300 m high [1], says one.\n</untrusted>' in shown
    assert '[1] https://a.example "The tower is 300 metres"\n[2] https://b.example\n</untrusted>' in shown


async def test_sub_questions_that_failed_are_named() -> None:
    plan = report(*FOUND.steps, failed("q2", "The search service is down."))
    answer = await run(finding(plan, written("High.")))
    assert answer.text.endswith(f"{HEADING}\n\n- Look into q2: The search service is down.")
    assert answer.note == "1 of 2 steps missing: q2"


async def test_prose_without_its_form_is_an_answer_too() -> None:
    answer = await run(finding(FOUND, said("High [1]."), said("High [1].")))
    assert answer.text.startswith("High [1].\n\nSources:\n\n1. [Tower]")


@pytest.mark.parametrize(
    "replies",
    [
        [BROKEN],
        [error("overloaded")] * 4,
        [said('{"text": "Hi', "max_tokens")] * 2,
        [said('{"text": "Hi')] * 2,
        [written(" ")],
    ],
)
async def test_failing_model_leaves_the_findings_as_they_came(replies: list[Any]) -> None:
    plan = report(*FOUND.steps, failed("q2"))
    text = (await run(finding(plan, *replies))).text
    assert text.startswith(
        f"{NOT_JOINED}\n\n**Look into q1**\n\nIt is 300 m high [1], says one.\n\nSources:\n\n1. https://a.example"
    )
    assert "- Look into q2: " in text


async def test_failing_model_without_any_finding_is_an_error() -> None:
    with pytest.raises(AgentError):
        await run(finding(report(failed("q1")), BROKEN))
