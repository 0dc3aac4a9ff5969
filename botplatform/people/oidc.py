"""Signing in at an OpenID Connect provider, for those whom an Admin let in by their address, or a claim by a role."""

from __future__ import annotations

import time
from typing import Any

import jwt
import requests
import structlog
from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from mozilla_django_oidc.auth import OIDCAuthenticationBackend
from mozilla_django_oidc.views import OIDCAuthenticationCallbackView, OIDCAuthenticationRequestView

from botplatform.people import accounts, arriving, locking

log = structlog.get_logger(__name__)

TIMEOUT_SECONDS = 9
DISCOVERED_SECONDS = 3600
ALGORITHM = "RS256"
_discovered: dict[str, tuple[float, dict[str, Any]]] = {}
WRONG = (requests.RequestException, jwt.PyJWTError, SuspiciousOperation, KeyError, TypeError, ValueError)
"""What a provider that is away, or a token that is not for us, brings about."""


def provider() -> dict[str, Any]:
    """What the provider says of itself, looked up once in an hour. https://openid.net/specs/openid-connect-discovery-1_0.html"""
    issuer = settings.ENV.OIDC_ISSUER
    at, known = _discovered.get(issuer, (0.0, {}))
    if not known or time.monotonic() - at > DISCOVERED_SECONDS:
        answer = requests.get(f"{issuer}/.well-known/openid-configuration", timeout=TIMEOUT_SECONDS)
        answer.raise_for_status()
        known = answer.json()
        if str(known["issuer"]).rstrip("/") != issuer:
            raise SuspiciousOperation("the provider calls itself by another name")
        _discovered[issuer] = (time.monotonic(), known)
    return known


def _setting(name: str, *default: Any) -> Any:
    """The library's settings, from ours and from what the provider says."""
    ours = {
        "OIDC_RP_CLIENT_ID": settings.ENV.OIDC_CLIENT_ID,
        "OIDC_RP_CLIENT_SECRET": settings.ENV.OIDC_CLIENT_SECRET.get_secret_value(),
        "OIDC_RP_SIGN_ALGO": ALGORITHM,
        "OIDC_RP_SCOPES": "openid email profile",
        "OIDC_USE_PKCE": True,
        "OIDC_TIMEOUT": TIMEOUT_SECONDS,
        "OIDC_AUTHENTICATION_CALLBACK_URL": "oidc-callback",
        "LOGIN_REDIRECT_URL": settings.LOGIN_REDIRECT_URL,
    }
    if name.startswith("OIDC_OP_"):
        said = name.removeprefix("OIDC_OP_").lower()
        return provider().get({"user_endpoint": "userinfo_endpoint", "jwks_endpoint": "jwks_uri"}.get(said, said))
    return ours[name] if name in ours else default[0]


class Backend(OIDCAuthenticationBackend):
    """The library's backend: it asks the provider only when somebody comes back from there."""

    get_settings = staticmethod(_setting)

    def __init__(self) -> None:
        self.UserModel = User

    def authenticate(self, request: HttpRequest | None, **kwargs: Any) -> User | None:
        """The person who comes back with a code; None, with a line in the log, if anything is wrong."""
        if request is None or not kwargs.get("nonce") or not settings.ENV.OIDC_ISSUER:
            return None
        try:
            super().__init__()
            found: User | None = super().authenticate(request, **kwargs)
        except WRONG as error:
            log.warning("oidc.refused", error=type(error).__name__, detail=str(error)[:200])
            return None
        return found

    def verify_token(self, token: str, **kwargs: Any) -> dict[str, Any]:
        """The library checks signature and nonce; whom the token is for, and until when, is checked here."""
        payload: dict[str, Any] = super().verify_token(token, **kwargs)
        audience = payload.get("aud")
        ours = self.OIDC_RP_CLIENT_ID in (audience if isinstance(audience, list) else [audience])
        if payload.get("iss") != provider()["issuer"] or not ours or "exp" not in payload:
            raise SuspiciousOperation("the token was made for somebody else")
        if payload.get("azp", self.OIDC_RP_CLIENT_ID) != self.OIDC_RP_CLIENT_ID:
            raise SuspiciousOperation("the token was made for another application")
        return payload

    def get_or_create_user(self, access_token: str, id_token: str, payload: dict[str, Any]) -> User | None:
        claims = self.get_userinfo(access_token, id_token, payload)
        if claims.get("sub") != payload["sub"]:
            raise SuspiciousOperation("the provider speaks of somebody else")
        return accounts.of(self.request, {**payload, **claims})


class Begin(OIDCAuthenticationRequestView):
    """Leads to the provider."""

    get_settings = staticmethod(_setting)

    def __init__(self, **kwargs: Any) -> None:
        super(OIDCAuthenticationRequestView, self).__init__(**kwargs)

    def get(self, request: HttpRequest) -> HttpResponse:
        if not settings.ENV.OIDC_ISSUER:
            raise Http404
        try:
            self.OIDC_OP_AUTH_ENDPOINT = provider()["authorization_endpoint"]
        except WRONG as error:
            log.warning("oidc.refused", error=type(error).__name__, detail=str(error)[:200])
            return _not_signed_in(request)
        self.OIDC_RP_CLIENT_ID = settings.ENV.OIDC_CLIENT_ID
        answer: HttpResponse = super().get(request)
        return answer


class Return(OIDCAuthenticationCallbackView):
    """Where the provider leads back to."""

    get_settings = staticmethod(_setting)

    def get(self, request: HttpRequest) -> HttpResponse:
        if not settings.ENV.OIDC_ISSUER:
            raise Http404
        try:
            answer: HttpResponse = super().get(request)
        except SuspiciousOperation:
            return _not_signed_in(request)
        return answer

    def login_success(self) -> HttpResponse:
        wanted = self.request.session.get("oidc_login_next") or reverse("admin:index" if self.user.is_staff else "chat")
        return arriving.arrive(self.request, self.user, wanted=wanted)

    def login_failure(self) -> HttpResponse:
        return _not_signed_in(self.request)


def _not_signed_in(request: HttpRequest) -> HttpResponse:
    if getattr(request, "axes_locked_out", False):
        return locking.refuse(request)
    return render(request, "people/oidc_refused.html", status=403)
