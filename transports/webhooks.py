"""What a provider says of the webhook that it delivers to: values without behaviour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Attempt:
    """One delivery that the provider has made."""

    id: str
    """The provider's id of the event; a second attempt has the same."""
    at: str
    """ISO 8601."""
    event: str
    status: int
    """What we answered; 0 where no answer came."""
    said: str = ""
    again: bool = False
    """Whether it was sent anew."""

    @property
    def failed(self) -> bool:
        return not 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class WebhookState:
    """Where the provider delivers to, and how that goes."""

    url: str = ""
    """Empty: it delivers nowhere."""
    pending: int | None = None
    """Updates that wait at the provider, where it says so."""
    last_error: str = ""
    last_error_at: str = ""
    """ISO 8601."""
    ip: str = ""
    """The address that it connects to."""
    connections: int | None = None
    """How many it opens at once, at most."""
    attempts: Sequence[Attempt] = ()
    """The latest deliveries, newest first, where the provider lists them."""
