"""A review of a pull request: posted as one, updated in place when there are new commits, never repeated.

https://docs.github.com/en/rest/pulls/reviews
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from agents.github.access import GitHubError
from agents.github.bodies import BODY_LIMIT
from agents.github.client import Client, Fields, part, text
from agents.github.names import commit as whole_commit
from agents.github.patches import Positions
from agents.github.remarks import (
    Remark,
    latest_verdict,
    more_marker,
    outdated,
    own_review,
    review_marker,
    standing_remarks,
    unsaid,
)

_STATES = {"APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED"}
_UNPROCESSABLE = 422


@dataclass(frozen=True, slots=True)
class Review:
    """What is to be said about a pull request."""

    repository: str
    number: int
    event: str
    """`COMMENT`, `APPROVE` or `REQUEST_CHANGES`."""
    summary: str
    remarks: Sequence[Remark]

    @property
    def path(self) -> str:
        return f"/repos/{self.repository}/pulls/{self.number}"


@dataclass(frozen=True, slots=True)
class Found:
    """The pull request as it is now, with what the bot has said about it before."""

    commit: str
    positions: Positions
    summary: Fields | None
    remarks: list[Fields]
    verdict: tuple[str, str]


async def post(client: Client, review: Review) -> str:
    """Post it, or what is new of it, and say what was done. Raises GitHubError.

    Each attempt looks first at what is there, so that one whose outcome nobody knows may simply be made again.
    """
    for inline in (True, True, False):
        try:
            return await _attempt(client, review, inline=inline)
        except GitHubError as error:
            # The head may have moved between looking and posting, or GitHub sees the diff otherwise than it tells.
            if not inline or not (error.unknown or error.status == _UNPROCESSABLE):
                raise
    raise AssertionError("unreachable: the last attempt returns or raises")


async def _attempt(client: Client, review: Review, *, inline: bool) -> str:
    found = await _look(client, review)
    placed = [one for one in review.remarks if inline and found.positions.has(one.path, one.side, one.line)]
    beside = [one for one in review.remarks if one not in placed]
    new = unsaid(placed, found.remarks)
    body = _summary(review, found, beside)
    comments = [one.comment(found.positions) for one in new]
    if found.summary is None:
        address = await _make(client, review, found.commit, body, comments, review.event)
    else:
        if comments or _is_new_verdict(review, found):
            more = f"About the commits up to {found.commit[:10]}; the summary is in [the review]({text(found.summary, 'html_url')})."
            await _make(client, review, found.commit, f"{more}\n\n{more_marker(found.commit)}", comments, review.event)
        address = await _update(client, review, found.summary, body)
    moved = f" {len(beside)} that are not on lines of the diff stand in its summary." if beside else ""
    there = f" {len(placed) - len(new)} were there already." if len(placed) > len(new) else ""
    done = "posted" if found.summary is None else "updated in place"
    head = f"The review of {review.repository}#{review.number} at {found.commit} is {done}"
    return f"{head}: {len(new)} new remarks on lines.{there}{moved} {address}"


async def _look(client: Client, review: Review) -> Found:
    repository = review.repository
    pull = await client.get(review.path, repository=repository)
    if text(pull, "state") != "open":
        raise GitHubError(f"{repository}#{review.number} is not open")
    files = await client.listed(f"{review.path}/files", repository=repository)
    reviews = await client.listed(f"{review.path}/reviews", repository=repository)
    comments = await client.listed(f"{review.path}/comments", repository=repository)
    if not reviews.complete or not comments.complete:
        raise GitHubError("this pull request has more reviews than can be looked through")
    own = await client.github.own_id()
    return Found(
        commit=whole_commit(text(part(pull, "head"), "sha")),
        positions=Positions({text(file, "filename"): text(file, "patch") for file in files.items}),
        summary=own_review(reviews.items, own),
        remarks=standing_remarks(comments.items, own),
        verdict=latest_verdict(reviews.items, own),
    )


async def _make(
    client: Client, review: Review, commit: str, body: str, comments: list[dict[str, Any]], event: str
) -> str:
    asked = {"commit_id": commit, "event": event, "body": body, "comments": comments}
    made = await client.write("POST", f"{review.path}/reviews", repository=review.repository, json=asked)
    return text(made, "html_url")


async def _update(client: Client, review: Review, summary: Fields, body: str) -> str:
    if text(summary, "body").replace("\r\n", "\n").strip() != body:
        path = f"{review.path}/reviews/{summary.get('id')}"
        await client.write("PUT", path, repository=review.repository, json={"body": body})
    return text(summary, "html_url")


def _is_new_verdict(review: Review, found: Found) -> bool:
    """Whether an approval or a request for changes does not stand yet at this commit; a summary cannot bring it."""
    return review.event in _STATES and found.verdict != (_STATES[review.event], found.commit)


def _summary(review: Review, found: Found, beside: Sequence[Remark]) -> str:
    """What stands above the remarks, with those that have no line, those that later commits have overtaken, the marker."""
    parts = [review.summary]
    if beside:
        listed = [f"- {one.where}: {_indented(one.body)}" for one in beside]
        parts.append("\n".join(["**On lines that are not part of the diff:**", "", *listed]))
    if gone := outdated(found.remarks):
        parts.append("\n".join(["**Outdated by later commits:**", "", *(f"- {one}" for one in gone)]))
    end = f"_About the commits up to {found.commit[:10]}._\n\n{review_marker(found.commit)}"
    body = "\n\n".join(parts)
    if len(body) > BODY_LIMIT:
        body = f"{body[:BODY_LIMIT]}\n\n[… {len(body) - BODY_LIMIT} more characters were left out]"
    return f"{body}\n\n{end}".strip()


def _indented(body: str) -> str:
    """A text of several lines inside an entry of a list."""
    return body.replace("\n", "\n  ")
