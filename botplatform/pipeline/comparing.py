"""diff(): what one version of an agent says differently from another."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from botplatform.models.agent import AgentFields
from botplatform.pipeline.vetting import FIELDS

CONTEXT_LINES = 3


@dataclass(frozen=True, slots=True)
class Difference:
    """Changed fields as (name, before, after), and the lines of the prompt as a unified diff without its head."""

    fields: list[tuple[str, str, str]]
    prompt: list[str]

    def __bool__(self) -> bool:
        return bool(self.fields or self.prompt)


def diff(before: AgentFields | None, after: AgentFields) -> Difference:
    """From `before` (nothing, for an agent that is new) to `after`."""
    fields = [
        (name, in_words(getattr(before, name, None), name), in_words(getattr(after, name), name))
        for name in FIELDS
        if name != "prompt"
    ]
    changed = [change for change in fields if change[1] != change[2]]
    return Difference(changed, lines(before.prompt if before else "", after.prompt))


def lines(before: str, after: str) -> list[str]:
    """The changed lines with their surroundings, each beginning with `+`, `-`, `@` or a blank."""
    return list(difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=CONTEXT_LINES))[2:]


def in_words(value: Any, name: str = "") -> str:
    """A value as a person reads it; empty where there is none. The order of tools means nothing."""
    if isinstance(value, list | tuple):
        return ", ".join(sorted(map(str, value)) if name == "tools" else map(str, value))
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return "" if value is None else str(value)
