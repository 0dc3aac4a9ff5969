"""broker(): the repository of a conversation, for a sandbox that may exchange commits with it and nothing else."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import structlog
from django.conf import settings

from agents.github.access import GitHubError
from agents.sandbox.broker import Broker
from agents.sandbox.values import SandboxError
from botplatform.pipeline.reaching.github import Reach

log = structlog.get_logger(__name__)


async def broker(reached: Reach) -> Broker | None:
    """None outside a repository's conversation, or when GitHub cannot say where the repository is fetched from."""
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
        log.warning("repository.unreachable", repository=reached.repository, reason=str(error))
        return None


def _is_of(url: str, api_url: str) -> bool:
    """Whether an address belongs to the API's own installation: the credential is for that one alone."""
    host, api = urlsplit(url), urlsplit(api_url)
    return host.hostname in (api.hostname, (api.hostname or "").removeprefix("api.")) and host.scheme == api.scheme
