"""record(): who did what, kept for good."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from structlog.contextvars import get_contextvars

from botplatform.models import AuditEntry
from transports.clean import clean_text

LONGEST = 4000
"""Characters of one value."""
HIDDEN = re.compile(r"(^|_)(password\d?|secrets?|token|credentials|private_key|pem|hash)($|_)")
"""Fields whose values are never written down."""

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that somebody did; see AuditEntry for the fields."""

    who: str
    action: str
    object_type: str = ""
    object_id: str = ""
    object_name: str = ""
    before: Values | None = None
    after: Values | None = None
    why: str = ""
    told: str = ""
    took_effect: bool = True
    address: str = ""
    request_id: str = ""


def record(entry: Entry) -> None:
    """Write it down, in the transaction that is open if there is one."""
    texts = {name: clean_text(value)[:LONGEST] for name, value in asdict(entry).items() if isinstance(value, str)}
    short = {"who": texts["who"][:150], "action": texts["action"][:64], "object_id": texts["object_id"][:64]}
    request_id = texts["request_id"] or str(get_contextvars().get("request_id", ""))
    values = {**texts, **short, "request_id": request_id[:32], "took_effect": entry.took_effect}
    AuditEntry.objects.create(**values, before=_storable(entry.before), after=_storable(entry.after))


def _storable(values: Values | None) -> dict[str, Any] | None:
    """JSON that PostgreSQL takes, without secrets and without books."""
    if values is None:
        return None
    return {name: "(hidden)" if HIDDEN.search(name) else _short(value) for name, value in values.items()}


class _Encoder(DjangoJSONEncoder):
    """What has no form in JSON, such as a time zone, is written as it reads."""

    def default(self, o: Any) -> Any:
        try:
            return super().default(o)
        except TypeError:
            return str(o)


def _short(value: Any) -> Any:
    text = json.dumps(value, cls=_Encoder, ensure_ascii=False)
    cleaned = clean_text(text).replace("\\u0000", "")
    if len(cleaned) > LONGEST:
        return f"{cleaned[:LONGEST]} … ({len(cleaned)} characters)"
    try:
        return json.loads(cleaned)
    except ValueError:
        return cleaned
