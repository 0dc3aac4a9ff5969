"""Who is calling: a user's token, an app's JWT, or a token of one of its installations."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import jwt

from tests.fakes.github_errors import Failure
from tests.fakes.github_store import user


@dataclass(frozen=True, slots=True)
class Caller:
    account: dict[str, Any]
    is_app: bool = False
    """Signed with the app's key: may ask for installation tokens and nothing else."""


_BASES = {"maintain": "write", "triage": "read"}


@dataclass(frozen=True, slots=True)
class Permission:
    """What one account may do in one repository: https://docs.github.com/rest/collaborators/collaborators."""

    role: str
    """`admin`, `maintain`, `write`, `triage`, `read`, `none`, or the name of a custom role."""
    account: dict[str, Any]
    base: str = ""
    """The legacy role that a custom one stands on; by itself `maintain` counts as `write`, `triage` as `read`."""

    def shown(self) -> dict[str, Any]:
        return {
            "permission": self.base or _BASES.get(self.role, self.role),
            "role_name": self.role,
            "user": self.account,
        }


class Access:
    """Accepts user tokens that are not revoked, well-formed JWTs, and its own installation tokens in their time."""

    def __init__(self, login: str, token_seconds: float) -> None:
        self.login = login
        self.token_seconds = token_seconds
        self.revoked: set[str] = set()
        self.public_key = ""
        """PEM; JWTs are verified with it if it is set."""
        self.token_headers: dict[str, str] = {}
        """What GitHub tells of a user's token, such as its scopes."""
        self._installation_tokens: dict[str, float] = {}

    def issue_token(self) -> dict[str, Any]:
        """A token as POST /app/installations/{id}/access_tokens returns it."""
        token = f"ghs_{len(self._installation_tokens) + 1:036d}"
        expires = time.time() + self.token_seconds
        self._installation_tokens[token] = expires
        at = datetime.fromtimestamp(expires, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return {"token": token, "expires_at": at, "permissions": {"issues": "write"}, "repository_selection": "all"}

    def caller(self, authorization: str) -> Caller:
        scheme, _, token = authorization.partition(" ")
        if not token or scheme.lower() not in ("bearer", "token"):
            raise Failure(401, "Requires authentication")
        if token in self.revoked:
            raise Failure(401)
        if token.count(".") == 2:
            self._check_jwt(token)
            return Caller(user(self.login, bot=True), is_app=True)
        if token.startswith("ghs_"):
            if self._installation_tokens.get(token, 0) <= time.time():
                raise Failure(401)
            return Caller(user(f"{self.slug}[bot]"))
        return Caller(user(self.login))

    @property
    def slug(self) -> str:
        return self.login.removesuffix("[bot]")

    def _check_jwt(self, token: str) -> None:
        """https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app"""
        options: Any = {"verify_signature": bool(self.public_key), "verify_exp": True, "require": ["iat", "exp", "iss"]}
        try:
            claims = jwt.decode(token, self.public_key, algorithms=["RS256"], options=options, leeway=60)
        except jwt.InvalidTokenError:
            raise Failure(401, "A JSON web token could not be decoded") from None
        if claims["exp"] - time.time() > 600:
            raise Failure(401, "'Expiration time' claim ('exp') is too far in the future")
