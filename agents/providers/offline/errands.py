"""Reminders, and things to do: the two errands that people can have noted down."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

REMINDER, LIST = "set_reminder", "todo"
_MINUTES = {"m": 1, "h": 60, "d": 60 * 24, "w": 60 * 24 * 7}
_TIME = r"in (?P<{0}>\d{{1,4}}|an?|one) ?(?P<{1}>minutes?|mins?|hours?|days?|weeks?|m|h|d|w)\b"
_REMIND = re.compile(
    r"\bremind (?:me|us)\b\s*(?:"
    + _TIME.format("n1", "u1")
    + r"\s*(?:to|about|that|of)?\s*(?P<t1>.+)|(?:to|about|that|of)?\s*(?P<t2>.+?)\s+"
    + _TIME.format("n2", "u2")
    + ")",
    re.IGNORECASE,
)
_ADD = re.compile(
    r"^\W*(?:please )?(?:add|put|note(?: down)?)\s+(?P<what>.+?)\s+(?:to|on|in)\s+(?:my|our|the)\s+(?:to-?do|task)s?(?: list)?\W*$"
    r"|^\W*to-?do\s*:\s*(?P<plain>.+)$",
    re.IGNORECASE,
)
_SHOW = re.compile(
    r"\bwhat(?:'s| is) on (?:my|our|the) (?:to-?do|task)s?(?: list)?|^\W*(?:show|list) (?:my|our|the) to-?dos?\b", re.I
)


def errand(offered: Collection[str], text: str) -> tuple[str, dict[str, Any]] | None:
    """Tool and arguments for what is to be noted down, if the message asks for it."""
    if REMINDER in offered and (found := _REMIND.search(text)):
        number, unit = found["n1"] or found["n2"], (found["u1"] or found["u2"])[0].lower()
        count = int(number) if number.isdigit() else 1
        what = (found["t1"] or found["t2"]).strip(" .!,")
        return REMINDER, {"in_minutes": max(1, count * _MINUTES[unit]), "text": f"{what[:1].upper()}{what[1:]}"[:1000]}
    if LIST in offered and (found := _ADD.match(text)):
        return LIST, {"action": "add", "text": (found["what"] or found["plain"]).strip(" .\"“”'")[:500]}
    return (LIST, {"action": "list"}) if LIST in offered and _SHOW.search(text) else None
