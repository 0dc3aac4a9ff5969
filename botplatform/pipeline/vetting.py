"""What a configuration may say: checked when a draft is saved, when it is published, and when a file is imported."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from agents.providers.registry import PROVIDERS, split_model
from agents.registry import TOOLS
from agents.routing.target import ROUTER, TARGETS
from agents.template import problems as template_problems
from botplatform.models import McpServer
from botplatform.models.agent import AgentFields

Problems = dict[str, list[str]]
"""Field → what is wrong with it, in sentences. An empty name stands for the whole."""

FIELDS = (
    "prompt", "model", "fallback_models", "tools", "temperature", "max_steps", "max_output_tokens", "max_tokens", "max_seconds",
    "max_cost_usd", "parallel_steps", "step_attempts", "fallback_agent",
)  # fmt: skip
"""What a draft and a version consist of."""
LIMITS: dict[str, tuple[int, int]] = {
    "temperature": (0, 2), "max_steps": (1, 100), "max_output_tokens": (1, 200_000), "max_tokens": (1, 100_000_000),
    "max_seconds": (1, 3600), "max_cost_usd": (0, 100_000), "parallel_steps": (1, 10), "step_attempts": (1, 10),
}  # fmt: skip
OPTIONAL = {"temperature", "max_tokens", "max_cost_usd"}
PROMPT_CHARS = 100_000
TEXT_CHARS = 20_000
"""The longest personality, and the longest instructions of one bot."""
PAGE_CHARS = 50_000
FALLBACK_MODELS = 5
RESERVED = frozenset({ROUTER, *TARGETS})
"""Names of agents that come with the platform, now or later."""
MCP = "mcp__"
"""Begins the names of MCP servers' tools."""
_NAME = re.compile(r"[a-z][a-z0-9-]{1,63}")


def fields_of(row: AgentFields) -> dict[str, Any]:
    """What a draft or version says."""
    return {name: getattr(row, name) for name in FIELDS}


# -- one field at a time


def check_prompt(text: str, limit: int = PROMPT_CHARS) -> list[str]:
    """A template that says something."""
    if not text.strip():
        return ["It is empty."]
    return check_text(text, limit)


def check_text(text: str, limit: int = TEXT_CHARS, known: Iterable[str] | None = None) -> list[str]:
    """A template that may be empty."""
    if "\x00" in text:
        return ["It holds a NUL character."]
    if len(text) > limit:
        return [f"It has {len(text)} characters; {limit} fit."]
    return template_problems(text) if known is None else template_problems(text, known)


def check_model(name: str) -> list[str]:
    """`provider:model`, or a bare name of the default provider's; empty for the default."""
    provider, model = split_model(name, PROVIDERS[0])
    if not name:
        return []
    if not model:
        return [f"{provider}: which model?"]
    return [] if re.fullmatch(r"[\x21-\x7e]{1,200}", name) else [f"{name[:60]!r} cannot be the name of a model."]


def check_tools(names: Iterable[str]) -> list[str]:
    """Tools that there are; of MCP servers any, for only a worker knows what they offer."""
    unknown = sorted(name for name in set(names) - set(TOOLS) if not _is_served(name))
    offered = ", ".join(sorted(TOOLS))
    return [f"There is no tool {', '.join(unknown)}; there are {offered}."] if unknown else []


def _is_served(name: str) -> bool:
    server, parted, tool = name.removeprefix(MCP).partition("__")
    known = name.startswith(MCP) and bool(parted and tool)
    return known and McpServer.objects.filter(name=server).exists()


def check_limit(name: str, value: float | Decimal | None) -> list[str]:
    """Within LIMITS; money above zero."""
    least, most = LIMITS[name]
    if value is None:
        return [] if name in OPTIONAL else ["A number is needed."]
    if not least <= value <= most:
        return [f"From {least} to {most}, please."]
    if name == "max_cost_usd" and (value == 0 or round(Decimal(value), 4) != value):
        return ["Write an amount above zero with at most four decimals."]
    return []


def check_name(name: str) -> list[str]:
    """A name for an agent of an operator's own."""
    if not _NAME.fullmatch(name):
        return ["Small letters, digits and hyphens, at most 64; a letter first."]
    if name.endswith("-worker"):
        return ["Names that end in -worker belong to agents that nobody talks to."]
    return ["This name is kept for an agent that comes with the platform."] if name in RESERVED else []


# -- the whole


def check_fields(says: Mapping[str, Any]) -> Problems:
    """What draft or version says, taken by itself."""
    models = says["fallback_models"]
    found: Problems = {
        "prompt": check_prompt(says["prompt"]),
        "model": check_model(says["model"]),
        "fallback_models": [
            line for name in models for line in check_model(name) or ([] if name else ["A name is empty."])
        ],
        "tools": check_tools(says["tools"]),
        **{name: check_limit(name, says[name]) for name in LIMITS},
    }
    if len(models) > FALLBACK_MODELS or len(set(models)) < len(models):
        found["fallback_models"].append(f"At most {FALLBACK_MODELS}, each once.")
    return {name: lines for name, lines in found.items() if lines}
