from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest

from tests.fakes.github import FakeGitHub
from tests.fakes.github_store import user
from tests.transports.github_bot import LOGIN, REPOSITORY, bot, conversation
from transports.base import Conversation, Identity, Part
from transports.errors import MessageGone, OutcomeUnknown, Refused, TransportError, TryLater, Unauthorized
from transports.github import GitHubTransport
from transports.github.failures import failure
from transports.http import before_sending

ISSUE = conversation()
COMMENTS = f"/repos/{REPOSITORY}/issues/12/comments"


@pytest.fixture
def github() -> Iterator[FakeGitHub]:
    with FakeGitHub(login=LOGIN) as fake:
        yield fake


@pytest.fixture
async def transport(github: FakeGitHub) -> AsyncIterator[GitHubTransport]:
    transport = bot(api_url=github.url, account_id=str(user(LOGIN)["id"]))
    yield transport
    await transport.http.aclose()


# -- send


async def test_send_makes_one_comment_and_returns_its_id(github: FakeGitHub, transport: GitHubTransport) -> None:
    comment_id = await transport.send(ISSUE, Part("Hello"), reply_to="issue_comment:1")
    [comment] = github.comments(REPOSITORY, 12)
    assert (str(comment["id"]), comment["body"]) == (comment_id, "Hello")


async def test_marker_is_appended_unseen(github: FakeGitHub, transport: GitHubTransport) -> None:
    await transport.send(ISSUE, Part("Hello"), marker="abc")
    assert github.comments(REPOSITORY, 12)[0]["body"] == "Hello\n\n<!-- botplatform:abc -->"


async def test_longest_part_is_taken_with_its_marker(github: FakeGitHub, transport: GitHubTransport) -> None:
    parts = transport.render("x" * 70_000)
    for number, part in enumerate(parts):
        await transport.send(ISSUE, part, marker=f"{number:0128x}")
    assert len(github.comments(REPOSITORY, 12)) == len(parts) == 2


async def test_call_has_the_headers_that_github_asks_for(github: FakeGitHub, transport: GitHubTransport) -> None:
    await transport.send(ISSUE, Part("Hello"))
    sent = github.calls[0].headers
    assert sent["authorization"] == "Bearer ghp_token"
    assert sent["accept"] == "application/vnd.github+json"
    assert (sent["x-github-api-version"], sent["user-agent"]) == ("2022-11-28", "botplatform")


async def test_answer_that_cannot_be_read_leaves_the_outcome_open(
    github: FakeGitHub, transport: GitHubTransport
) -> None:
    github.refuse(201, body=b"<html>", accepted=True)
    with pytest.raises(OutcomeUnknown):
        await transport.send(ISSUE, Part("Hello"))


async def test_connection_lost_after_accepting_leaves_the_outcome_open(
    github: FakeGitHub, transport: GitHubTransport
) -> None:
    github.drop("POST */comments")
    with pytest.raises(OutcomeUnknown):
        await transport.send(ISSUE, Part("Hello"))
    assert len(github.comments(REPOSITORY, 12)) == 1


async def test_conversation_without_an_address_is_refused(transport: GitHubTransport) -> None:
    with pytest.raises(Refused):
        await transport.send(Conversation("1:2"), Part("Hello"))


async def test_nothing_is_sent_once_the_lease_is_too_old(github: FakeGitHub, transport: GitHubTransport) -> None:
    def stop() -> None:
        raise KeyError("lease")

    before_sending.set(stop)
    with pytest.raises(KeyError):
        await transport.send(ISSUE, Part("Hello"))
    assert github.comments(REPOSITORY, 12) == []


async def test_renamed_repository_is_followed(github: FakeGitHub, transport: GitHubTransport) -> None:
    new = f"{github.url}/repos/{REPOSITORY}/issues/77/comments"
    github.refuse(307, f"POST {COMMENTS}", headers={"location": new}, times=1)
    await transport.send(ISSUE, Part("Hello"))
    assert github.comments(REPOSITORY, 77)[0]["body"] == "Hello"


async def test_redirect_to_another_host_is_not_followed(github: FakeGitHub, transport: GitHubTransport) -> None:
    with FakeGitHub() as other:
        github.refuse(307, headers={"location": f"{other.url}{COMMENTS}"})
        with pytest.raises(Refused):
            await transport.send(ISSUE, Part("Hello"))
        assert other.calls == []


