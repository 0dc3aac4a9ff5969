"""From the router's classification to the agent that answers: a pure function, and the names it may return."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict

SIMPLE = "simple-agent"
HITL = "hitl-agent"
INFO = "info-agent"
LEAD_RESEARCHER = "lead-researcher-agent"
ORCHESTRATOR = "orchestrator-agent"
TARGETS = (SIMPLE, HITL, INFO, LEAD_RESEARCHER, ORCHESTRATOR)
ROUTER = "router-agent"
"""Not a target: a pattern that names it leaves the message to the model."""
WORKERS = ("code-worker", "research-worker", "github-worker")
"""Dispatched by the orchestrator alone; never a target."""


class Kind(StrEnum):
    """What it takes to answer."""

    SIMPLE = "simple"
    """One answer of a model that has a clock and a calculator."""
    COMPLEX = "complex"
    """Other tools, a repository, the web, or several steps."""
    TOOL_CONFIRMATION = "tool_confirmation"
    """A short message that confirms or refuses an action put to the person."""


class Category(StrEnum):
    """What it is about."""

    GENERAL = "general"
    """Everything else."""
    CODE = "code"
    """Programming."""
    RESEARCH = "research"
    """Facts from outside."""
    GITHUB = "github"
    """Issues, pull requests and other objects of a repository."""
    ADMIN = "admin"
    """Operating the bot."""
    INFO = "info"
    """The bot itself and its owner."""


class Complexity(StrEnum):
    """How much work it is."""

    LOW = "low"
    """One step."""
    MEDIUM = "medium"
    """A few steps."""
    HIGH = "high"
    """A project."""


CATEGORIES = tuple(category.value for category in Category)


class Classification(BaseModel):
    """What the router's model says of a message: exactly these fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: Kind
    category: Category
    complexity: Complexity
    requires_human_approval: bool
    reasoning: str


SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "reasoning": {"type": "string", "description": "Why, in at most 20 words."},
        "type": {"type": "string", "enum": [kind.value for kind in Kind]},
        "category": {"type": "string", "enum": list(CATEGORIES)},
        "complexity": {"type": "string", "enum": [complexity.value for complexity in Complexity]},
        "requires_human_approval": {"type": "boolean"},
    },
    "required": ["reasoning", "type", "category", "complexity", "requires_human_approval"],
    "additionalProperties": False,
}
"""JSON Schema of a Classification. The reason comes first: a model fills the fields in this order."""

_REPOSITORY_WORK = (Category.CODE, Category.RESEARCH, Category.GITHUB)


def choose(classification: Classification) -> str:
    """Return the agent for a classification; the first row that fits decides."""
    match classification:
        case Classification(type=Kind.TOOL_CONFIRMATION) | Classification(requires_human_approval=True):
            return HITL
        case Classification(category=Category.INFO):
            return INFO
        case Classification(category=Category.RESEARCH, complexity=Complexity.MEDIUM | Complexity.HIGH):
            return LEAD_RESEARCHER
        case Classification(complexity=Complexity.HIGH):
            return ORCHESTRATOR
        case Classification(type=Kind.SIMPLE, complexity=Complexity.LOW):
            return SIMPLE
        case Classification(category=category) if category in _REPOSITORY_WORK:
            return ORCHESTRATOR
    return SIMPLE
