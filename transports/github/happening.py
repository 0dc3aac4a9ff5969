"""What has changed about the checks of a commit: nobody answers it, but what waits for it may go on.

https://docs.github.com/en/webhooks/webhook-events-and-payloads#check_run
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from transports.base import InboundUpdate, Kind
from transports.errors import Unreadable
from transports.github.envelope import Delivery
from transports.github.fields import optional, part, repository_name, text

CHANGED = "checks changed"
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


@dataclass(frozen=True, slots=True)
class Ending:
    """Where the payload of an event keeps the commit, and how it says that a check has ended."""

    about: str
    """The object with the commit; empty: the payload itself."""
    commit: str = "head_sha"
    action: str = "completed"


ENDINGS = {
    "check_run": Ending("check_run"),
    "check_suite": Ending("check_suite"),
    "workflow_run": Ending("workflow_run"),
    "status": Ending("", "sha", ""),
}


def checks_key(repository: str, commit: str) -> str:
    """What waits for the checks of a commit is known by."""
    return f"checks:{repository}:{commit}".lower()


def read_ending(delivery: Delivery) -> InboundUpdate:
    """An ignored update that wakes, or does not: where nothing has ended or the payload names no commit."""
    ending, payload = ENDINGS[delivery.event], delivery.payload
    action = text(payload, "action")
    if action != ending.action or (delivery.event == "status" and text(payload, "state") == "pending"):
        what = f", action {action[:60]}" if action else ""
        return InboundUpdate(delivery.id, Kind.OTHER, ignored=f"event {delivery.event}{what}")
    about = optional(payload, ending.about) if ending.about else payload
    commit = text(about, ending.commit)
    try:
        name = repository_name(part(payload, "repository"))
    except Unreadable:
        name = ""
    key = checks_key(name, commit) if name and _COMMIT.fullmatch(commit) else ""
    return InboundUpdate(delivery.id, Kind.OTHER, ignored=CHANGED, wake_key=key)
