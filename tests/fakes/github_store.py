"""What a fake GitHub keeps: issues and pull requests come into being when they are first asked for."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zlib import crc32


def stamp() -> str:
    """Now, as GitHub writes it: whole seconds."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def user(login: str, *, bot: bool = False) -> dict[str, Any]:
    kind = "Bot" if bot or login.endswith("[bot]") else "User"
    account = crc32(login.encode())
    url = f"https://github.com/{login}"
    return {"login": login, "id": account, "type": kind, "html_url": url, "site_admin": False}


@dataclass(slots=True)
class Issue:
    """An issue or a pull request with its comments."""

    repository: str
    number: int
    title: str = "Something is broken"
    body: str = "Steps to see it."
    state: str = "open"
    author: str = "octocat"
    labels: list[str] = field(default_factory=list)
    is_pull: bool = False
    branch: str = "mend-it"
    files: list[dict[str, Any]] = field(default_factory=list)
    reviews: list[dict[str, Any]] = field(default_factory=list)
    comments: list[dict[str, Any]] = field(default_factory=list)
    review_comments: list[dict[str, Any]] = field(default_factory=list)
    assignees: list[str] = field(default_factory=list)
    sha: str = "a" * 40
    draft: bool = False
    merged: bool = False
    mergeable: bool | None = True
    mergeable_state: str = "clean"

    def shown(self) -> dict[str, Any]:
        """As the issues API returns it."""
        html = f"https://github.com/{self.repository}/{'pull' if self.is_pull else 'issues'}/{self.number}"
        shown: dict[str, Any] = {
            "id": crc32(html.encode()),
            "number": self.number,
            "title": self.title,
            "body": self.body,
            "state": self.state,
            "html_url": html,
            "user": user(self.author),
            "labels": [{"name": label, "color": "ededed"} for label in self.labels],
            "assignees": [user(login) for login in self.assignees],
            "comments": len(self.comments),
            "created_at": "2026-01-01T00:00:00Z",
            "updated_at": "2026-01-01T00:00:00Z",
        }
        return shown | ({"pull_request": {"html_url": html}} if self.is_pull else {})

    def shown_as_pull(self) -> dict[str, Any]:
        """As the pulls API returns it."""
        shown = self.shown()
        shown.pop("pull_request", None)
        numbers = {name: sum(int(file.get(name, 0)) for file in self.files) for name in ("additions", "deletions")}
        return shown | {
            "draft": self.draft,
            "merged": self.merged,
            "mergeable": self.mergeable,
            "mergeable_state": self.mergeable_state,
            "head": {"ref": self.branch, "sha": self.sha},
            "base": {"ref": "main", "sha": "b" * 40},
            "changed_files": len(self.files),
            **numbers,
        }


class Store:
    """All issues by repository and number, all comments by id."""

    def __init__(self, lock: threading.RLock) -> None:
        self._lock = lock
        self._issues: dict[tuple[str, int], Issue] = {}
        self._last_id = 1_000_000

    def issue(self, repository: str, number: int) -> Issue:
        with self._lock:
            return self._issues.setdefault((repository, number), Issue(repository, number))

    def of(self, repository: str) -> list[Issue]:
        with self._lock:
            return [issue for (name, _), issue in self._issues.items() if name == repository]

    def pulls(self, repository: str) -> list[Issue]:
        return [issue for issue in self.of(repository) if issue.is_pull]

    def put(self, issue: Issue) -> None:
        with self._lock:
            self._issues[issue.repository, issue.number] = issue

    def next_id(self) -> int:
        with self._lock:
            self._last_id += 1
            return self._last_id

    def comment(self, issue: Issue, body: str, author: dict[str, Any]) -> dict[str, Any]:
        with self._lock:
            number = self.next_id()
            html = f"{issue.shown()['html_url']}#issuecomment-{number}"
            times = {"created_at": stamp(), "updated_at": stamp()}
            comment = {"id": number, "node_id": f"IC_{number}", "body": body, "user": author, "html_url": html, **times}
            issue.comments.append(comment)
            return comment

    def find_comment(self, repository: str, number: int) -> tuple[Issue, dict[str, Any]] | None:
        with self._lock:
            return next(
                (
                    (issue, comment)
                    for (name, _), issue in self._issues.items()
                    for comment in issue.comments
                    if name == repository and comment["id"] == number
                ),
                None,
            )
