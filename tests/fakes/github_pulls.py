"""Reviews and merges of a fake GitHub: https://docs.github.com/rest/pulls."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tests.fakes.github_errors import Failure
from tests.fakes.github_store import Issue, stamp, user
from tests.fakes.rules import Response, json_response

if TYPE_CHECKING:
    from tests.fakes.github_routes import Ask

_STATES = {"COMMENT": "COMMENTED", "APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED"}
_HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")


def create_review(ask: Ask) -> Response:
    """All or nothing: one comment beside the diff refuses the whole review."""
    body, event = ask.body.get("body") or "", ask.body.get("event")
    comments = ask.body.get("comments") or []
    if event not in _STATES or (event == "REQUEST_CHANGES" and not body) or not (body or comments):
        raise Failure(422, "Unprocessable Entity")
    if event != "COMMENT" and user(ask.issue.author)["id"] == ask.caller.account["id"]:
        raise Failure(422, "Can not approve your own pull request")
    for comment in comments:
        if not _in_diff(ask.issue, comment):
            raise Failure(422, "Unprocessable Entity", errors=["Line could not be resolved"])
    made: dict[str, Any] = {
        "id": ask.fake.store.next_id(), "user": ask.caller.account, "body": body, "state": _STATES[event],
        "commit_id": ask.body.get("commit_id") or ask.issue.sha, "submitted_at": stamp(),
    }  # fmt: skip
    made["html_url"] = f"{ask.issue.shown()['html_url']}#pullrequestreview-{made['id']}"
    ask.issue.reviews.append(made)
    for comment in comments:
        ask.issue.review_comments.append({
            **comment, "id": ask.fake.store.next_id(), "user": ask.caller.account, "pull_request_review_id": made["id"],
            "original_line": comment["line"], "commit_id": made["commit_id"], "created_at": stamp(),
        })  # fmt: skip
    return json_response(made, 200)


def change_review(ask: Ask) -> Response:
    found = next((one for one in ask.issue.reviews if one["id"] == int(ask.part["review"])), None)
    if found is None:
        raise Failure(404)
    if found["user"]["id"] != ask.caller.account["id"]:
        raise Failure(403)
    found["body"] = ask.body["body"]
    return json_response(found)


def review_comments(ask: Ask) -> Response:
    return ask.page(ask.issue.review_comments)


def merge(ask: Ask) -> Response:
    issue, wanted = ask.issue, ask.body.get("sha")
    if issue.merged or issue.draft or issue.state != "open" or issue.mergeable is not True:
        raise Failure(405, "Pull Request is not mergeable")
    if wanted and wanted != issue.sha:
        raise Failure(409, "Head branch was modified. Review and try the merge again.")
    issue.merged, issue.state = True, "closed"
    return json_response({"sha": "e" * 40, "merged": True, "message": "Pull Request successfully merged"})


def pulls(ask: Ask) -> Response:
    query = ask.request.query
    branch = query.get("head", "").rpartition(":")[2]
    found = [
        issue.shown_as_pull()
        for issue in ask.fake.store.pulls(ask.repository)
        if issue.state == query.get("state", "open") and (not branch or issue.branch == branch)
    ]
    return ask.page(found)


def create_pull(ask: Ask) -> Response:
    head = ask.body["head"]
    if head not in ask.home.branches:
        raise Failure(422, "Validation Failed")
    if any(issue.branch == head and issue.state == "open" for issue in ask.fake.store.pulls(ask.repository)):
        raise Failure(422, f"A pull request already exists for {head}.")
    number = 1 + max((issue.number for issue in ask.fake.store.of(ask.repository)), default=0)
    issue = Issue(
        ask.repository, number, title=ask.body["title"], body=ask.body.get("body") or "", is_pull=True, branch=head,
        sha=ask.home.branches[head], author=ask.caller.account["login"], draft=ask.body.get("draft") is True,
    )  # fmt: skip
    ask.fake.store.put(issue)
    return json_response(issue.shown_as_pull(), 201)


def add_labels(ask: Ask) -> Response:
    ask.issue.labels += [name for name in ask.body["labels"] if name not in ask.issue.labels]
    return json_response(ask.issue.shown()["labels"])


def assign(ask: Ask) -> Response:
    """Whoever is not a collaborator is passed over."""
    known = {login for (repository, login) in ask.fake.permissions if repository == ask.repository.lower()}
    ask.issue.assignees += [name for name in ask.body["assignees"] if name.lower() in known]
    return json_response(ask.issue.shown(), 201)


def change_issue(ask: Ask) -> Response:
    ask.issue.state = ask.body.get("state", ask.issue.state)
    return json_response(ask.issue.shown() | {"state_reason": ask.body.get("state_reason")})


def _in_diff(issue: Issue, comment: dict[str, Any]) -> bool:
    """By the ranges that the hunks name, not by their lines: another way than the one under test."""
    patch = next((file.get("patch", "") for file in issue.files if file["filename"] == comment["path"]), "")
    for found in _HUNK.finditer(patch):
        first, many = (found[1], found[2]) if comment.get("side") == "LEFT" else (found[3], found[4])
        span = range(int(first), int(first) + int(many or 1))
        if comment["line"] in span and comment.get("start_line", comment["line"]) in span:
            return True
    return False
