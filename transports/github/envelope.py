"""From the bytes of a delivery to event, delivery id and payload."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from transports.base import Headers
from transports.clean import load_object
from transports.errors import Unreadable

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
KEPT_HEADERS = ("x-github-event", "x-github-delivery", "content-type")

# Both headers are outside the signature: whoever replays a body may write into them what he likes.
_DELIVERY = re.compile(r"[\w.:-]{1,100}", re.ASCII)
_EVENT = re.compile(r"[a-z_]{1,60}")


@dataclass(frozen=True, slots=True)
class Delivery:
    """One webhook delivery. https://docs.github.com/en/webhooks/webhook-events-and-payloads"""

    id: str
    event: str
    payload: dict[str, Any]


def open_envelope(headers: Headers, body: bytes) -> Delivery:
    """Read headers and body. Raises Unreadable, which names the delivery where it can."""
    delivery = headers.get("x-github-delivery", "")
    if not _DELIVERY.fullmatch(delivery):
        raise Unreadable("no delivery id")
    event = headers.get("x-github-event", "")
    if not _EVENT.fullmatch(event):
        raise Unreadable("no event name", delivery)
    try:
        payload = load_object(_json_of(headers, body))
    except Unreadable as error:
        raise Unreadable(error.reason, delivery) from None
    return Delivery(delivery, event, payload)


def _json_of(headers: Headers, body: bytes) -> bytes:
    content_type = headers.get("content-type", JSON).partition(";")[0].strip().lower()
    if content_type != FORM:
        return body
    try:
        # Escaped surrogates carry bytes that are no UTF-8 through, so that the JSON reader judges them.
        form = parse_qs(body.decode("ascii"), errors="surrogateescape", max_num_fields=20)
    except ValueError:
        raise Unreadable("not a form") from None
    if "payload" not in form:
        raise Unreadable("a form without payload")
    return form["payload"][0].encode("utf-8", "surrogateescape")
