from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from agents.base import Turn
from agents.loop import converse
from agents.providers.base import ModelRequest, ModelResponse
from agents.providers.offline import OfflineProvider
from agents.providers.offline.wishes import sum_in
from tests.agents.context import MemoryContext
from tests.agents.scripted import SendLetter

CLASSIFICATION = {
    "type": "object",
    "properties": {
        "type": {"enum": ["simple", "complex", "tool_confirmation"]},
        "category": {"enum": ["general", "code", "research", "github", "admin", "info"]},
        "complexity": {"enum": ["low", "medium", "high"]},
        "requires_human_approval": {"type": "boolean"},
        "reasoning": {"type": "string"},
    },
}
PLAN = {"type": "object", "properties": {"summary": {"type": "string"}, "steps": {"type": "array"}}}


async def respond(text: str, *, before: Sequence[str] = (), **request: Any) -> ModelResponse:
    messages: list[Mapping[str, Any]] = []
    for earlier in before:
        messages += [{"role": "user", "content": earlier}, {"role": "assistant", "content": "I see."}]
    messages.append({"role": "user", "content": text})
    asked = ModelRequest("offline", messages, **request)
    last = [event async for event in OfflineProvider().stream(asked)][-1]
    assert isinstance(last, ModelResponse)
    return last


async def words(text: str, **request: Any) -> str:
    return "".join(block.get("text", "") for block in (await respond(text, **request)).content)


async def structured(schema: Mapping[str, Any], text: str) -> dict[str, Any]:
    tools = [{"name": "decide", "description": "", "input_schema": schema}]
    response = await respond(text, tools=tools, tool_choice={"type": "tool", "name": "decide"})
    assert response.stop_reason == "tool_use"
    arguments: dict[str, Any] = response.content[-1]["input"]
    return arguments


async def talk(*said: str, tools: Sequence[str] = ("current_time", "calculator")) -> str:
    turns = [Turn("assistant" if number % 2 else "user", text) for number, text in enumerate(said)]
    return (await converse(MemoryContext(OfflineProvider(), turns=turns, tools=tools), system="")).text


@pytest.mark.parametrize(
    ("hello", "greeting"),
    [
        ("Hello!", "Hello!"),
        ("hallo zusammen", "Hallo!"),
        ("Bonjour", "Bonjour!"),
        ("¡Hola!", "Hola!"),
        ("Ciao", "Ciao!"),
        ("Olá", "Olá!"),
        ("Привет", "Привет!"),
        ("こんにちは", "こんにちは!"),
        ("你好", "你好!"),
    ],
)
async def test_greets_in_the_language_of_the_user(hello: str, greeting: str) -> None:
    assert (await words(hello)).startswith(greeting)


@pytest.mark.parametrize("text", ["hello", "who are you?", "help", "explain black holes", "Bonjour", "你好"])
async def test_says_how_to_connect_a_real_model(text: str) -> None:
    assert "ANTHROPIC_API_KEY" in await words(text) or "connect a real model" in await words(text)


async def test_same_question_gets_the_same_answer() -> None:
    assert await respond("tell me a joke") == await respond("tell me a joke")


async def test_sums_are_worked_out_by_the_calculator() -> None:
    assert await talk("What is 12*(3+4)?") == "`12*(3+4) = 84` (worked out by the `calculator` tool)"


async def test_time_is_read_from_the_clock() -> None:
    assert "Asia/Tokyo (UTC+0900)" in await talk("What time is it in Tokyo?")


async def test_without_the_tool_it_says_so() -> None:
    assert "`current_time` is not switched on" in await talk("What time is it?", tools=())


async def test_tool_error_is_told() -> None:
    assert "it did not work out: Division by zero." in await talk("calculate 1/0")


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("what is 3 plus 4 times 5?", "3 + 4 * 5"),
        ("How much is 15% of 80", "15/100* 80"),
        ("2^8 = ?", "2**8"),
        ("sqrt(16)", "sqrt(16)"),
        ("compute 1,000 x 3", "1000*3"),
        ("my number is 555-1234", ""),
        ("what happened on 2026-11-21?", ""),
        ("what is version 2?", ""),
    ],
)
def test_sum_is_found_only_where_one_is_asked_for(text: str, expression: str) -> None:
    assert sum_in(text) == expression


async def test_tool_that_is_named_is_called_with_the_arguments_given(letters: SendLetter) -> None:
    answer = await talk('please use send_letter {"to": "Ada"}', tools=["send_letter"])
    assert (letters.sent, answer) == (["Ada"], "The tool `send_letter` answered:\n\nSent to Ada.")


