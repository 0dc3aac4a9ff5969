"""compose(): the prompt that a run gets, out of what operators wrote for the agent, the platform and the bot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from agents.template import VARIABLES, fill, one_line

PAGE_VARIABLES = ("bot_name", "platform", "date")
"""What an info page may use: nothing that strangers have a say in, for it is quoted as a source."""
# Whatever is not known is worded so that a sentence around it still reads well.
_UNNAMED = {"bot_name": "this bot", "agent": "this agent", "platform": "chat", "conversation": "this conversation"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run takes place: which bot, called what, on which transport, in which conversation (its title)."""

    bot_id: int | None = None
    bot_name: str = ""
    platform: str = ""
    conversation: str = ""


def values(agent: str, place: Place) -> dict[str, str]:
    """Each variable's value. Titles and names come from outside: one line, nothing invisible, bounded."""
    given = {
        "bot_name": place.bot_name, "agent": agent, "platform": place.platform, "conversation": place.conversation,
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
    }  # fmt: skip
    return {name: one_line(given[name]) or _UNNAMED[name] for name in VARIABLES}


def compose(agent: str, place: Place, *templates: str) -> str:
    """The templates that say anything, filled in, in their order, a blank line between them."""
    known = values(agent, place)
    return "\n\n".join(fill(template, known).strip() for template in templates if template.strip())


def fill_page(text: str, place: Place) -> str:
    """An info page's text with its variables filled in."""
    known: Mapping[str, str] = values("", place)
    return fill(text, {name: known[name] for name in PAGE_VARIABLES})
