"""What comes with the platform for operators to change: agents, personalities, info pages. Written once, never again."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agents.prompts import PROMPTS, shipped_prompt
from agents.registry import AGENTS
from agents.routing.target import HITL, INFO, ROUTER, SIMPLE
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


AGENTS_SHIPPED = (
    Shipped(SIMPLE, "Answers directly, with a few small tools."),
    Shipped(HITL, "Carries out what needs a person's approval, and asks for it.", SIMPLE),
    Shipped(INFO, "Answers about the bot and whoever runs it, from the info pages.", SIMPLE),
    Shipped(ROUTER, "Not an agent to talk to: the prompt of the model that chooses agents where no pattern does."),
)


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
        tools = list(getattr(AGENTS.get(shipped.name), "default_tools", ()))
        says: dict[str, Any] = {"prompt": shipped_prompt(shipped.name), "fallback_agent": shipped.fallback_agent}
        publishing.add_version(config, {**says, "tools": tools}, by="", note=NOTE)


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
