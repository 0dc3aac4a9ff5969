"""Who may write, as GitHub itself says, and whose words count as a stranger's."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.fakes.github import FakeGitHub
from tests.fakes.github_store import user
from tests.transports.github_bot import LOGIN, REPOSITORY, bot, conversation
from transports.base import Author, Conversation
from transports.errors import OutcomeUnknown, Refused, TransportError, TryLater
from transports.github import GitHubTransport, permissions

ISSUE, PULL = conversation(), conversation(13, is_pull=True)


def who(login: str) -> Author:
    return Author(str(user(login)["id"]), login)


def path(login: str) -> str:
    return f"GET /repos/{REPOSITORY}/collaborators/{login}/permission"


def grant(github: FakeGitHub, login: str, permission: str = "write", **fields: Any) -> None:
    """https://docs.github.com/en/rest/collaborators/collaborators#get-repository-permissions-for-a-user"""
    answer = {"permission": permission, "role_name": permission, "user": user(login)} | fields
    github.refuse(200, path(login), body=answer)


def lookups(github: FakeGitHub) -> int:
    return github.count("GET */permission")


@pytest.fixture
def github() -> Iterator[FakeGitHub]:
    with FakeGitHub(login=LOGIN) as fake:
        yield fake


@pytest.fixture
async def transport(github: FakeGitHub) -> AsyncIterator[GitHubTransport]:
    transport = bot(api_url=github.url, account_id=str(user(LOGIN)["id"]))
    yield transport
    await transport.http.aclose()


@pytest.mark.parametrize(
    ("permission", "role", "may"),
    [
        ("admin", "admin", True),
        ("write", "write", True),
        ("write", "maintain", True),
        ("read", "maintain", True),
        ("write", "Security lead", True),
        ("read", "triage", False),
        ("read", "read", False),
        ("none", "none", False),
        ("read", "admin-like", False),
        ("", "", False),
        (None, ["write"], False),
    ],
)
async def test_permission_is_what_github_says(
    github: FakeGitHub, transport: GitHubTransport, permission: Any, role: Any, may: bool
) -> None:
    grant(github, "anna", permission, role_name=role)
    assert await transport.may_write(ISSUE, who("anna")) is may


@pytest.mark.parametrize("somebody", [None, {}, {"id": None}, {"id": "7"}, user("mallory")])
async def test_answer_about_another_account_counts_for_nothing(
    github: FakeGitHub, transport: GitHubTransport, somebody: Any
) -> None:
    grant(github, "anna", "admin", user=somebody)
    assert not await transport.may_write(ISSUE, who("anna"))


async def test_whoever_took_over_a_name_has_not_its_permission(github: FakeGitHub, transport: GitHubTransport) -> None:
    grant(github, "anna")
    assert not await transport.may_write(ISSUE, Author("666", "anna"))
    assert await transport.may_write(ISSUE, who("anna"))


async def test_account_that_is_not_there_may_not(github: FakeGitHub, transport: GitHubTransport) -> None:
    github.refuse(404, path("anna"))
    assert not await transport.may_write(ISSUE, who("anna"))


@pytest.mark.parametrize(("status", "error"), [(403, Refused), (429, TryLater), (502, TryLater), (504, OutcomeUnknown)])
async def test_failed_lookup_is_told_and_not_remembered(
    github: FakeGitHub, transport: GitHubTransport, status: int, error: type[TransportError]
) -> None:
    github.refuse(status, path("anna"), times=1)
    with pytest.raises(error):
        await transport.may_write(ISSUE, who("anna"))
    grant(github, "anna")
    assert await transport.may_write(ISSUE, who("anna"))


async def test_unreadable_answer_is_told(github: FakeGitHub, transport: GitHubTransport) -> None:
    github.refuse(200, path("anna"), body=b"<html>")
    with pytest.raises(OutcomeUnknown):
        await transport.may_write(ISSUE, who("anna"))


async def test_conversation_without_an_address_is_refused(transport: GitHubTransport) -> None:
    with pytest.raises(Refused):
        await transport.may_write(Conversation("1:2"), who("anna"))


@pytest.mark.parametrize("name", ["", ".", ".."])
async def test_name_that_is_none_is_not_asked_for(github: FakeGitHub, transport: GitHubTransport, name: str) -> None:
    assert not await transport.may_write(ISSUE, Author("7", name))
    assert github.calls == []


async def test_name_stays_within_its_part_of_the_path(github: FakeGitHub, transport: GitHubTransport) -> None:
    github.refuse(404)
    await transport.may_write(ISSUE, Author("7", "../../anna?x=#/permission"))
    [call] = github.calls
    assert call.path.startswith(f"/repos/{REPOSITORY}/collaborators/")
    assert not call.query


# -- remembered for a minute


async def test_answer_is_remembered_for_its_repository_and_account(
    github: FakeGitHub, transport: GitHubTransport
) -> None:
    grant(github, "anna")
    for _ in range(3):
        assert await transport.may_write(ISSUE, who("anna"))
    assert await transport.may_write(PULL, who("anna"))
    assert lookups(github) == 1
    elsewhere = replace(ISSUE, address={**ISSUE.address, "repository": "meadow-labs/other"})
    github.refuse(404, "GET /repos/meadow-labs/other/*")
    assert not await transport.may_write(elsewhere, who("anna"))


