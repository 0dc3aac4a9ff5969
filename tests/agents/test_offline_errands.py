from __future__ import annotations

from typing import Any

import pytest

from agents.providers.offline import OfflineProvider
from agents.providers.offline.errands import errand
from agents.registry import AGENTS
from tests.agents.context import MemoryContext

BOTH = ("set_reminder", "todo")


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ("Remind me in 10 minutes to take the bread out.", {"in_minutes": 10, "text": "Take the bread out"}),
        ("please remind me to call Ada in 2 hours!", {"in_minutes": 120, "text": "Call Ada"}),
        ("remind us about the meeting in a week", {"in_minutes": 10_080, "text": "The meeting"}),
    ],
)
def test_reminder_is_understood(text: str, arguments: dict[str, Any]) -> None:
    assert errand(BOTH, text) == ("set_reminder", arguments)


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ("add buy milk to my todo list", {"action": "add", "text": "buy milk"}),
        ("Todo: water the plants", {"action": "add", "text": "water the plants"}),
        ("What's on my to-do list?", {"action": "list"}),
    ],
)
def test_thing_to_do_is_understood(text: str, arguments: dict[str, Any]) -> None:
    assert errand(BOTH, text) == ("todo", arguments)


@pytest.mark.parametrize(
    "text", ["Do you remind people?", "What reminds me of summer?", "I have too much to do", "Hello!"]
)
def test_other_talk_is_no_errand(text: str) -> None:
    assert errand(BOTH, text) is None


def test_errand_needs_its_tool() -> None:
    assert errand((), "Remind me in 10 minutes to go.") is None


async def test_reminder_is_set_and_confirmed() -> None:
    context = MemoryContext(OfflineProvider(), text="Remind me in 10 minutes to go.", tools=BOTH)
    answer = await AGENTS["simple-agent"].run(context.query, context)
    assert [text for _, text in context.reminders] == ["Go"]
    assert answer.text.startswith("Set: reminder 1.")
