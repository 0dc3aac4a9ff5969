"""What GitHub's tools reach GitHub through. The pipeline implements it; tools know neither credentials nor hosts."""

from __future__ import annotations

import json as jsonlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol


class GitHubError(Exception):
    """A call that GitHub refused, or whose outcome nobody knows. The message is safe to show to a model.

    `status` is 0 where there was no answer. `unknown`: a write that may or may not have had its effect.
    """

    def __init__(
        self, message: str, *, status: int = 0, retry_after: float | None = None, unknown: bool = False
    ) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after = retry_after
        self.unknown = unknown


@dataclass(frozen=True, slots=True)
class Response:
    """A success."""

    status: int
    body: bytes
    headers: Mapping[str, str]
    """With lower-case names."""
    cut: bool = False
    """Whether the body is only the end of a longer one; of a file from a store alone."""

    def json(self) -> Any:
        """The body as JSON. Raises GitHubError."""
        try:
            return jsonlib.loads(self.body)
        except (ValueError, RecursionError):
            raise GitHubError("GitHub's answer cannot be read", status=self.status) from None


class GitHub(Protocol):
    """GitHub as one run may see it."""

    repository: str
    """`owner/name` of the conversation; empty outside GitHub."""
    number: int | None
    """Of the conversation's issue or pull request."""
    is_pull: bool
    public: bool
    """Whether people read the conversation of whom nobody knows what they may read: then only its own repository and
    public ones are read."""
    login: str
    """The bot's own account."""

    async def call(
        self, method: str, path: str, *, repository: str, json: Any = None,
        params: Mapping[str, str | int] | None = None, accept: str = "", cap_bytes: int = 5_000_000,
    ) -> Response:  # fmt: skip
        """One call about a repository with the credential of that repository alone. Raises GitHubError.

        A redirect to a file store (logs, archives) is followed without the credential. What is longer than `cap_bytes`
        is refused; of a file from a store the end is kept.
        """

    async def is_private(self, repository: str) -> bool:
        """Whether not everybody may read it. Raises GitHubError."""

    async def own_id(self) -> str:
        """The id of the bot's account, by which it knows its own words again. Raises GitHubError."""

    def clean(self, markdown: str, *, mentions: int) -> str:
        """A text as it may be posted: without hidden markers, with links in place of images from unknown hosts, and
        with so many people called at most, and no teams."""
