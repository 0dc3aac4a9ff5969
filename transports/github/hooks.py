"""Webhooks through the REST API: an App's own, and those of repositories.

https://docs.github.com/en/rest/apps/webhooks
"""

from __future__ import annotations

import re
from typing import Any

from transports.clean import clean_text
from transports.errors import Refused
from transports.github.api import Api, json_object, json_value
from transports.github.fields import Fields, items, text
from transports.webhooks import Attempt, WebhookState

EVENTS = (
    "issues", "issue_comment", "pull_request", "pull_request_review", "pull_request_review_comment",
    "check_run", "check_suite", "status", "workflow_run",
)  # fmt: skip
"""What the bot has to hear of; the last four wake what waits for a commit's checks."""
LATEST = 30
"""Deliveries that are looked at."""

_REPOSITORY = re.compile(r"[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}", re.ASCII)


async def state(api: Api) -> WebhookState:
    """Where GitHub delivers an App's events to, and what became of the latest."""
    config = json_object(await api.as_account("GET", "/app/hook/config"))
    made = items(json_value(await api.as_account("GET", "/app/hook/deliveries", params={"per_page": LATEST})))
    return WebhookState(url=text(config, "url")[:500], attempts=[_attempt(one) for one in made])


async def configure(api: Api, url: str, secret: str) -> None:
    """Where an App's events go, and what they are signed with from now on."""
    await api.as_account("PATCH", "/app/hook/config", json=_config(url, secret))


async def create(api: Api, repository: str, url: str, secret: str) -> None:
    """A webhook in a repository, for a token that may administer its webhooks.

    https://docs.github.com/en/rest/repos/webhooks#create-a-repository-webhook
    """
    if not is_repository(repository):
        raise Refused("a repository is written owner/name")
    body = {"name": "web", "active": True, "events": list(EVENTS), "config": _config(url, secret)}
    await api.call("POST", f"/repos/{repository}/hooks", repository=repository, json=body)


def is_repository(name: str) -> bool:
    return _REPOSITORY.fullmatch(name) is not None and not {".", ".."} & set(name.split("/"))


def _config(url: str, secret: str) -> dict[str, str]:
    return {"url": url, "content_type": "json", "secret": secret, "insecure_ssl": "0"}


def _attempt(made: Fields) -> Attempt:
    event, action = text(made, "event"), text(made, "action")
    return Attempt(
        id=text(made, "guid")[:64],
        at=text(made, "delivered_at")[:40],
        event=clean_text(f"{event} {action}".strip())[:80],
        status=_status(made.get("status_code")),
        said=clean_text(text(made, "status"))[:120],
        again=made.get("redelivery") is True,
    )


def _status(value: Any) -> int:
    return value if type(value) is int else 0
