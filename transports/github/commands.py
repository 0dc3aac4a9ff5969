"""Slash commands at the start of a comment."""

from __future__ import annotations

import re
from dataclasses import dataclass

from transports.github.mentions import mention_pattern

COMMANDS = frozenset({
    "agents", "approve", "cancel", "clear", "debug", "deny", "forget", "help", "memory", "metrics", "recover", "start",
    "status", "todo",
})  # fmt: skip
"""All other words after a slash are text: people write paths, and repositories have other bots."""
UNADDRESSED = frozenset({"approve", "deny"})
"""What counts without a mention too."""

# Up to three blanks: after four, or a tab, Markdown reads code.
_START = r"(?:[ \t]*\r?\n)* {0,3}"
_COMMAND = r"/([a-z]{1,32})(?=\s|\Z)[ \t]*(.*)"
_FLAGS = re.ASCII | re.IGNORECASE


@dataclass(frozen=True, slots=True)
class Command:
    name: str
    arguments: str
    """The rest of its line."""
    addressed: bool
    """Whether it mentions the bot."""


def read_command(login: str, body: str) -> Command | None:
    """The command with which a text begins, after a mention (which may have a line of its own) or, for some, without."""
    mention = mention_pattern(login)
    if mention and (found := _match(rf"{mention}[,:]?[ \t]*(?:\r?\n{_START})?", body, COMMANDS)):
        return Command(found[1].lower(), found[2].strip(), addressed=True)
    found = _match("", body, UNADDRESSED)
    return Command(found[1].lower(), found[2].strip(), addressed=False) if found else None


def _match(mention: str, body: str, names: frozenset[str]) -> re.Match[str] | None:
    found = re.match(_START + mention + _COMMAND, body, _FLAGS)
    return found if found and found[1].lower() in names else None