# -- find


async def test_own_comment_is_found_by_its_marker(transport: GitHubTransport) -> None:
    comment_id = await transport.send(ISSUE, Part("Hello"), marker="abc")
    await transport.send(ISSUE, Part("Hello again"), marker="def")
    assert await transport.find(ISSUE, "abc") == comment_id


async def test_marker_that_is_nowhere_is_not_found(transport: GitHubTransport) -> None:
    await transport.send(ISSUE, Part("Hello"), marker="abcd")
    assert await transport.find(ISSUE, "abc") == ""


async def test_marker_in_somebody_elses_comment_proves_nothing(github: FakeGitHub, transport: GitHubTransport) -> None:
    github.add_comment(REPOSITORY, 12, "Hello\n\n<!-- botplatform:abc -->", author="mallory")
    assert await transport.find(ISSUE, "abc") == ""


async def test_newest_comments_of_a_long_issue_are_looked_through_first(
    github: FakeGitHub, transport: GitHubTransport
) -> None:
    for number in range(730):
        github.add_comment(REPOSITORY, 12, f"{number}")
    comment_id = await transport.send(ISSUE, Part("Hello"), marker="abc")
    assert await transport.find(ISSUE, "abc") == comment_id
    assert [call.query["page"] for call in github.select("GET *")] == ["1", "8"]


async def test_search_through_an_endless_issue_is_bounded(github: FakeGitHub, transport: GitHubTransport) -> None:
    for number in range(1100):
        github.add_comment(REPOSITORY, 12, f"{number}")
    assert await transport.find(ISSUE, "abc") == ""
    assert [call.query["page"] for call in github.select("GET *")] == ["1", "11", "10", "9", "8", "7"]


async def test_search_that_fails_is_not_taken_for_nothing_found(github: FakeGitHub, transport: GitHubTransport) -> None:
    github.refuse(502, "GET *")
    with pytest.raises(TryLater):
        await transport.find(ISSUE, "abc")


async def test_bot_asks_for_its_id_where_it_is_unknown(github: FakeGitHub) -> None:
    transport = bot(api_url=github.url, account_id="")
    comment_id = await transport.send(ISSUE, Part("Hello"), marker="abc")
    assert await transport.find(ISSUE, "abc") == comment_id
    await transport.http.aclose()


# -- edit, delete, react


async def test_edit_replaces_the_comment(github: FakeGitHub, transport: GitHubTransport) -> None:
    comment_id = await transport.send(ISSUE, Part("Hello"))
    await transport.edit(ISSUE, comment_id, Part("Hello, Anna"))
    assert github.comments(REPOSITORY, 12)[0]["body"] == "Hello, Anna"


async def test_edit_of_a_deleted_comment_says_so(transport: GitHubTransport) -> None:
    with pytest.raises(MessageGone):
        await transport.edit(ISSUE, "404404", Part("Hello"))


async def test_deleted_comment_is_gone(github: FakeGitHub, transport: GitHubTransport) -> None:
    comment_id = await transport.send(ISSUE, Part("Hello"))
    await transport.delete(ISSUE, comment_id)
    assert github.comments(REPOSITORY, 12) == []


async def test_deleting_a_comment_twice_is_success(github: FakeGitHub, transport: GitHubTransport) -> None:
    comment_id = await transport.send(ISSUE, Part("Hello"))
    await transport.delete(ISSUE, comment_id)
    await transport.delete(ISSUE, comment_id)
    assert github.count("DELETE *") == 2


@pytest.mark.parametrize(
    ("message_id", "where"),
    [
        ("issue_comment:9", "issues/comments/9"),
        ("9", "issues/comments/9"),
        ("pull_request_review_comment:9", "pulls/comments/9"),
        ("issue:12", "issues/12"),
        ("pull_request:12", "issues/12"),
        ("pull_request_review:9", "issues/12"),
    ],
)
async def test_reaction_goes_where_the_message_is(
    github: FakeGitHub, transport: GitHubTransport, message_id: str, where: str
) -> None:
    await transport.react(ISSUE, message_id, "eyes")
    [call] = github.calls
    assert (call.path, call.body) == (f"/repos/{REPOSITORY}/{where}/reactions", {"content": "eyes"})


