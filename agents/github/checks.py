"""What has been reported about one commit, and whether that is enough to merge it.

https://docs.github.com/en/rest/checks/runs#list-check-runs-for-a-git-reference
https://docs.github.com/en/rest/commits/statuses#get-the-combined-status-for-a-specific-reference
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from agents.github.access import GitHubError
from agents.github.client import Client, Fields, count, part, text

_GOOD = {"success", "neutral", "skipped"}
_APP = re.compile(r"/in/(\d{1,18})(?:\?|$)")


class Outcome(StrEnum):
    """How a check stands."""

    SUCCESS = "success"
    PASSED = "passed"
    """Neutral or skipped: good enough where nobody requires it."""
    PENDING = "pending"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Check:
    """A check run or a commit status."""

    name: str
    outcome: Outcome
    said: str
    """In GitHub's words: its conclusion, or its state."""
    app: int = 0
    """The id of the App that reported it; 0 where that cannot be told."""
    job: int = 0
    """The id of the Actions job, whose log may be read; 0 for other checks."""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Requirement:
    """A check that the rules of a branch require."""

    name: str
    app: int = 0
    """The App that has to report it; 0: any."""


@dataclass(frozen=True, slots=True)
class Standing:
    """All that stands in the way of a merge, in words; nothing where both are empty."""

    failed: list[str]
    pending: list[str]


async def reported(client: Client, repository: str, commit: str) -> list[Check]:
    """Everything that has been reported about exactly this commit, all pages of it. Raises GitHubError."""
    root = f"/repos/{repository}/commits/{commit}"
    runs = await client.listed(
        f"{root}/check-runs", repository=repository, params={"filter": "latest"}, key="check_runs"
    )
    statuses = await client.listed(f"{root}/status", repository=repository, key="statuses")
    if not runs.complete or not statuses.complete:
        raise GitHubError("this commit has more checks than can be looked through")
    if any(text(run, "head_sha") != commit for run in runs.items):
        raise GitHubError("GitHub's answer is about the checks of another commit")
    return [*map(_of_run, runs.items), *map(_of_status, statuses.items)]


def standing(checks: Sequence[Check], required: Sequence[Requirement]) -> Standing:
    """What has failed and what is awaited. A required check that nobody has reported is awaited."""
    failed = [f"{check.name}: {check.said}" for check in checks if check.outcome is Outcome.FAILED]
    pending = [f"{check.name}: {check.said}" for check in checks if check.outcome is Outcome.PENDING]
    for one in required:
        found = [check for check in checks if check.name == one.name and one.app in (0, check.app)]
        if not found:
            pending.append(f"{one.name}: required, not reported yet")
        failed += [f"{one.name}: required, but {check.said}" for check in found if check.outcome is Outcome.PASSED]
    return Standing(list(dict.fromkeys(failed)), list(dict.fromkeys(pending)))


def _of_run(run: Fields) -> Check:
    status, conclusion = text(run, "status"), text(run, "conclusion")
    app = part(run, "app")
    return Check(
        name=text(run, "name"),
        outcome=_concluded(conclusion) if status == "completed" else Outcome.PENDING,
        said=conclusion or "no conclusion" if status == "completed" else status or "unknown",
        app=count(app, "id"),
        job=count(run, "id") if text(app, "slug") == "github-actions" else 0,
        url=text(run, "details_url") or text(run, "html_url"),
    )


def _concluded(conclusion: str) -> Outcome:
    """Whatever is not known to be good has failed: cancelled, timed out, stale, and what is yet to be invented."""
    if conclusion == "success":
        return Outcome.SUCCESS
    return Outcome.PASSED if conclusion in _GOOD else Outcome.FAILED


def _of_status(status: Fields) -> Check:
    """A status names the App behind it only in the address of its picture."""
    state = text(status, "state")
    outcome = {"success": Outcome.SUCCESS, "pending": Outcome.PENDING}.get(state, Outcome.FAILED)
    app = _APP.search(text(status, "avatar_url"))
    name, url = text(status, "context"), text(status, "target_url")
    return Check(name, outcome, state or "unknown", app=int(app[1]) if app else 0, url=url)
