"""The Authorization header: a user's token, or a GitHub App's, which changes by the hour.

https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app
"""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from transports.base import Account
from transports.errors import Unauthorized

CLOCK_DRIFT_SECONDS = 60
JWT_SECONDS = 540
"""With the drift, the ten minutes that GitHub allows."""
EARLY_SECONDS = 60
"""An installation token is replaced so long before it ends, so that none ends on its way."""

T = TypeVar("T")
Ask = Callable[[str, str, str], Awaitable[dict[str, Any]]]
"""Calls the API (method, path, credential) and returns the JSON object; raises TransportError."""


class Credentials(ABC):
    """What opens the API."""

    @abstractmethod
    async def for_repository(self, repository: str) -> str:
        """The credential for calls about a repository. Raises TransportError."""

    @abstractmethod
    def for_account(self) -> str:
        """The credential for questions about the account itself. Raises Unauthorized."""

    def renew(self, repository: str, refused: str) -> bool:
        """Forget a credential that GitHub refused; whether there may be a better one."""
        return False


class Token(Credentials):
    """A personal access token of a machine user."""

    def __init__(self, token: str) -> None:
        self._token = token.strip()

    async def for_repository(self, repository: str) -> str:
        return self.for_account()

    def for_account(self) -> str:
        # httpx would name the character in its error, and the traceback the token.
        if not self._token or not self._token.isascii() or not self._token.isprintable():
            raise Unauthorized("the GitHub token is missing or malformed")
        return self._token


@dataclass(frozen=True, slots=True)
class _Lease:
    token: str
    until: float


class App(Credentials):
    """A GitHub App: signs a JWT with its key and trades it for a token of the repository's installation."""

    def __init__(self, app_id: str, private_key: str, ask: Ask) -> None:
        self._app_id = app_id
        self._pem = private_key.replace("\\n", "\n")
        self._ask = ask
        self._installations: dict[str, int] = {}
        self._leases: dict[int, _Lease] = {}
        self._lock = asyncio.Lock()

    def for_account(self) -> str:
        now = int(time.time())
        claims = {"iat": now - CLOCK_DRIFT_SECONDS, "exp": now + JWT_SECONDS, "iss": self._app_id}
        return jwt.encode(claims, _rsa_key(self._pem), algorithm="RS256")

    async def for_repository(self, repository: str) -> str:
        async with self._lock:
            if (installation := self._installations.get(repository)) is None:
                found = await self._ask("GET", f"/repos/{repository}/installation", self.for_account())
                installation = self._installations[repository] = _field(found, "id", int)
            lease = self._leases.get(installation)
            if lease is None or lease.until <= time.time():
                lease = self._leases[installation] = await self._lend(installation)
            return lease.token

    async def _lend(self, installation: int) -> _Lease:
        path = f"/app/installations/{installation}/access_tokens"
        answer = await self._ask("POST", path, self.for_account())
        try:
            ends = datetime.fromisoformat(_field(answer, "expires_at", str)).timestamp()
        except ValueError:
            raise Unauthorized("GitHub's answer names no end of the token") from None
        return _Lease(_field(answer, "token", str), ends - EARLY_SECONDS)

    def renew(self, repository: str, refused: str) -> bool:
        """The installation too: after a new installation of the App it has another id."""
        lease = self._leases.get(self._installations.get(repository, 0))
        if lease is not None and lease.token == refused:
            del self._leases[self._installations.pop(repository)]
        return True


def _rsa_key(pem: str) -> RSAPrivateKey:
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise Unauthorized("the GitHub App's private key cannot be read") from None
    if not isinstance(key, RSAPrivateKey):
        raise Unauthorized("the GitHub App's private key is no RSA key")
    return key


def credentials(account: Account, ask: Ask) -> Credentials:
    """An App's where the account has one, otherwise a token's."""
    if is_app(account):
        return App(str(account.options["app_id"]), str(account.options["private_key"]), ask)
    return Token(account.token)


def is_app(account: Account) -> bool:
    return bool(account.options.get("app_id") and account.options.get("private_key"))


def _field(answer: dict[str, Any], name: str, kind: type[T]) -> T:
    value = answer.get(name)
    if not isinstance(value, kind):
        raise Unauthorized(f"GitHub's answer has no {name}")
    return value
