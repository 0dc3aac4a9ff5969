"""A reminder in this conversation."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from agents.base import AgentError, RunContext, Tool, ToolResult
from agents.text import strip_invisible

LONGEST = timedelta(days=366)
LATE = timedelta(minutes=1)
"""A moment that has just passed while the model was thinking is now."""
TEXT_CHARS = 1_000
MINUTES = LONGEST // timedelta(minutes=1)


class Unusable(ValueError):
    """The moment cannot be used. The message is for the model."""


class SetReminder(Tool):
    """Has something posted into the conversation at a moment."""

    name = "set_reminder"
    description = (
        "Posts a text into this conversation at a moment, once. Use it when somebody asks to be reminded. Give either `when`, "
        "with the offset from UTC (2026-03-31T09:00:00+02:00), or `in_minutes`. Look at the clock first where the moment "
        "depends on today's date, and ask for the time zone where it is not known. At most a year ahead."
    )
    input_schema = {
        "type": "object",
        "properties": {
            "text": {"type": "string", "description": "What is posted then.", "minLength": 1, "maxLength": TEXT_CHARS},
            "when": {"type": "string", "description": "ISO 8601 with an offset or Z.", "maxLength": 40},
            "in_minutes": {"type": "integer", "minimum": 1, "maximum": MINUTES},
        },
        "required": ["text"],
        "additionalProperties": False,
    }
    writes = True
    confined = True

    def describe(self, arguments: Mapping[str, Any]) -> str:
        text = " ".join(strip_invisible(str(arguments.get("text", ""))).split())
        minutes = arguments.get("in_minutes")
        moment = f"in {minutes} minutes" if minutes else f"at {arguments.get('when', 'a moment that is not given')}"
        return f"Post a reminder into this conversation {moment}: “{text}”."

    async def call(self, arguments: Mapping[str, Any], context: RunContext) -> ToolResult:
        text = strip_invisible(arguments["text"]).strip()
        try:
            at = moment(arguments, datetime.now(UTC))
            if not text:
                raise Unusable("The text is empty.")
            called = await context.remind(at, text)
        except (Unusable, AgentError) as error:
            return ToolResult(f"No reminder was set: {error}", is_error=True)
        return ToolResult(f"Set: {called}. It will be posted at {at:%A, %Y-%m-%d %H:%M} (UTC{at:%z}).")


def moment(arguments: Mapping[str, Any], now: datetime) -> datetime:
    """When the reminder is due, with its time zone. Raises Unusable."""
    when, minutes = arguments.get("when"), arguments.get("in_minutes")
    if (when is None) == (minutes is None):
        raise Unusable("Give either `when` or `in_minutes`.")
    at = now + timedelta(minutes=minutes) if minutes is not None else _read(str(when))
    if at < now - LATE:
        raise Unusable(f"{at.isoformat()} has passed; it is {now:%Y-%m-%dT%H:%M:%SZ} now.")
    if at > now + LONGEST:
        raise Unusable("That is more than a year ahead.")
    return max(at, now).astimezone(at.tzinfo)


def _read(when: str) -> datetime:
    try:
        at = datetime.fromisoformat(when.strip())
        if at.tzinfo is None:
            raise Unusable(f"{when} names no time zone: add the offset from UTC, such as +02:00, or Z.")
        at.astimezone(UTC)
    except Unusable:
        raise
    except (ValueError, OverflowError):
        raise Unusable(f"{when} is no moment in ISO 8601, such as 2026-03-31T09:00:00+02:00.") from None
    return at
