"""broker(), author(): the repository of a conversation, for a sandbox that may exchange commits with it and nothing else."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import SplitResult, urlsplit

import structlog
from django.conf import settings

from agents.base import AgentError
from agents.github.access import GitHubError
from agents.sandbox.broker import Broker
from agents.sandbox.values import SandboxError
from agents.sandbox.workspace import Author
from botplatform.pipeline.reaching.github import Reach

log = structlog.get_logger(__name__)


async def broker(reached: Reach) -> Broker | None:
    """None outside a repository's conversation, or where GitHub does not let it be fetched from a place of its own.

    Raises AgentError while GitHub fails for a time: a push that was approved must not find its tool gone.
    """
    if not reached.repository:
        return None
    try:
        about = (await reached.call("GET", f"/repos/{reached.repository}", repository=reached.repository)).json()
        url, default = str(about["clone_url"]), str(about["default_branch"])
        if not _is_of(url, reached.api_url):
            raise SandboxError("GitHub names another host to fetch from")
        return Broker(
            url, lambda: reached.credential(), Path(settings.DATA_DIR) / "mirrors", default, private=about.get("private") is not False
        )  # fmt: skip
    except (GitHubError, SandboxError, KeyError, TypeError, ValueError) as error:
        if isinstance(error, GitHubError) and error.retry_after:
            raise AgentError(str(error), retryable=True, retry_after=error.retry_after) from None
        log.warning("repository.unreachable", repository=reached.repository, reason=str(error))
        return None


async def author(reached: Reach) -> Author:
    """In whose name commits are made: the bot's account, by the address by which GitHub knows it."""
    try:
        number = await reached.own_id()
    except GitHubError:  # without the number the commits belong to nobody, which is no reason to make none
        number = ""
    who = f"{number}+{reached.login}" if number else reached.login
    return Author(reached.login, f"{who}@users.noreply.{_bare(urlsplit(reached.api_url))}") if who else Author()


def _is_of(url: str, api_url: str) -> bool:
    """Whether an address belongs to the API's own installation, its port included: the credential is for that one alone.

    Raises ValueError for what is no address.
    """
    place, api = urlsplit(url), urlsplit(api_url)
    same_host = bool(place.hostname) and place.hostname in (api.hostname, _bare(api))
    return same_host and place.scheme == api.scheme and _port(place) == _port(api)


def _bare(api: SplitResult) -> str:
    """The host without the name that the API has a host of its own under."""
    return (api.hostname or "").removeprefix("api.")


def _port(place: SplitResult) -> int | None:
    return place.port or {"https": 443, "http": 80}.get(place.scheme)
