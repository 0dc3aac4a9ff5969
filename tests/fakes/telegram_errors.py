"""How a Bot API server says no: https://core.telegram.org/bots/api#making-requests."""

from __future__ import annotations

from typing import Any

_REASONS = {400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 409: "Conflict"}
_REASONS |= {429: "Too Many Requests", 500: "Internal Server Error", 502: "Bad Gateway", 504: "Gateway Timeout"}


def error(status: int, description: str = "", **parameters: Any) -> dict[str, Any]:
    """The body of an error, as Telegram words it: `Bad Request: description`."""
    text = ": ".join(filter(None, (_REASONS.get(status, "Error"), description)))
    body: dict[str, Any] = {"ok": False, "error_code": status, "description": text}
    return body | ({"parameters": parameters} if parameters else {})


class Failure(Exception):
    """An error that Telegram answers with."""

    def __init__(self, status: int, description: str = "", **parameters: Any) -> None:
        super().__init__(description)
        self.status = status
        self.body = error(status, description, **parameters)


class BadRequest(Failure):
    def __init__(self, description: str) -> None:
        super().__init__(400, description)
