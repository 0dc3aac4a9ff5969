"""Merging a pull request at the very commit that was approved, once everything about that commit is good."""

from __future__ import annotations

from agents.github.access import GitHubError
from agents.github.awaiting import MayNotMerge, Wanted, all_good, mergeable, possible, sit_out
from agents.github.client import Client, Fields, part, text


async def merge(client: Client, wanted: Wanted) -> str:
    """Merge it, and say so. Raises MayNotMerge, GitHubError, and Parked while it waits."""
    try:
        pull = await _look(client, wanted)
        if _is_merged(pull, wanted):
            return _merged(pull, wanted)
        possible(wanted, pull)
        await all_good(client, wanted, text(part(pull, "base"), "ref"))
        await mergeable(client, wanted, pull)
    except GitHubError as error:
        await sit_out(client, wanted, error)
        raise
    return await _put(client, wanted)


async def _look(client: Client, wanted: Wanted) -> Fields:
    return await client.get(wanted.path, repository=wanted.repository)


def _is_merged(pull: Fields, wanted: Wanted) -> bool:
    """Whether it is already. Raises MayNotMerge for whatever is not the open pull request that was approved."""
    head = text(part(pull, "head"), "sha")
    if head != wanted.commit:
        done = "was merged" if pull.get("merged") is True else "has moved on and is now"
        raise MayNotMerge(
            f"{wanted.name} {done} at {head[:12] or 'an unknown commit'}, not at {wanted.commit[:12]}, which was approved; "
            "nothing was merged now"
        )
    if pull.get("merged") is True:
        return True
    if text(pull, "state") != "open":
        raise MayNotMerge(f"{wanted.name} is closed")
    if pull.get("draft") is True:
        raise MayNotMerge(f"{wanted.name} is a draft")
    return False


async def _put(client: Client, wanted: Wanted) -> str:
    """The merge itself, which GitHub makes only while the head is still that commit; so it may be tried twice.

    https://docs.github.com/en/rest/pulls/pulls#merge-a-pull-request
    """
    for last in (False, True):
        try:
            answer = await client.write(
                "PUT",
                f"{wanted.path}/merge",
                repository=wanted.repository,
                json={"sha": wanted.commit, "merge_method": wanted.method},
            )
        except GitHubError as error:
            pull = await _after(client, wanted, error)
            if _is_merged(pull, wanted):
                return _merged(pull, wanted)
            if not error.unknown or last:
                raise _refused(wanted, error) from None
        else:
            return _merged({"merge_commit_sha": answer.get("sha")}, wanted)
    raise AssertionError("unreachable: the last attempt returns or raises")


async def _after(client: Client, wanted: Wanted, error: GitHubError) -> Fields:
    """What has become of it, whatever the call said."""
    try:
        return await _look(client, wanted)
    except GitHubError:
        if not error.unknown:
            raise _refused(wanted, error) from None
        raise error from None


def _refused(wanted: Wanted, error: GitHubError) -> GitHubError:
    if error.unknown or error.retry_after is not None or not error.status:
        return error
    if error.status == 409:
        return MayNotMerge(
            f"{wanted.name} is not merged: its head has moved from {wanted.commit[:12]}, which was approved"
        )
    return MayNotMerge(f"{wanted.name} is not merged: {error}", status=error.status)


def _merged(pull: Fields, wanted: Wanted) -> str:
    result = text(pull, "merge_commit_sha")
    return f"{wanted.name} is merged at {wanted.commit}{f', as {result}' if result else ''}."
