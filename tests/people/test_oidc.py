"""Signing in at an OpenID Connect provider, against one that speaks the protocol over HTTP and signs with RS256."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.contrib.auth.models import User
from django.test import Client
from django_otp.plugins.otp_totp.models import TOTPDevice
from pydantic import SecretStr
from pytest_django import Settings

from botplatform import roles
from botplatform.models import AuditEntry
from botplatform.people import oidc
from tests.people.provider import CLIENT, SECRET, Provider


@pytest.fixture(scope="module")
def running() -> Iterator[Provider]:
    with Provider() as provider:
        yield provider


@pytest.fixture
def provider(running: Provider, db: None, settings: Settings) -> Provider:
    """Configured, and as it was made."""
    running.token, running.algorithm, running.published = {}, "RS256", running.key
    running.info = {"sub": "s1", "email": "Ada@Example.org", "email_verified": True, "given_name": "Ada"}
    configure(settings, running)
    oidc._discovered.clear()
    roles.seed()
    return running


def configure(settings: Settings, provider: Provider, claim: str = "") -> None:
    given = {
        "OIDC_ISSUER": provider.url, "OIDC_CLIENT_ID": CLIENT, "OIDC_CLIENT_SECRET": SecretStr(SECRET),
        "OIDC_ROLES_CLAIM": claim,
    }  # fmt: skip
    settings.ENV = settings.ENV.model_copy(update=given)
    settings.AUTHENTICATION_BACKENDS = [*settings.AUTHENTICATION_BACKENDS[:2], "botplatform.people.oidc.Backend"]


@pytest.fixture
def ada(provider: Provider) -> User:
    """Was let in by an Admin beforehand."""
    return User.objects.create(username="ada@example.org", is_staff=True)


def sign_in(provider: Provider, client: Client | None = None, **changed: str) -> tuple[Client, Any]:
    client = client or Client()
    begun = client.get("/oidc/begin/?next=/admin/")
    back = {**provider.approve(begun.headers["location"]), **changed}
    return client, client.get("/oidc/callback/", back)


def who(client: Client) -> str:
    pk = client.session.get("_auth_user_id")
    return User.objects.get(pk=pk).username if pk else ""


def test_somebody_with_an_account_comes_in(provider: Provider, ada: User) -> None:
    client, answer = sign_in(provider)
    assert (answer.headers["location"], who(client)) == ("/admin/", "ada@example.org")
    assert client.get("/admin/").status_code == 200
    assert AuditEntry.objects.filter(action="user.sign_in", who="ada@example.org").exists()


def test_strangers_do_not(provider: Provider) -> None:
    client, answer = sign_in(provider)
    assert (answer.status_code, who(client), User.objects.count()) == (403, "", 0)


@pytest.mark.parametrize("info", [
    {"email_verified": False}, {"email_verified": "yes"}, {"email": ""}, {"email": "eve@example.org"}, {"sub": "s2"},
])  # fmt: skip
def test_an_address_that_is_not_proven_is_nobody(provider: Provider, ada: User, info: dict[str, Any]) -> None:
    provider.info |= info
    client, answer = sign_in(provider)
    assert (answer.status_code, who(client)) == (403, "")


@pytest.mark.parametrize("token", [
    {"aud": "another"}, {"aud": ["another"]}, {"iss": "https://elsewhere.example"}, {"exp": 1}, {"nonce": "x"},
    {"azp": "another"}, {"sub": "s2"},
])  # fmt: skip
def test_a_token_for_somebody_else_is_refused(provider: Provider, ada: User, token: dict[str, Any]) -> None:
    provider.token = token
    client, answer = sign_in(provider)
    assert (answer.status_code, who(client)) == (403, "")


def test_a_token_signed_with_another_key_is_refused(provider: Provider, ada: User) -> None:
    provider.published = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    client, answer = sign_in(provider)
    assert (answer.status_code, who(client)) == (403, "")


def test_a_token_signed_with_the_shared_secret_is_refused(provider: Provider, ada: User) -> None:
    provider.algorithm = "HS256"
    client, answer = sign_in(provider)
    assert (answer.status_code, who(client)) == (403, "")


@pytest.mark.parametrize("changed", [{"state": "forged"}, {"code": "forged"}])
def test_what_was_not_asked_for_is_refused(provider: Provider, ada: User, changed: dict[str, str]) -> None:
    client, answer = sign_in(provider, **changed)
    assert (answer.status_code, who(client)) == (403, "")


def test_an_account_that_was_deactivated_stays_out(provider: Provider, ada: User) -> None:
    User.objects.update(is_active=False)
    client, answer = sign_in(provider)
    assert (answer.status_code, who(client)) == (403, "")


def test_the_second_step_is_asked_here_too(provider: Provider, ada: User) -> None:
    TOTPDevice.objects.create(user=ada, confirmed=True)
    client, answer = sign_in(provider)
    assert (answer.headers["location"], who(client)) == ("/second-step/", "")


def test_the_claim_gives_and_takes_roles(provider: Provider, settings: Settings) -> None:
    configure(settings, provider, claim="groups")
    provider.info["groups"] = ["operator", "Cleaners", "Viewer"]
    client, _ = sign_in(provider)
    made = User.objects.get()
    assert (who(client), made.is_staff, made.is_superuser) == ("ada@example.org", True, False)
    assert set(made.groups.values_list("name", flat=True)) == {"Operator", "Viewer"}
    provider.info["groups"] = []
    sign_in(provider)
    made.refresh_from_db()
    assert (made.is_staff, made.groups.count()) == (False, 0)
    assert AuditEntry.objects.filter(action="user.roles").count() == 2


def test_a_provider_that_is_away_is_told_plainly(provider: Provider, settings: Settings) -> None:
    settings.ENV = settings.ENV.model_copy(update={"OIDC_ISSUER": "http://127.0.0.1:1"})
    assert Client().get("/oidc/begin/").status_code == 403


@pytest.mark.parametrize("path", ["/oidc/begin/", "/oidc/callback/?code=x&state=y"])
def test_without_settings_it_does_not_exist(db: None, path: str) -> None:
    assert Client().get(path).status_code == 404
    assert "elsewhere" not in Client().get("/login/").text


def test_the_forms_offer_it(provider: Provider) -> None:
    for form in ("/login/", "/admin/login/"):
        assert "/oidc/begin/?next=" in Client().get(form).text