async def test_several_messages_get_one_answer_that_addresses_each() -> None:
    answer = await talk("Hello!\n---\nwhat is 2+3?\n---\nwhat is a batch?")
    assert answer.startswith("You wrote three messages")
    positions = [
        answer.index(part) for part in ("> Hello!", "> what is 2+3?", "2+3 = 5", "> what is a batch?", "**batch**")
    ]
    assert positions == sorted(positions)


async def test_two_tools_are_called_for_two_messages() -> None:
    answer = await talk("what is 2+3?\n---\nwhat time is it in Paris?")
    assert "2+3 = 5" in answer
    assert "Europe/Paris" in answer


async def test_remembers_the_name() -> None:
    assert await talk("My name is Ada", "Hi", "what is my name?") == "You told me that your name is Ada."


async def test_remembers_what_was_said() -> None:
    assert "- I like tea" in await talk("I like tea", "I see.", "what did I say?")


async def test_fallback_restates_the_question_and_admits_that_it_cannot_know() -> None:
    answer = await words("Why is the sea salty?")
    assert "“Why is the sea salty?”" in answer
    assert "can't give you a real answer" in answer


async def test_author_of_a_message_is_not_part_of_it() -> None:
    assert (await words("Ada Lovelace: hello\n---\noctocat: thanks")).count("> hello") == 1


async def test_text_marked_as_data_is_not_taken_for_the_users_words() -> None:
    context = MemoryContext(OfflineProvider(), text="thanks", facts="what time is it?", tools=["current_time"])
    assert (await converse(context, system="")).text.startswith("You are welcome")


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [("tell me a story", 800, 3_000), ("a long essay on bees", 4_500, 9_000), ("a very long story", 9_001, 16_000)],
)
async def test_length_is_as_asked(text: str, low: int, high: int) -> None:
    assert low <= len(await words(text)) <= high


async def test_paragraphs_of_a_long_story_differ() -> None:
    paragraphs = (await words("tell me a very long story")).split("\n\n")
    assert len(set(paragraphs)) == len(paragraphs) > 30


async def test_max_tokens_cuts_the_answer() -> None:
    response = await respond("tell me a long story", max_tokens=100)
    assert (response.stop_reason, len(response.content[0]["text"]) <= 400) == ("max_tokens", True)


@pytest.mark.parametrize(
    ("text", "category", "complexity", "approval"),
    [
        ("hi there", "general", "low", False),
        ("Write a python function that sorts a list by its second column", "code", "medium", False),
        ("Compare the sources on coffee and health and summarise the pros and cons", "research", "medium", False),
        ("merge the pull request", "github", "low", True),
        ("delete all users", "admin", "low", True),
        ("what can you do?", "info", "low", False),
        (
            "Plan the whole project end to end: research several options, then write the code. " * 3,
            "code",
            "high",
            False,
        ),
    ],
)
async def test_classifies_by_keywords(text: str, category: str, complexity: str, approval: bool) -> None:
    found = await structured(CLASSIFICATION, text)
    assert set(found) == set(CLASSIFICATION["properties"])
    assert (found["category"], found["complexity"], found["requires_human_approval"]) == (
        category,
        complexity,
        approval,
    )


async def test_short_decision_is_a_confirmation() -> None:
    assert (await structured(CLASSIFICATION, "Yes!"))["type"] == "tool_confirmation"


async def test_plan_keeps_the_order_that_was_asked_for() -> None:
    plan = await structured(PLAN, "Research coffee and look up tea, then write the code. Then open an issue")
    steps = [(step["id"], step["worker"], step["depends_on"]) for step in plan["steps"]]
    assert steps == [
        ("step-1", "research", []),
        ("step-2", "research", []),
        ("step-3", "code", ["step-1", "step-2"]),
        ("step-4", "github", ["step-3"]),
    ]


async def test_plan_has_at_most_ten_steps() -> None:
    assert len((await structured(PLAN, "; ".join(f"do thing {n}" for n in range(30))))["steps"]) == 10


async def test_any_other_schema_is_filled_with_what_fits() -> None:
    schema = {
        "properties": {
            "title": {"type": "string"},
            "count": {"type": "integer"},
            "size": {"enum": ["small", "large"]},
            "sure": {"type": "boolean"},
            "tags": {"type": "array"},
            "rest": {"type": "string"},
        },
        "required": ["title", "count", "size", "sure", "tags"],
    }
    assert await structured(schema, "3 large boxes") == {
        "title": "3 large boxes",
        "count": 3,
        "size": "large",
        "sure": False,
        "tags": [],
    }
