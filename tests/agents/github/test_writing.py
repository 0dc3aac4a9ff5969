"""What the writing tools do, in whose repository, and who has to decide about it."""

from __future__ import annotations

from typing import Any

import pytest

from agents.base import Risk, Tool
from agents.schema import unfit
from agents.tools.github import GITHUB_TOOLS, READING, WRITING
from botplatform.models.approval import Decider
from botplatform.pipeline.permits import Policy, decider, reason_to_ask
from tests.agents.github.world import HEAD, HOME, PULL, TOOLS, Run
from tests.fakes.github import FakeGitHub
from tests.fakes.github_code import Repository
from tests.fakes.github_store import Issue

OTHER = "octo/widgets"
CALLS: dict[str, dict[str, Any]] = {
    "github_create_branch": {"branch": "mend/angle"},
    "github_comment": {"number": 12, "body": "Hello"},
    "github_add_labels": {"number": 12, "labels": ["bug"]},
    "github_assign": {"number": 12, "logins": ["anna"]},
    "github_close": {"number": 12, "reason": "not_planned"},
    "github_review": {"number": PULL, "summary": "Fine.", "event": "APPROVE"},
    "github_create_pull_request": {"title": "Mend it", "head": "mend-it"},
    "github_merge": {"number": PULL, "head_sha": HEAD},
}


def asked(tool: Tool, arguments: dict[str, Any], *, harmless: bool = False, ask_from: Risk = Risk.HIGH) -> str:
    return reason_to_ask(tool, arguments, policy=Policy(), ask_from=ask_from, untrusted=(), harmless=harmless)


# -- all of them


def test_every_name_is_there_once() -> None:
    names = [tool.name for tool in GITHUB_TOOLS]
    assert sorted(names) == sorted({*names})
    assert {tool.name for tool in WRITING} == CALLS.keys()
    assert len(names) == 16


@pytest.mark.parametrize("name", CALLS)
def test_arguments_of_these_tests_fit(name: str) -> None:
    assert unfit(TOOLS[name].input_schema, CALLS[name]) == ""


@pytest.mark.parametrize("name", CALLS)
def test_writing_needs_an_approvers_decision(name: str, run: Run) -> None:
    tool = TOOLS[name]
    assert asked(tool, CALLS[name], harmless=tool.harmless(CALLS[name], run))
    assert decider(tool, policy=Policy(), alone=True) is Decider.APPROVER
    assert tool.writes


@pytest.mark.parametrize("tool", READING, ids=[tool.name for tool in READING])
def test_reading_needs_none(tool: Tool) -> None:
    assert (asked(tool, {}), tool.writes, tool.repeatable) == ("", False, True)


@pytest.mark.parametrize("name", CALLS)
async def test_other_repositories_are_not_written_to(name: str, github: FakeGitHub, run: Run) -> None:
    result = await run.use(name, **CALLS[name], repository=OTHER)
    assert result.is_error
    assert f"nothing can be changed in {OTHER} from here" in result.content
    assert github.calls == []


@pytest.mark.parametrize("name", CALLS)
async def test_elsewhere_a_repository_has_to_be_named(name: str, github: FakeGitHub) -> None:
    run = Run(github.url, repository="")
    assert "belongs to no repository" in (await run.use(name, **CALLS[name])).content
    assert github.calls == []


@pytest.mark.parametrize("name", CALLS)
def test_description_names_what_where(name: str) -> None:
    words = TOOLS[name].describe(CALLS[name] | {"repository": OTHER})
    shown = [
        value for value in CALLS[name].values() if isinstance(value, str) and value not in ("APPROVE", "not_planned")
    ]
    assert OTHER in words
    assert all(value in words for value in shown)
    assert "number" not in CALLS[name] or f"#{CALLS[name]['number']}" in words


@pytest.mark.parametrize("name", CALLS)
def test_description_says_whose_repository_without_its_name(name: str) -> None:
    assert "this conversation's repository" in TOOLS[name].describe(CALLS[name])


# -- a review that is no more than an answer


@pytest.mark.parametrize(
    ("changes", "harmless"),
    [
        ({}, True),
        ({"repository": HOME.upper()}, True),
        ({"event": "COMMENT"}, True),
        ({"event": "APPROVE"}, False),
        ({"event": "REQUEST_CHANGES"}, False),
        ({"number": PULL + 1}, False),
        ({"repository": OTHER}, False),
    ],
)
def test_review_without_a_decision(changes: dict[str, Any], harmless: bool, run: Run) -> None:
    arguments = {"number": PULL, "summary": "Fine."} | changes
    tool = TOOLS["github_review"]
    assert tool.harmless(arguments, run) is harmless
    assert bool(asked(tool, arguments, harmless=tool.harmless(arguments, run))) is not harmless


async def test_review_from_elsewhere_is_never_harmless(github: FakeGitHub) -> None:
    run = Run(github.url, repository="")
    assert not TOOLS["github_review"].harmless({"number": PULL, "summary": "x", "repository": HOME}, run)


# -- each of them


