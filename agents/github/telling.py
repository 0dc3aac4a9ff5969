"""Issues, pull requests and what was said about them, in words for a model."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agents.github.client import Client, Fields, count, items, login, part, text
from agents.text import cut_middle

COMMENT_LIMIT = 2_000
BODY_LIMIT = 6_000
_MARKER = re.compile(r"\n*<!--\s*botplatform:[^>]*-->", re.IGNORECASE)


def issue_words(about: Fields) -> list[str]:
    """Title, state, people and description of an issue or pull request."""
    labels = ", ".join(text(label, "name") for label in items(about.get("labels")))
    people = ", ".join(text(person, "login") for person in items(about.get("assignees")))
    lines = {
        "Title": text(about, "title"),
        "Author": login(about),
        "State": state(about),
        "Labels": labels,
        "Assigned to": people,
        "Created": text(about, "created_at"),
        "URL": text(about, "html_url"),
    }
    told = [f"{name}: {value}" for name, value in lines.items() if value]
    body = _MARKER.sub("", text(about, "body")).strip()
    return [*told, "", "Description:", cut_middle(body, BODY_LIMIT) or "(none)"]


def pull_words(pull: Fields) -> list[str]:
    """The same, with what only a pull request has."""
    head, base = part(pull, "head"), part(pull, "base")
    reviewers = ", ".join(text(person, "login") for person in items(pull.get("requested_reviewers")))
    mergeable = {True: "yes", False: "no", None: "not known yet"}.get(pull.get("mergeable"))
    lines = {
        "Branches": f"{text(head, 'label') or text(head, 'ref')} → {text(base, 'ref')}",
        "Head commit": text(head, "sha"),
        "Changes": f"{count(pull, 'changed_files')} files, +{count(pull, 'additions')} −{count(pull, 'deletions')}",
        "Mergeable": f"{mergeable} ({text(pull, 'mergeable_state') or 'unknown'})",
        "Reviews requested from": reviewers,
    }
    return [*(f"{name}: {value}" for name, value in lines.items() if value), *issue_words(pull)]


def state(about: Fields) -> str:
    words = ["merged" if about.get("merged") is True else text(about, "state"), text(about, "state_reason")]
    words += [name for name in ("draft", "locked") if about.get(name) is True]
    return ", ".join(filter(None, words))


def said(comments: Sequence[Fields]) -> list[str]:
    """Comments, reviews and review comments, in the order given; empty ones are left out."""
    return [words for comment in comments if (words := _comment(comment))]


def _comment(comment: Fields) -> str:
    body = _MARKER.sub("", text(comment, "body")).strip()
    verdict = text(comment, "state").replace("_", " ").lower()
    if not body and verdict in ("", "commented"):
        return ""
    line = count(comment, "line") or count(comment, "original_line")
    where = f" on {text(comment, 'path')}{f':{line}' if line else ''}" if text(comment, "path") else ""
    outdated = " (outdated)" if where and comment.get("line") is None and "line" in comment else ""
    when = text(comment, "created_at") or text(comment, "submitted_at")
    did = f", {verdict}" if verdict else ""
    return f"--- {login(comment)}, {when}{did}{where}{outdated}:\n{cut_middle(body, COMMENT_LIMIT)}".rstrip()


async def newest(client: Client, path: str, repository: str, limit: int) -> tuple[list[Fields], int]:
    """The newest entries of a list that GitHub gives oldest first, in that order, and how many older ones there are.

    Raises GitHubError.
    """
    listed = await client.listed(path, repository=repository, pages=10)
    return listed.items[-limit:], max(0, len(listed.items) - limit)
