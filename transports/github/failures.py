"""What GitHub's answers mean for the caller.

https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api
"""

from __future__ import annotations

import re
import time

import httpx

from transports.clean import clean_text, load_object
from transports.errors import OutcomeUnknown, Refused, TransportError, TryLater, Unauthorized, Unreadable

SECONDARY_WAIT_SECONDS = 60.0
"""What to wait for a rate limit that names no time.

https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit
"""
LONGEST_WAIT_SECONDS = 7200.0
"""The primary limit resets every hour; a longer wait is a broken clock or header."""


class Missing(Refused):
    """404: gone, never there, or not for our eyes."""


_NOT_TAKEN = {500, 502, 503}
_URL = re.compile(r"\S*://\S*")
_WORDS_LIMIT = 200


def failure(response: httpx.Response) -> TransportError:
    """The error for an answer that is no success."""
    error = _error(response)
    error.status = response.status_code
    return error


def _error(response: httpx.Response) -> TransportError:
    status, words = response.status_code, _words(response)
    reason = f"GitHub answered {status}: {words}" if words else f"GitHub answered {status}"
    if status == 401:
        return Unauthorized("GitHub does not accept the credentials")
    if status == 429 or (status == 403 and _is_rate_limit(response, words)):
        return TryLater(reason, retry_after=_wait_seconds(response))
    if status == 404:
        return Missing(reason)
    if 300 <= status < 500:
        return Refused(reason)
    if status in _NOT_TAKEN:
        return TryLater(reason)
    return OutcomeUnknown(reason)


def _words(response: httpx.Response) -> str:
    """GitHub's own message, without addresses."""
    try:
        message = load_object(response.content).get("message")
    except Unreadable:
        return ""
    return _URL.sub("…", clean_text(message))[:_WORDS_LIMIT] if isinstance(message, str) else ""


def _is_rate_limit(response: httpx.Response, words: str) -> bool:
    headers = response.headers
    return "retry-after" in headers or headers.get("x-ratelimit-remaining") == "0" or "rate limit" in words.lower()


def _wait_seconds(response: httpx.Response) -> float:
    asked, reset = response.headers.get("retry-after", ""), response.headers.get("x-ratelimit-reset", "")
    if asked.isdecimal():
        seconds = float(asked[:9])
    elif response.headers.get("x-ratelimit-remaining") == "0" and reset.isdecimal():
        seconds = float(reset[:15]) - time.time()
    else:
        seconds = SECONDARY_WAIT_SECONDS
    return min(max(seconds, 1.0), LONGEST_WAIT_SECONDS)