async def test_comment_is_posted_clean(github: FakeGitHub, run: Run) -> None:
    body = "Hi @a @b @c @d ![x](https://evil.example/?q=1)\n\n<!-- botplatform:abc -->"
    assert not (await run.use("github_comment", number=12, body=body)).is_error
    [comment] = github.comments(HOME, 12)
    assert comment["body"] == "Hi @a @b @c @&#8203;d [x](https://evil.example/?q=1)"


async def test_comment_whose_answer_was_lost_is_found(github: FakeGitHub, run: Run) -> None:
    github.drop("POST *")
    result = await run.use("github_comment", number=12, body="Hello")
    assert "The comment is posted" in result.content
    assert len(github.comments(HOME, 12)) == 1


async def test_comment_that_may_not_have_arrived_is_called_so(github: FakeGitHub, run: Run) -> None:
    github.drop("POST *", accepted=False)
    github.add_comment(HOME, 12, "Hello", author="mallory")
    result = await run.use("github_comment", number=12, body="Hello")
    assert result.is_error
    assert result.content.startswith("Nobody knows whether GitHub has done it")


async def test_comment_of_nothing_but_a_marker_is_refused(github: FakeGitHub, run: Run) -> None:
    assert (
        await run.use("github_comment", number=12, body="<!-- botplatform:x -->")
    ).content == "The comment is empty."
    assert github.calls == []


async def test_labels_are_added(github: FakeGitHub, run: Run) -> None:
    issue = github.add_issue(HOME, 12, labels=["old"])
    assert "now has the labels old, bug" in (await run.use("github_add_labels", number=12, labels=["bug"])).content
    assert issue.labels == ["old", "bug"]


async def test_whoever_cannot_be_assigned_is_named(github: FakeGitHub, run: Run) -> None:
    github.permit(HOME, "anna", "write")
    content = (await run.use("github_assign", number=12, logins=["anna", "mallory"])).content
    assert content == f"{HOME}#12 is now assigned to anna. GitHub does not let mallory be assigned here."


async def test_issue_is_closed_with_its_reason(github: FakeGitHub, run: Run) -> None:
    issue = github.add_issue(HOME, 12)
    await run.use("github_close", number=12, reason="not_planned")
    assert issue.state == "closed"
    assert github.select("PATCH *")[0].body == {"state": "closed", "state_reason": "not_planned"}


async def test_branch_begins_at_the_default_branch(home: Repository, run: Run) -> None:
    for _ in range(2):
        assert not (await run.use("github_create_branch", branch="mend/angle")).is_error
    assert home.branches["mend/angle"] == "b" * 40


async def test_branch_that_is_there_elsewhere_is_left(home: Repository, run: Run) -> None:
    result = await run.use("github_create_branch", branch="mend-it")
    assert (result.is_error, home.branches["mend-it"]) == (True, HEAD)
    assert f"is there already, at {HEAD}" in result.content


async def test_branch_with_an_odd_name_is_refused(github: FakeGitHub, run: Run) -> None:
    for branch in ("-x", "a..b", "a b", "a~1", "refs/heads/x?", "x.", "a//b"):
        assert (await run.use("github_create_branch", branch=branch)).is_error
    assert github.select("POST *") == []


async def test_pull_request_is_opened_once(github: FakeGitHub, home: Repository, run: Run) -> None:
    first = await run.use("github_create_pull_request", title="Mend\nit", head="mend-it", body="Ask @x/y")
    again = await run.use("github_create_pull_request", title="Mend it", head="mend-it")
    assert f"Pull request {HOME}#1 is open" in first.content
    assert "There is an open pull request from mend-it into main" in again.content
    sent = github.select("POST *")[0].body
    assert (sent["title"], sent["body"], sent["base"]) == ("Mend it", "Ask @&#8203;x/y", "main")


async def test_pull_request_from_another_repository_is_refused(github: FakeGitHub, home: Repository, run: Run) -> None:
    assert (await run.use("github_create_pull_request", title="x", head="mallory:main")).is_error
    assert github.select("POST *") == []


async def test_refusal_of_github_is_said(pull: Issue, github: FakeGitHub, run: Run) -> None:
    github.refuse(403, "POST *")
    content = (await run.use("github_add_labels", number=PULL, labels=["x"])).content
    assert content == "GitHub answered 403: Resource not accessible by integration."


async def test_rate_limit_says_when_to_try_again(github: FakeGitHub, run: Run) -> None:
    github.slow_down(42, "POST *")
    content = (await run.use("github_add_labels", number=PULL, labels=["x"])).content
    assert content.endswith("it may be tried again in 42 seconds.")


async def test_credentials_that_are_refused_are_for_an_operator(github: FakeGitHub, run: Run) -> None:
    github.revoke("ghp_token")
    assert "an operator has to look at its credentials" in (await run.use("github_get_issue", number=1)).content


def test_only_what_can_be_repeated_is_called_so() -> None:
    assert {tool.name for tool in WRITING if not tool.repeatable} == {"github_comment"}
