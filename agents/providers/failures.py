"""Every way in which a call to the Messages API fails, in our own words.

Source: https://platform.claude.com/docs/en/api/errors
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import anthropic
import httpx2

from agents.providers.base import ModelError

RETRYABLE = {"overloaded", "rate_limited", "timeout", "connection", "server", "malformed"}

BY_STATUS = {
    400: "bad_request",
    401: "auth",
    402: "auth",
    403: "auth",
    404: "not_found",
    408: "timeout",
    409: "server",
    413: "context_overflow",
    429: "rate_limited",
    504: "timeout",
    529: "overloaded",
}

BY_TYPE = {
    "overloaded_error": "overloaded",
    "rate_limit_error": "rate_limited",
    "timeout_error": "timeout",
    "api_error": "server",
    "authentication_error": "auth",
    "permission_error": "auth",
    "billing_error": "auth",
    "not_found_error": "not_found",
    "request_too_large": "context_overflow",
    "invalid_request_error": "bad_request",
}
"""Types in an error event; they come after a 200 too, in mid-stream."""

_TOO_LONG = re.compile(
    r"prompt is too long|context (window|length|limit|size)|maximum context|too many (input )?tokens|input is too long",
    re.I,
)
_NO_CREDIT = re.compile(r"credit balance|billing", re.I)
_URL = re.compile(r"\b[a-z][a-z0-9+.-]*://\S+", re.I)


def failure(kind: str, message: str, *, secret: str = "", retry_after: float | None = None) -> ModelError:
    """Build the error; whatever the provider wrote is freed of key and URLs and cut."""
    text = message.replace(secret, "***") if secret else message
    return ModelError(kind, _URL.sub("(url)", text)[:300], retryable=kind in RETRYABLE, retry_after=retry_after)


def from_exception(error: Exception, *, secret: str) -> ModelError:
    """Translate what the SDK or its HTTP client raised."""
    if isinstance(error, anthropic.APIStatusError):
        return _from_status(error, secret)
    if isinstance(error, anthropic.APITimeoutError | httpx2.TimeoutException | TimeoutError):
        return failure("timeout", "no answer in time")
    if isinstance(error, httpx2.RemoteProtocolError):
        return failure("malformed", "the connection was closed in mid-answer")
    if isinstance(error, anthropic.APIConnectionError | httpx2.HTTPError):
        return failure("connection", f"no connection ({type(error.__cause__ or error).__name__})")
    return failure("malformed", f"unreadable answer ({type(error).__name__})")


def from_event(error: Mapping[str, Any], *, secret: str) -> ModelError:
    """Translate the `error` object of an error event."""
    message = str(error.get("message") or error.get("type") or "error event")
    kind = _refined(BY_TYPE.get(str(error.get("type")), "server"), message)
    return failure(kind, message, secret=secret)


def _from_status(error: anthropic.APIStatusError, secret: str) -> ModelError:
    status = error.status_code
    message = error.api_message if isinstance(error.api_message, str) else ""
    known = BY_STATUS.get(status, "server" if status >= 500 else "bad_request")
    kind = _refined(known, message)
    text = f"{status} {message}".strip()
    return failure(kind, text, secret=secret, retry_after=_retry_after(error.response.headers))


def _refined(kind: str, message: str) -> str:
    if kind == "bad_request" and _TOO_LONG.search(message):
        return "context_overflow"
    return "auth" if kind == "bad_request" and _NO_CREDIT.search(message) else kind


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds from `retry-after`, which holds seconds or a date."""
    value = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,9}(\.\d+)?", value):
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds())
