"""Which repositories a run may read and change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agents.github import names
from agents.github.access import GitHub, GitHubError


@dataclass(frozen=True, slots=True)
class Readable:
    """A repository that may be read."""

    repository: str
    private: bool
    """Whether not everybody may."""

    @property
    def private_source(self) -> str:
        """What the run notes as private; empty for a public repository."""
        return f"repository {self.repository}" if self.private else ""


async def readable(github: GitHub, arguments: Mapping[str, Any]) -> Readable:
    """The repository that a reading call is about. Raises GitHubError where it may not be read here."""
    repository = _meant(github, arguments)
    own = names.same(repository, github.repository)
    private = await github.is_private(repository)
    if private and github.public and not own:
        raise GitHubError(f"{repository} is not public, and this conversation may read public repositories only")
    return Readable(repository, private)


def writable(github: GitHub, arguments: Mapping[str, Any]) -> str:
    """The repository that a writing call is about. Raises GitHubError where it is another than the conversation's."""
    repository = _meant(github, arguments)
    if github.repository and not names.same(repository, github.repository):
        raise GitHubError(
            f"this conversation belongs to {github.repository}; nothing can be changed in {repository} from here"
        )
    return repository


def _meant(github: GitHub, arguments: Mapping[str, Any]) -> str:
    given = str(arguments.get("repository") or "")
    if not given and not github.repository:
        raise GitHubError("this conversation belongs to no repository: give one as `repository`, written owner/name")
    return names.repository(given or github.repository)
