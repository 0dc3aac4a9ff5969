from __future__ import annotations

import asyncio
import time
import traceback
from collections.abc import AsyncIterator, Iterator
from functools import cache
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from tests.fakes.github import FakeGitHub
from tests.fakes.github_store import user
from tests.transports.github_bot import LOGIN, REPOSITORY, bot, conversation
from transports.base import Identity, Part
from transports.errors import Refused, TryLater, Unauthorized
from transports.github import GitHubTransport

ISSUE = conversation()
TOKENS = "POST /app/installations/99/access_tokens"
INSTALLATION = f"GET /repos/{REPOSITORY}/installation"
COMMENTS = f"POST /repos/{REPOSITORY}/issues/12/comments"


@cache
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem(private: Any) -> str:
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def public_pem() -> str:
    return key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@pytest.fixture
def github() -> Iterator[FakeGitHub]:
    with FakeGitHub(login=LOGIN) as fake:
        fake.access.public_key = public_pem()
        yield fake


def app(github: FakeGitHub, **account: Any) -> GitHubTransport:
    options = {"app_id": "4711", "private_key": pem(key())}
    return bot(**{"api_url": github.url, "token": "", "account_id": "", "options": options} | account)


@pytest.fixture
async def transport(github: FakeGitHub) -> AsyncIterator[GitHubTransport]:
    transport = app(github)
    yield transport
    await transport.http.aclose()


def names(github: FakeGitHub) -> list[str]:
    return [call.name for call in github.calls]


async def test_app_trades_its_signature_for_a_token(github: FakeGitHub, transport: GitHubTransport) -> None:
    await transport.send(ISSUE, Part("Hello"))
    assert names(github) == [INSTALLATION, TOKENS, COMMENTS]
    assert github.comments(REPOSITORY, 12)[0]["user"]["login"] == "helpful-bot[bot]"


async def test_signature_allows_for_clock_drift_and_ends_in_time(
    github: FakeGitHub, transport: GitHubTransport
) -> None:
    await transport.send(ISSUE, Part("Hello"))
    signed = github.select(INSTALLATION)[0].headers["authorization"].removeprefix("Bearer ")
    claims = jwt.decode(signed, public_pem(), algorithms=["RS256"])
    assert claims["iss"] == "4711"
    assert claims["iat"] == pytest.approx(time.time() - 60, abs=10)
    assert 0 < claims["exp"] - claims["iat"] <= 600


async def test_token_serves_until_it_ends(github: FakeGitHub, transport: GitHubTransport) -> None:
    for _ in range(3):
        await transport.send(ISSUE, Part("Hello"))
    assert github.count(TOKENS) == 1


async def test_calls_at_the_same_time_share_one_token(github: FakeGitHub, transport: GitHubTransport) -> None:
    await asyncio.gather(*(transport.react(ISSUE, f"issue_comment:{number}", "eyes") for number in range(1, 9)))
    assert github.count(TOKENS) == github.count(INSTALLATION) == 1


async def test_token_about_to_end_is_replaced(github: FakeGitHub, transport: GitHubTransport) -> None:
    github.access.token_seconds = 59
    await transport.send(ISSUE, Part("Hello"))
    await transport.send(ISSUE, Part("Hello"))
    assert github.count(TOKENS) == 2


async def test_refused_token_is_replaced_once(github: FakeGitHub, transport: GitHubTransport) -> None:
    await transport.send(ISSUE, Part("Hello"))
    github.revoke(github.select(COMMENTS)[0].headers["authorization"].removeprefix("Bearer "))
    await transport.send(ISSUE, Part("Hello again"))
    assert names(github)[3:] == [COMMENTS, INSTALLATION, TOKENS, COMMENTS]
    assert len(github.comments(REPOSITORY, 12)) == 2


async def test_app_that_stays_refused_gives_up(github: FakeGitHub, transport: GitHubTransport) -> None:
    github.refuse(401, COMMENTS)
    with pytest.raises(Unauthorized):
        await transport.send(ISSUE, Part("Hello"))
    assert github.count(COMMENTS) == 2


async def test_app_that_is_not_installed_is_refused(github: FakeGitHub, transport: GitHubTransport) -> None:
    github.refuse(404, INSTALLATION)
    with pytest.raises(Refused):
        await transport.send(ISSUE, Part("Hello"))


async def test_token_that_cannot_be_had_now_is_asked_for_later(github: FakeGitHub, transport: GitHubTransport) -> None:
    github.refuse(503, TOKENS, times=1)
    with pytest.raises(TryLater):
        await transport.send(ISSUE, Part("Hello"))
    await transport.send(ISSUE, Part("Hello"))
    assert len(github.comments(REPOSITORY, 12)) == 1


@pytest.mark.parametrize("answer", [{}, {"token": 1, "expires_at": "x"}, {"token": "t", "expires_at": "soon"}])
async def test_token_that_is_none_is_an_error_of_ours(
    github: FakeGitHub, transport: GitHubTransport, answer: dict[str, Any]
) -> None:
    github.refuse(201, TOKENS, body=answer)
    with pytest.raises(Unauthorized):
        await transport.send(ISSUE, Part("Hello"))


async def test_key_may_come_on_one_line(github: FakeGitHub) -> None:
    transport = app(github, options={"app_id": 4711, "private_key": pem(key()).replace("\n", "\\n")})
    await transport.send(ISSUE, Part("Hello"))
    await transport.http.aclose()
    assert len(github.comments(REPOSITORY, 12)) == 1


@pytest.mark.parametrize(
    "private",
    [
        "-----BEGIN PRIVATE KEY-----\nnot-a-key-at-all-but-long-enough-to-be-looked-for-in-errors",
        pem(ec.generate_private_key(ec.SECP256R1())),
        public_pem(),
    ],
)
async def test_useless_key_is_named_without_showing_it(github: FakeGitHub, private: str) -> None:
    transport = app(github, options={"app_id": "4711", "private_key": private})
    with pytest.raises(Unauthorized, match="private key") as caught:
        await transport.send(ISSUE, Part("Hello"))
    assert private[-60:-30] not in "".join(traceback.format_exception(caught.value))


async def test_app_writes_as_its_bot_user(transport: GitHubTransport) -> None:
    login = f"{LOGIN}[bot]"
    assert await transport.identify() == Identity(str(user(login)["id"]), login, f"GitHub App {LOGIN}")


async def test_bot_user_is_public_where_the_signature_opens_nothing(
    github: FakeGitHub, transport: GitHubTransport
) -> None:
    github.refuse(401, "GET /users/*", where=lambda call: "authorization" in call.headers)
    github.refuse(
        200, "GET /users/*", body={"id": 77, "login": "x[bot]"}, where=lambda call: "authorization" not in call.headers
    )
    assert (await transport.identify()).account_id == "77"


async def test_app_finds_its_own_comment(transport: GitHubTransport) -> None:
    comment_id = await transport.send(ISSUE, Part("Hello"), marker="abc")
    assert await transport.find(ISSUE, "abc") == comment_id
