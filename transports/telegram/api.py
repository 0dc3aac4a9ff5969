"""Calls to the Bot API, and what its answers mean: https://core.telegram.org/bots/api#making-requests"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from transports.base import Account
from transports.clean import clean_text, load_object
from transports.errors import (
    Blocked,
    FormattingRefused,
    OutcomeUnknown,
    Refused,
    TransportError,
    TryLater,
    Unauthorized,
    Unreadable,
)
from transports.http import Http

DEFAULT_URL = "https://api.telegram.org"
DESCRIPTION_LIMIT = 300
"""Characters of Telegram's own words kept in an error."""
LONGEST_WAIT_SECONDS = 86_400.0

_BY_STATUS: dict[int, type[TransportError]] = {
    400: Refused,
    401: Unauthorized,
    403: Blocked,
    404: Unauthorized,  # what Telegram says to a token it does not know
    409: TryLater,  # somebody else polls, or a webhook is set
    429: TryLater,
    500: TryLater,
    502: TryLater,
    503: TryLater,
}


class BotApi:
    """The methods of one bot. The token is part of every URL, so no URL may reach an error or a log."""

    def __init__(self, account: Account, http: Http) -> None:
        self._http = http
        self._token = account.token
        self._base_url = (account.api_url or DEFAULT_URL).rstrip("/")

    def __repr__(self) -> str:
        return "BotApi()"

    async def call(self, method: str, *, within_seconds: float | None = None, **parameters: Any) -> Any:
        """Make one call and return its `result`; parameters that are None are left out. Raises TransportError."""
        given = {name: value for name, value in parameters.items() if value is not None}
        try:
            response = await self._http.request(
                "POST", f"{self._base_url}/bot{self._token}/{method}", json=given, timeout=within_seconds
            )
        except (httpx.InvalidURL, UnicodeError):
            raise Refused("the token or the address of the Bot API is malformed") from None
        return self._result(response)

    def _result(self, response: httpx.Response) -> Any:
        try:
            answer = load_object(response.content)
        except Unreadable:
            if response.is_success:
                raise OutcomeUnknown("the answer could not be read") from None
            answer = {}
        if response.is_success and answer.get("ok") is True and "result" in answer:
            return answer["result"]
        raise self._error(response, answer)

    def _error(self, response: httpx.Response, answer: Mapping[str, Any]) -> TransportError:
        status = _status(response, answer)
        words = clean_text(str(answer.get("description") or f"HTTP {status}"))
        if self._token:
            words = words.replace(self._token, "[token]")
        words = words[:DESCRIPTION_LIMIT]
        parameters = answer.get("parameters")
        parameters = parameters if isinstance(parameters, dict) else {}
        if status == 400 and "migrate_to_chat_id" in parameters:
            return TryLater(f"the group goes on as {parameters['migrate_to_chat_id']}")
        if status == 400 and "entit" in words.lower():
            return FormattingRefused(words)
        kind = _BY_STATUS.get(status) or (Refused if 300 <= status < 500 else OutcomeUnknown)
        return kind(words, retry_after=_retry_after(parameters, response) if kind is TryLater else None)


def _status(response: httpx.Response, answer: Mapping[str, Any]) -> int:
    """Telegram repeats the status in `error_code`; in a 2xx that is not `ok` it is the only one."""
    code = answer.get("error_code")
    return code if response.is_success and type(code) is int else response.status_code


def _retry_after(parameters: Mapping[str, Any], response: httpx.Response) -> float | None:
    """Seconds, from the body or (where a proxy answered) the header."""
    for value in (parameters.get("retry_after"), response.headers.get("retry-after")):
        if isinstance(value, int | float | str) and str(value).isdecimal():
            return min(float(str(value)), LONGEST_WAIT_SECONDS)
    return None
