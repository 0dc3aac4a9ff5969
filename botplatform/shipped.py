"""What comes with the platform for operators to change: agents, personalities, info pages. Written once, never again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agents.prompts import PROMPTS, shipped_prompt
from agents.registry import AGENTS, WORKERS
from agents.routing.target import HITL, INFO, LEAD_RESEARCHER, ORCHESTRATOR, ROUTER, SIMPLE
from botplatform.models import AgentConfig, InfoPage, Personality
from botplatform.pipeline import publishing

NOTE = "as shipped"
TEMPLATES = PROMPTS.parent
PAGES = {
    "What this bot can do": "what-this-bot-can-do.md",
    "Who runs this bot": "who-runs-this-bot.md",
}


@dataclass(frozen=True, slots=True)
class Shipped:
    """An agent, with what differs from the defaults of a version."""

    name: str
    description: str
    fallback_agent: str = ""
    limits: Mapping[str, int] = field(default_factory=dict)


AGENTS_SHIPPED = (
    Shipped(SIMPLE, "Answers directly, with a few small tools."),
    Shipped(HITL, "Carries out what needs a person's approval, and asks for it.", SIMPLE),
    Shipped(INFO, "Answers about the bot and whoever runs it, from the info pages.", SIMPLE),
    Shipped(
        ORCHESTRATOR,
        "Plans what takes several steps, and answers with what workers bring.",
        SIMPLE,
        {"max_output_tokens": 8192},
    ),
    Shipped(
        LEAD_RESEARCHER,
        "Has sub-questions looked into at the same time, and answers with checked sources.",
        SIMPLE,
        {"max_output_tokens": 8192},
    ),
    Shipped(
        "code-worker",
        "Not an agent to talk to: works on code in a sandbox, as a step of a plan.",
        limits={"max_steps": 40, "max_seconds": 3600, "max_output_tokens": 8192},
    ),
    Shipped(
        "research-worker",
        "Not an agent to talk to: looks things up on the web, as a step of a plan.",
        limits={"max_steps": 20, "max_seconds": 900},
    ),
    Shipped(
        "github-worker",
        "Not an agent to talk to: reads and changes what lies on GitHub, as a step of a plan.",
        limits={"max_steps": 24, "max_seconds": 1800, "max_output_tokens": 8192},
    ),
    Shipped(ROUTER, "Not an agent to talk to: the prompt of the model that chooses agents where no pattern does."),
)
BEHAVIOURS = {**AGENTS, **{worker.name: worker for worker in WORKERS.values()}}


def seed() -> None:
    """Call it in a transaction, one process at a time.

    Configurations are never deleted, so the info agent's says whether the rest has been written before: what operators
    deleted of that stays deleted.
    """
    is_first = not AgentConfig.objects.filter(name=INFO).exists()
    for agent in AGENTS_SHIPPED:
        _agent(agent)
    if is_first:
        _personalities()
        _pages()


def _agent(shipped: Shipped) -> None:
    config, _ = AgentConfig.objects.get_or_create(
        name=shipped.name, defaults={"behaviour": shipped.name, "description": shipped.description}
    )
    if config.published is not None:
        return
    if newest := config.versions.order_by("-number").first():
        AgentConfig.objects.filter(pk=config.pk).update(published=newest)
    else:
        tools = list(getattr(BEHAVIOURS.get(shipped.name), "default_tools", ()))
        says: dict[str, Any] = {"prompt": shipped_prompt(shipped.name), "fallback_agent": shipped.fallback_agent}
        publishing.add_version(config, {**says, **shipped.limits, "tools": tools}, by="", note=NOTE)


def _personalities() -> None:
    for path in sorted((TEMPLATES / "personalities").glob("*.md")):
        Personality.objects.get_or_create(platform=path.stem, defaults={"text": _text(path)})


def _pages() -> None:
    if not InfoPage.objects.exists():
        texts = [(title, _text(TEMPLATES / "pages" / name)) for title, name in PAGES.items()]
        InfoPage.objects.bulk_create(
            InfoPage(title=title, text=text, position=place) for place, (title, text) in enumerate(texts, 1)
        )


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8").strip()
