r"""Prompts as templates: `{{ name }}` stands for a value that each run fills in.

A backslash before the braces takes their meaning away: `\{{ name }}` gives `{{ name }}`. Single braces, and `}}` alone,
mean nothing; JSON and code can stand in a prompt as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from agents.text import strip_invisible

VARIABLES: dict[str, str] = {
    "bot_name": "the name by which people address the bot",
    "agent": "the agent's name",
    "platform": "where it is talking: telegram, github, webchat, terminal",
    "conversation": "the chat's title or the issue's; strangers may have written it",
    "date": "today in UTC, such as 2026-03-31",
}
"""What may stand between double braces, and what it means."""
VALUE_CHARS = 200
"""The longest value; the rest is cut."""

TOLD = 5
"""Problems named at most."""

# A run of backslashes, an opening pair, and what follows it up to a closing pair in the same line.
_TAG = re.compile(r"(?<!\\)(\\*)\{\{(?:([^{}\n]*)\}\})?")
_LITERALLY = r"write \{{ where braces are meant"


def problems(template: str, known: Iterable[str] = tuple(VARIABLES)) -> list[str]:
    """What is wrong with a template, one sentence each; empty when all is well."""
    names = tuple(known)
    offered = ", ".join(f"{{{{ {name} }}}}" for name in names)
    found: list[str] = []
    for match in _TAG.finditer(template):
        if len(found) == TOLD:
            break
        if _is_literal(match) or (match[2] or "").strip() in names:
            continue
        line = template.count("\n", 0, match.start()) + 1
        if match[2] is None:
            found.append(f"Line {line}: {{{{ is not followed by a name and }}}}; {_LITERALLY}.")
        else:
            found.append(
                f"Line {line}: there is no variable {{{{ {match[2].strip()[:40]} }}}}. There are {offered}; {_LITERALLY}."
            )
    return found


def fill(template: str, values: Mapping[str, str]) -> str:
    """The template with its variables filled in, once: braces in a value stay text. What is unknown stays as it is."""

    def filled(match: re.Match[str]) -> str:
        slashes, name = match[1], (match[2] or "").strip()
        kept = slashes[: len(slashes) // 2]
        if _is_literal(match):
            return kept + match[0][len(slashes) :]
        return kept + values[name] if name in values else match[0]

    return _TAG.sub(filled, template)


def one_line(value: str) -> str:
    """A value fit for a prompt: nothing invisible in it, one line, at most VALUE_CHARS characters."""
    line = " ".join(strip_invisible(value).split())
    return line if len(line) <= VALUE_CHARS else f"{line[: VALUE_CHARS - 1]}…"


def _is_literal(match: re.Match[str]) -> bool:
    """Of two backslashes the first means the second."""
    return len(match[1]) % 2 == 1
