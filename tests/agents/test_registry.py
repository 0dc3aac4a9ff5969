from __future__ import annotations

import pytest

from agents.prompts import shipped_prompt
from agents.providers.offline import OfflineProvider
from agents.providers.registry import make_provider, split_model
from agents.registry import AGENTS, STAND_INS, TOOLS


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("claude-sonnet-5-5", ("anthropic", "claude-sonnet-5-5")),
        ("anthropic:claude-sonnet-5-5", ("anthropic", "claude-sonnet-5-5")),
        ("openrouter:anthropic/claude-sonnet-5.5:beta", ("openrouter", "anthropic/claude-sonnet-5.5:beta")),
        ("anthropic/claude-sonnet-5.5:beta", ("anthropic", "anthropic/claude-sonnet-5.5:beta")),
        ("qwen2.5:7b", ("anthropic", "qwen2.5:7b")),
        ("offline", ("offline", "offline")),
        ("offline:offline", ("offline", "offline")),
        (" claude-sonnet-5-5 ", ("anthropic", "claude-sonnet-5-5")),
    ],
)
def test_model_name_is_split_at_a_known_provider_only(name: str, split: tuple[str, str]) -> None:
    assert split_model(name, "anthropic") == split


def test_offline_provider_needs_nothing() -> None:
    assert isinstance(make_provider("offline"), OfflineProvider)


def test_unknown_provider_is_refused() -> None:
    with pytest.raises(KeyError):
        make_provider("nobody", api_key="k")


def test_everything_is_registered_under_its_own_name() -> None:
    assert list(AGENTS) == [agent.name for agent in AGENTS.values()]
    assert list(TOOLS) == [tool.name for tool in TOOLS.values()]


def test_stand_ins_answer_for_agents_that_are_not_there() -> None:
    assert not set(STAND_INS) & set(AGENTS)
    assert set(STAND_INS.values()) <= set(AGENTS)


@pytest.mark.parametrize("agent", sorted(AGENTS))
def test_every_agent_names_tools_that_exist(agent: str) -> None:
    assert set(AGENTS[agent].default_tools) <= set(TOOLS)


@pytest.mark.parametrize("agent", sorted(AGENTS))
def test_every_agent_ships_with_a_prompt(agent: str) -> None:
    assert len(shipped_prompt(agent)) > 100


@pytest.mark.parametrize("tool", sorted(TOOLS))
def test_every_tool_describes_itself_and_its_arguments(tool: str) -> None:
    assert TOOLS[tool].description
    assert TOOLS[tool].input_schema["type"] == "object"
    assert TOOLS[tool].describe({}).endswith(".")
