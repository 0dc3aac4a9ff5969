"""Waiting until a pull request may be merged: for its checks, and for GitHub to make up its mind."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agents.github.access import GitHubError
from agents.github.checks import reported, standing
from agents.github.client import Client, Fields, text
from agents.github.rules import required

POLL_SECONDS = 60.0
"""How often checks are looked at where no event tells."""
COMPUTING_SECONDS = 5.0
COMPUTING_LIMIT_SECONDS = 120.0
"""How long GitHub may take to find out whether a pull request can be merged."""

_BLOCKED = {
    "blocked": "the rules of the branch do not allow it yet (a review that is missing, for example)",
    "behind": "its branch has to be brought up to date first",
    "dirty": "it conflicts with the branch that it goes into",
    "draft": "it is a draft",
}


class MayNotMerge(GitHubError):
    """Why a pull request is not merged, in plain words."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for and approved."""

    repository: str
    number: int
    commit: str
    method: str
    wait: bool
    limit_seconds: float

    @classmethod
    def of(cls, arguments: Mapping[str, Any], repository: str) -> Wanted:
        return cls(
            repository,
            arguments["number"],
            arguments["head_sha"],
            arguments.get("method", "merge"),
            arguments.get("wait_for_checks") is True,
            60.0 * arguments.get("limit_minutes", 60),
        )

    @property
    def name(self) -> str:
        return f"{self.repository}#{self.number}"

    @property
    def path(self) -> str:
        return f"/repos/{self.repository}/pulls/{self.number}"

    @property
    def key(self) -> str:
        """What GitHub's events about the checks of this commit are known by."""
        return f"checks:{self.repository}:{self.commit}".lower()


async def all_good(client: Client, wanted: Wanted, base: str) -> None:
    """Return once all checks are good. Raises MayNotMerge, or Parked while some are awaited within the limit."""
    checks = await reported(client, wanted.repository, wanted.commit)
    found = standing(checks, await required(client, wanted.repository, base))
    if found.failed:
        raise MayNotMerge(f"{wanted.name} is not merged, for these checks did not succeed: {'; '.join(found.failed)}")
    pending = found.pending
    if wanted.wait and not checks and not pending:
        pending = ["no check has reported anything yet"]
    if not pending:
        await client.context.keep(_deadline_of(wanted), "")
        return
    told = "; ".join(pending)
    if not wanted.wait:
        raise MayNotMerge(f"{wanted.name} is not merged, for these checks are pending: {told}")
    left = await _left(client, _deadline_of(wanted), wanted.limit_seconds)
    if left <= 0:
        minutes = math.ceil(wanted.limit_seconds / 60)
        raise MayNotMerge(f"{wanted.name} is not merged: after {minutes} minutes there was still pending: {told}")
    await client.context.wait(min(POLL_SECONDS, left), f"checks of {wanted.name}", key=wanted.key)


async def sit_out(client: Client, wanted: Wanted, error: GitHubError) -> None:
    """Return where an error ends the wait. Raises Parked for what passes, as long as there is time."""
    if not wanted.wait or error.retry_after is None:
        return
    left = await _left(client, _deadline_of(wanted), wanted.limit_seconds)
    if left > 0:
        seconds = min(max(error.retry_after, POLL_SECONDS), left)
        await client.context.wait(seconds, f"GitHub, which does not answer about {wanted.name}", key=wanted.key)


def possible(wanted: Wanted, pull: Fields) -> None:
    """Raises MayNotMerge for what no check can mend."""
    if pull.get("mergeable") is False or text(pull, "mergeable_state") in ("dirty", "behind"):
        raise _cannot(wanted, pull)


async def mergeable(client: Client, wanted: Wanted, pull: Fields) -> None:
    """Return where GitHub says that it can be merged, asking again while it does not know."""
    state, name = text(pull, "mergeable_state"), f"mergeable {wanted.name} {wanted.commit}"
    unknown = pull.get("mergeable") is None or (pull.get("mergeable") is True and state == "unknown")
    # Right after the last check GitHub may still call it blocked.
    if unknown or (wanted.wait and state == "blocked"):
        if await _left(client, name, COMPUTING_LIMIT_SECONDS) > 0:
            await client.context.wait(COMPUTING_SECONDS, f"GitHub to say whether {wanted.name} can be merged")
        if unknown:
            raise MayNotMerge(f"{wanted.name} is not merged: GitHub does not say whether that is possible")
    await client.context.keep(name, "")
    if pull.get("mergeable") is not True or state in _BLOCKED:
        raise _cannot(wanted, pull)


def _cannot(wanted: Wanted, pull: Fields) -> MayNotMerge:
    why = _BLOCKED.get(text(pull, "mergeable_state"), "GitHub says that it is not mergeable")
    return MayNotMerge(f"{wanted.name} cannot be merged: {why}")


async def _left(client: Client, name: str, limit_seconds: float) -> float:
    """Seconds left since this was first asked; the moment is kept, whoever goes on with the run."""
    kept = (await client.context.kept()).get(name, "")
    try:
        until = float(kept)
    except ValueError:
        until = time.time() + limit_seconds
        await client.context.keep(name, f"{until:.0f}")
    return until - time.time()


def _deadline_of(wanted: Wanted) -> str:
    return f"merge {wanted.name} {wanted.commit}"
