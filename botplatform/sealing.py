"""Stored secrets are encrypted with SECRETS_KEY (Fernet: AES-128-CBC with HMAC-SHA256)."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings


class CannotUnseal(LookupError):
    """The stored secret was sealed with another SECRETS_KEY."""


@lru_cache(maxsize=4)
def _box(key: str) -> Fernet:
    """A Fernet key is used as it is; of any other text its SHA-256 is the key."""
    try:
        return Fernet(key.encode())
    except ValueError:
        return Fernet(base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest()))


def seal(values: Mapping[str, Any]) -> str:
    """Encrypt a JSON object for storage."""
    return _box(settings.SECRETS_KEY).encrypt(json.dumps(dict(values)).encode()).decode()


def unseal(sealed: str) -> dict[str, Any]:
    """Decrypt what `seal` made; an empty string is an empty object. Raises CannotUnseal."""
    if not sealed:
        return {}
    try:
        values: dict[str, Any] = json.loads(_box(settings.SECRETS_KEY).decrypt(sealed.encode()))
    except InvalidToken:
        raise CannotUnseal("stored credentials were sealed with another SECRETS_KEY") from None
    return values