async def test_answer_whose_time_is_over_is_asked_for_anew(
    github: FakeGitHub, transport: GitHubTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert permissions.CACHE_SECONDS == 60
    monkeypatch.setattr(permissions, "CACHE_SECONDS", 0)
    grant(github, "anna")
    assert await transport.may_write(ISSUE, who("anna"))
    github.reset()
    grant(github, "anna", "read")
    assert not await transport.may_write(ISSUE, who("anna"))


async def test_memory_is_bounded(
    github: FakeGitHub, transport: GitHubTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(permissions, "CACHE_SIZE", 5)
    github.refuse(404)
    for number in range(20):
        await transport.may_write(ISSUE, Author(str(number), "x"))
    assert len(transport._permissions._known) <= 5


# -- strangers' words in the context


async def strangers(transport: GitHubTransport, to: Conversation = ISSUE) -> list[str]:
    return list((await transport.context(to)).untrusted)


async def test_words_of_people_without_permission_are_named(github: FakeGitHub, transport: GitHubTransport) -> None:
    github.add_issue(REPOSITORY, 12, author="mallory")
    github.add_comment(REPOSITORY, 12, "I am a maintainer.", author="bert")
    github.add_comment(REPOSITORY, 12, "Fine.", author="anna")
    grant(github, "anna")
    grant(github, "bert", "read")
    github.refuse(404, path("mallory"))
    description, comment = await strangers(transport)
    assert description.startswith("description of 2026-01-01 00:00 by mallory")
    assert comment.startswith("comment of ")
    assert comment.endswith(" by bert")


async def test_nothing_by_strangers_is_nothing_untrusted(github: FakeGitHub, transport: GitHubTransport) -> None:
    github.add_issue(REPOSITORY, 12, author="anna")
    github.add_comment(REPOSITORY, 12, "Hello", author="anna")
    grant(github, "anna", "admin")
    assert await strangers(transport) == []


async def test_the_bot_and_the_owner_need_no_lookup(github: FakeGitHub, transport: GitHubTransport) -> None:
    github.add_issue(REPOSITORY, 12, author="olga")
    await transport.send(ISSUE, transport.render("Hello")[0])
    owned = replace(ISSUE, address={**ISSUE.address, "owner": user("olga")["id"]})
    assert await strangers(transport, owned) == []
    assert lookups(github) == 0


@pytest.mark.parametrize("status", [401, 403, 404, 429, 502, 504])
async def test_whoever_cannot_be_looked_up_is_a_stranger(
    github: FakeGitHub, transport: GitHubTransport, status: int
) -> None:
    github.add_issue(REPOSITORY, 12, author="anna")
    github.refuse(status, path("anna"))
    assert len(await strangers(transport)) == 1


async def test_words_of_nobody_are_a_strangers(github: FakeGitHub, transport: GitHubTransport) -> None:
    github.refuse(200, "GET */issues/12", body={"title": "A title", "user": None})
    assert await strangers(transport) == ["description by somebody"]


async def test_title_that_github_does_not_give_is_a_strangers(github: FakeGitHub, transport: GitHubTransport) -> None:
    github.refuse(502)
    assert await strangers(transport) == ["description by somebody"]


async def test_pull_request_names_its_changes_and_review_comments(
    github: FakeGitHub, transport: GitHubTransport
) -> None:
    github.add_issue(REPOSITORY, 13, is_pull=True, author="mallory")
    review = {"user": user("bert"), "body": "Why?", "path": "a.py", "created_at": "2026-11-02T14:05:40Z"}
    github.refuse(200, "GET */pulls/13/comments", body=[review])
    github.refuse(404, "GET */permission")
    changes, comment = await strangers(transport, PULL)
    assert changes.startswith("description and changes of ")
    assert comment == "review comment of 2026-11-02 14:05 by bert"


async def test_only_ten_people_are_looked_up(github: FakeGitHub, transport: GitHubTransport) -> None:
    github.add_issue(REPOSITORY, 13, is_pull=True, author="anna")
    reviews = [{"user": user(f"reviewer{number}"), "body": "x"} for number in range(10)]
    github.refuse(200, "GET */pulls/13/comments", body=reviews)
    for number in range(10):
        github.add_comment(REPOSITORY, 13, "x", author=f"talker{number}")
    for login in ["anna", *(f"{name}{number}" for name in ("reviewer", "talker") for number in range(10))]:
        grant(github, login)
    found = await strangers(transport, PULL)
    assert lookups(github) == 10
    assert len(found) == 11


async def test_login_cannot_smuggle_words(github: FakeGitHub, transport: GitHubTransport) -> None:
    odd = {"login": "m\u202ey\U000e0041" + "x" * 500, "id": 5}
    github.refuse(200, "GET */issues/12", body={"title": "A title", "user": odd})
    github.refuse(404, "GET */permission")
    assert await strangers(transport) == ["description by " + ("my" + "x" * 500)[:40]]
