"""The time, anywhere."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from agents.base import RunContext, Tool, ToolResult


class CurrentTime(Tool):
    """Tells date, time and weekday in a time zone."""

    name = "current_time"
    description = (
        "Tells the current date, weekday and time. Use it whenever an answer depends on what day or time it is. "
        "Name the time zone of the place that is meant; without one the time is in UTC."
    )
    input_schema = {
        "type": "object",
        "properties": {
            "timezone": {"type": "string", "description": "An IANA name, such as Europe/Berlin.", "maxLength": 64}
        },
        "additionalProperties": False,
    }
    repeatable = True
    timeout_seconds = 5.0

    async def call(self, arguments: Mapping[str, Any], context: RunContext) -> ToolResult:
        name = arguments.get("timezone") or "UTC"
        try:
            now = datetime.now(ZoneInfo(name))
        except (ZoneInfoNotFoundError, ValueError, OSError):
            return ToolResult(
                f"There is no time zone named {name}. Use an IANA name, such as Asia/Tokyo.", is_error=True
            )
        utc = now.astimezone(UTC)
        return ToolResult(f"{now:%A, %d %B %Y, %H:%M:%S} {name} (UTC{now:%z}); {utc:%Y-%m-%dT%H:%M:%SZ}")
