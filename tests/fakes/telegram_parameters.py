"""Parameters as Telegram takes them: JSON or form fields, numbers as text too."""

from __future__ import annotations

import json
import re
from typing import Any

Parameters = dict[str, Any]


def number(value: Any) -> int | str | None:
    """Telegram takes numbers as text too."""
    if isinstance(value, str) and re.fullmatch(r"-?\d+", value):
        return int(value)
    return value if isinstance(value, (int, str)) else None


def decoded(value: Any) -> Any:
    """Objects may come as JSON text in a form."""
    return json.loads(value) if isinstance(value, str) and value else value


def is_true(value: Any) -> bool:
    return value in (True, "true", "True")
