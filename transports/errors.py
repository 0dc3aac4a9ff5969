"""What can go wrong between us and a provider, named by what the caller can do about it."""

from __future__ import annotations


class VerificationFailed(Exception):
    """The delivery is not proven to come from the provider: answer 401, store nothing."""


class Unreadable(Exception):
    """The body is signed but not what the provider documents: quarantine it.

    `external_id` is filled as far as it could be read.
    """

    def __init__(self, reason: str, external_id: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.external_id = external_id


class TransportError(Exception):
    """A call to a provider failed. Messages never hold URLs, tokens or bodies of requests."""

    permanent = False
    """Whether repeating the same call can never succeed."""
    status = 0
    """The HTTP status that says so; 0 where it is not told or there was no answer."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        """Seconds the provider asked us to wait, if it did."""


class TryLater(TransportError):
    """Not accepted (rate limit, provider's fault, no connection): repeat after `retry_after` or a back-off."""


class OutcomeUnknown(TransportError):
    """The request left, the answer never came: accepted or not, nobody can tell."""


class Refused(TransportError):
    """The provider understood and declined: show it to the operator."""

    permanent = True


class FormattingRefused(Refused):
    """The text is fine, its formatting is not: send it plain."""


class Blocked(Refused):
    """The person blocked the bot, or it was removed from the conversation."""


class MessageGone(Refused):
    """The message to edit no longer exists: send a new one."""


class Unauthorized(Refused):
    """The credentials were revoked or are wrong."""
