from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from tests.fakes.github import FakeGitHub
from tests.fakes.github_store import user
from tests.transports.github_bot import LOGIN, REPOSITORY, bot, conversation
from transports.base import Conversation, Facts
from transports.github import GitHubTransport
from transports.github.context import TOTAL_LIMIT
from transports.http import before_sending

ISSUE, PULL = conversation(), conversation(13, is_pull=True)
FILE = {"filename": "sundial/dial.py", "status": "modified", "additions": 34, "deletions": 6, "changes": 40}


@pytest.fixture
def github() -> Iterator[FakeGitHub]:
    with FakeGitHub(login=LOGIN) as fake:
        yield fake


@pytest.fixture
async def transport(github: FakeGitHub) -> AsyncIterator[GitHubTransport]:
    transport = bot(api_url=github.url, account_id=str(user(LOGIN)["id"]))
    yield transport
    await transport.http.aclose()


async def test_issue_is_described(github: FakeGitHub, transport: GitHubTransport) -> None:
    github.add_issue(REPOSITORY, 12, title="Wrong shadow", body="At -33.9.", author="anna", labels=["bug", "sky"])
    github.add_comment(REPOSITORY, 12, "Same here.", author="bert")
    lines = (await transport.context(ISSUE)).text.split("\n")
    assert lines[:5] == [
        "GitHub issue meadow-labs/sundial#12 Wrong shadow",
        "URL: https://github.com/meadow-labs/sundial/issues/12",
        "Author: anna",
        "State: open",
        "Labels: bug, sky",
    ]
    assert lines[5:8] == ["", "Description:", "At -33.9."]
    assert lines[9] == "Latest comments:"
    assert lines[10].startswith("bert (")
    assert lines[10].endswith("): Same here.")


async def test_pull_request_is_described_with_branches_and_files(
    github: FakeGitHub, transport: GitHubTransport
) -> None:
    github.add_issue(REPOSITORY, 13, is_pull=True, branch="south", files=[FILE])
    context = (await transport.context(PULL)).text
    assert "GitHub pull request meadow-labs/sundial#13" in context
    assert "Branches: south → main" in context
    assert "Changed files: 1 (+34 −6)\n- modified sundial/dial.py (+34 −6)" in context


async def test_branch_of_a_fork_names_its_owner(github: FakeGitHub, transport: GitHubTransport) -> None:
    head = {"ref": "south", "label": "anna:south", "repo": {"full_name": "anna/sundial"}}
    github.refuse(
        200, "GET */pulls/13", body={"head": head, "base": {"ref": "main", "repo": {"full_name": REPOSITORY}}}
    )
    assert "Branches: anna:south → main" in (await transport.context(PULL)).text


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({"state": "closed", "merged": True}, "merged"),
        ({"state": "closed", "merged": False}, "closed"),
        ({"state": "open", "draft": True}, "open, draft"),
        ({"state": "closed", "state_reason": "not_planned", "locked": True}, "closed, not_planned, locked"),
    ],
)
async def test_state_is_told(
    github: FakeGitHub, transport: GitHubTransport, fields: dict[str, Any], state: str
) -> None:
    github.refuse(200, "GET */pulls/13", body=fields)
    assert f"State: {state}\n" in (await transport.context(PULL)).text + "\n"


async def test_review_comments_are_told_with_their_place(github: FakeGitHub, transport: GitHubTransport) -> None:
    comment = {
        "user": {"login": "bert"},
        "body": "Why?",
        "path": "a.py",
        "line": 7,
        "created_at": "2026-11-02T14:05:40Z",
    }
    github.refuse(200, "GET */pulls/13/comments", body=[comment])
    assert "bert (2026-11-02T14:05:40Z) on a.py:7: Why?" in (await transport.context(PULL)).text


async def test_last_ten_comments_are_told_in_order(github: FakeGitHub, transport: GitHubTransport) -> None:
    for number in range(103):
        github.add_comment(REPOSITORY, 12, f"remark {number}")
    told = [line.rpartition(": ")[2] for line in (await transport.context(ISSUE)).text.split("\n")[-10:]]
    assert told == [f"remark {number}" for number in range(93, 103)]


async def test_own_comments_are_told_without_their_marker(transport: GitHubTransport) -> None:
    await transport.send(ISSUE, transport.render("Hello")[0], marker="abc")
    context = (await transport.context(ISSUE)).text
    assert context.endswith(": Hello")
    assert "botplatform" not in context


async def test_invisible_characters_are_left_out(github: FakeGitHub, transport: GitHubTransport) -> None:
    github.add_issue(REPOSITORY, 12, title="a\u200bb\U000e0041c", body="x\u202ey")
    context = (await transport.context(ISSUE)).text
    assert "#12 abc\n" in context
    assert "Description:\nxy" in context


async def test_everything_is_bounded(github: FakeGitHub, transport: GitHubTransport) -> None:
    files = [FILE | {"filename": f"{number}{'f' * 300}"} for number in range(90)]
    labels = ["l" * 300] * 50
    github.add_issue(REPOSITORY, 13, is_pull=True, title="t" * 9000, body="b" * 90_000, labels=labels, files=files)
    for number in range(20):
        github.add_comment(REPOSITORY, 13, f"remark {number} " + "c" * 60_000)
    context = (await transport.context(PULL)).text
    assert len(context) <= TOTAL_LIMIT
    assert "remark 19" in context


async def test_more_files_than_are_told_are_counted(github: FakeGitHub, transport: GitHubTransport) -> None:
    github.add_issue(REPOSITORY, 13, is_pull=True, files=[FILE | {"filename": f"{number}.py"} for number in range(60)])
    assert "- … and 10 more" in (await transport.context(PULL)).text


# -- what GitHub does not give


@pytest.mark.parametrize("status", [401, 403, 404, 500, 504])
async def test_what_is_known_without_github_is_told(
    github: FakeGitHub, transport: GitHubTransport, status: int
) -> None:
    github.refuse(status)
    expected = (
        "GitHub pull request meadow-labs/sundial#13 A title\nURL: https://github.com/meadow-labs/sundial/issues/13"
    )
    assert (await transport.context(PULL)).text == expected


async def test_one_missing_answer_spoils_nothing_else(github: FakeGitHub, transport: GitHubTransport) -> None:
    github.add_issue(REPOSITORY, 13, is_pull=True, files=[FILE])
    github.add_comment(REPOSITORY, 13, "Same here.")
    github.refuse(502, "GET */pulls/13/files")
    context = (await transport.context(PULL)).text
    assert "Same here." in context
    assert "dial.py" not in context


@pytest.mark.parametrize(
    "body", [b"<html>", None, [], [None, 1], {}, {"user": 1, "labels": [1], "title": {}, "head": []}]
)
async def test_odd_answers_are_survived(github: FakeGitHub, transport: GitHubTransport, body: Any) -> None:
    github.refuse(200, body=b"null" if body is None else body)
    assert "meadow-labs/sundial#13" in (await transport.context(PULL)).text


async def test_conversation_without_an_address_has_no_context(transport: GitHubTransport) -> None:
    assert await transport.context(Conversation("1:2")) == Facts()


async def test_run_that_lost_its_lease_stops_here_too(transport: GitHubTransport) -> None:
    def stop() -> None:
        raise KeyError("lease")

    before_sending.set(stop)
    with pytest.raises(KeyError):
        await transport.context(ISSUE)
