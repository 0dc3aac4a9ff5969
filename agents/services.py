"""What this installation can reach for a run's tools. What is not there is None, and tools that need it are not offered."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the tools' own packages import the base, which imports this
    from agents.github.access import GitHub
    from agents.sandbox.workspace import Workspace
    from agents.web.fetching import Fetcher
    from agents.web.searching import Search


class Need(StrEnum):
    """What a tool cannot do without."""

    WORKSPACE = "workspace"
    """A sandbox that has shown that nothing gets out of it, and a directory in it."""
    BROKER = "broker"
    """A repository that may be fetched and pushed."""
    GITHUB = "github"
    FETCH = "fetch"
    SEARCH = "search"


@dataclass(frozen=True, slots=True)
class Services:
    """One run's."""

    workspace: Workspace | None = None
    github: GitHub | None = None
    fetcher: Fetcher | None = None
    search: Search | None = None

    def has(self, need: Need) -> bool:
        """Whether a tool's need is met."""
        if need is Need.WORKSPACE:
            return self.workspace is not None
        if need is Need.BROKER:
            return self.workspace is not None and self.workspace.broker is not None
        return {Need.GITHUB: self.github, Need.FETCH: self.fetcher, Need.SEARCH: self.search}[need] is not None
