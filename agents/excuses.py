"""What a user is told when no model answers."""

from __future__ import annotations

from collections.abc import Sequence

from agents.base import AgentError
from agents.providers.base import ModelError

OVERLOADED = "The model is overloaded just now. Please try again in a few minutes."
UNREACHABLE = "The model cannot be reached just now. Please try again in a few minutes."
MISCONFIGURED = (
    "The model refuses my requests: something is set up wrongly. Whoever runs this bot sees why in the console."
)
PUBLIC = {
    "overloaded": OVERLOADED,
    "rate_limited": OVERLOADED,
    "timeout": "The model took too long to answer. Please try again in a few minutes.",
    "connection": UNREACHABLE,
    "server": UNREACHABLE,
    "malformed": UNREACHABLE,
    "context_overflow": "This conversation has become too long for the model. "
    "Send /clear to start afresh, or write a shorter message.",
    "auth": MISCONFIGURED,
    "not_found": MISCONFIGURED,
    "bad_request": MISCONFIGURED,
}


def excuse(failures: Sequence[ModelError | AgentError]) -> AgentError:
    """Sum the failures of all models up: a later attempt may help if it may help with any of them."""
    first = next((failure for failure in failures if failure.retryable), failures[0])
    public = PUBLIC.get(first.kind, UNREACHABLE) if isinstance(first, ModelError) else first.public
    message = "; ".join(
        f"{failure.kind}: {failure}" if isinstance(failure, ModelError) else str(failure) for failure in failures
    )
    return AgentError(
        message,
        retryable=any(failure.retryable for failure in failures),
        public=public or MISCONFIGURED,
        retry_after=first.retry_after,
    )
