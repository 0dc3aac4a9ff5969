"""Raw bodies for the eye. They are hostile until proven otherwise: nothing here may fail on them."""

from __future__ import annotations

import json
from urllib.parse import parse_qs

from botplatform.admin.showing import LONGEST


def readable(body: bytes) -> str:
    """Indented JSON where the body is that, also as GitHub's `payload` form field; otherwise the text as it came."""
    text = body.decode("utf-8", "backslashreplace")
    if text.startswith("payload="):
        text = parse_qs(text).get("payload", [text])[0]
    if len(text) > LONGEST:
        return text
    try:
        return json.dumps(json.loads(text, parse_int=_as_written), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text


def _as_written(digits: str) -> int | str:
    """Python refuses to read integers of thousands of digits."""
    return int(digits) if len(digits) < 1000 else f"(integer of {len(digits)} digits)"
