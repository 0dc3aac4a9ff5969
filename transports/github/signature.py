"""Whether GitHub sent it."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence

from transports.base import Headers
from transports.errors import VerificationFailed

HEADER = "x-hub-signature-256"


def sign(secret: str, body: bytes) -> str:
    """The value of `X-Hub-Signature-256` for these raw bytes.

    https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
    """
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def verify(secrets: Sequence[str], headers: Headers, body: bytes) -> None:
    """Raise VerificationFailed unless a SHA-256 signature fits; the older SHA-1 header counts for nothing."""
    if not secrets:
        raise VerificationFailed("this bot has no webhook secret")
    given = headers.get(HEADER, "").encode("utf-8", "replace")
    fits = [hmac.compare_digest(given, sign(secret, body).encode()) for secret in secrets]
    if not any(fits):
        raise VerificationFailed("wrong or missing signature")