async def test_repeated_reaction_is_success(github: FakeGitHub, transport: GitHubTransport) -> None:
    await transport.react(ISSUE, "issue_comment:9", "eyes")
    await transport.react(ISSUE, "issue_comment:9", "eyes")
    assert github.reactions == {(REPOSITORY, "issues/comments", 9): ["eyes"]}


@pytest.mark.parametrize("comment_id", ["../../user", "", "1/reactions", "x"])
async def test_id_that_is_none_reaches_no_path(github: FakeGitHub, transport: GitHubTransport, comment_id: str) -> None:
    with pytest.raises(Refused):
        await transport.edit(ISSUE, comment_id, Part("Hello"))
    assert github.calls == []


async def test_token_says_whose_it_is(transport: GitHubTransport) -> None:
    expected = Identity(str(user(LOGIN)["id"]), LOGIN, "token of a user")
    assert await transport.identify() == expected


# -- errors


def answer(status: int, message: Any = "", **headers: str) -> TransportError:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return failure(httpx.Response(status, json={"message": message}, headers=names))


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, Unauthorized), (403, Refused), (404, Refused), (410, Refused), (422, Refused), (301, Refused),
        (429, TryLater), (500, TryLater), (502, TryLater), (503, TryLater), (504, OutcomeUnknown),
        (599, OutcomeUnknown),
    ],
)  # fmt: skip
def test_status_says_what_to_do(status: int, error: type[TransportError]) -> None:
    raised = answer(status, "words")
    assert isinstance(raised, error)
    assert raised.permanent is issubclass(error, Refused)


def test_refusal_keeps_githubs_words_without_addresses() -> None:
    words = "Resource not accessible by integration, see https://docs.github.com/x?y=1"
    assert str(answer(403, words)) == "GitHub answered 403: Resource not accessible by integration, see …"


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"message": 1}', b"[" * 100_000])
def test_refusal_without_words_is_still_one(body: bytes) -> None:
    assert str(failure(httpx.Response(422, content=body))) == "GitHub answered 422"


@pytest.mark.parametrize("status", [403, 429])
def test_retry_after_is_obeyed(status: int) -> None:
    raised = answer(status, "You have exceeded a secondary rate limit", retry_after="120")
    assert (type(raised), raised.retry_after) == (TryLater, 120)


def test_primary_limit_waits_for_its_reset() -> None:
    raised = answer(403, "", x_ratelimit_remaining="0", x_ratelimit_reset=str(int(time.time()) + 600))
    assert isinstance(raised, TryLater)
    assert raised.retry_after == pytest.approx(600, abs=5)


def test_limit_without_a_time_waits_a_minute() -> None:
    raised = answer(403, "You have exceeded a secondary rate limit.")
    assert (type(raised), raised.retry_after) == (TryLater, 60)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry_after": "soon"}, 60),
        ({"retry_after": "-5"}, 60),
        ({"retry_after": "0"}, 1),
        ({"retry_after": "9" * 5000}, 7200),
        ({"x_ratelimit_remaining": "0", "x_ratelimit_reset": "1"}, 1),
        ({"x_ratelimit_remaining": "0", "x_ratelimit_reset": "9" * 400}, 7200),
        ({"x_ratelimit_remaining": "0"}, 60),
    ],
)
def test_odd_wait_is_bounded(headers: dict[str, str], seconds: float) -> None:
    assert answer(429, **headers).retry_after == seconds


async def test_rate_limit_reaches_the_caller(github: FakeGitHub, transport: GitHubTransport) -> None:
    github.slow_down(17)
    with pytest.raises(TryLater) as caught:
        await transport.send(ISSUE, Part("Hello"))
    assert caught.value.retry_after == 17


@pytest.mark.parametrize("token", ["", " ", "ghp_é", "ghp_a\nb"])
async def test_malformed_token_is_named_without_showing_it(github: FakeGitHub, token: str) -> None:
    transport = bot(api_url=github.url, token=token)
    with pytest.raises(Unauthorized) as caught:
        await transport.send(ISSUE, Part("Hello"))
    assert "ghp" not in repr(caught.value)
    assert github.calls == []


async def test_revoked_token_is_unauthorized(github: FakeGitHub, transport: GitHubTransport) -> None:
    github.revoke("ghp_token")
    with pytest.raises(Unauthorized) as caught:
        await transport.send(ISSUE, Part("Hello"))
    assert "ghp_token" not in str(caught.value)
    assert len(github.calls) == 1
