"""Deliveries as GitHub makes them: https://docs.github.com/webhooks/webhook-events-and-payloads."""

from __future__ import annotations

import hashlib
import hmac
import uuid
from itertools import count
from typing import Any
from zlib import crc32

from tests.fakes.github_store import Issue, stamp, user

_ids = count(2_000_000)


def sign(secret: str, body: bytes) -> str:
    """The value of X-Hub-Signature-256."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def delivery_headers(event: str, body: bytes, secret: str, delivery: str | None = None) -> dict[str, str]:
    return {
        "Accept": "*/*",
        "Content-Type": "application/json",
        "User-Agent": "GitHub-Hookshot/a1b2c3d",
        "X-GitHub-Delivery": delivery or str(uuid.uuid4()),
        "X-GitHub-Event": event,
        "X-GitHub-Hook-ID": "292430182",
        "X-GitHub-Hook-Installation-Target-ID": "79929171",
        "X-GitHub-Hook-Installation-Target-Type": "repository",
        "X-Hub-Signature-256": sign(secret, body),
    }


def repository(full_name: str, *, private: bool = False) -> dict[str, Any]:
    owner, _, name = full_name.partition("/")
    return {
        "id": crc32(full_name.encode()),
        "name": name,
        "full_name": full_name,
        "private": private,
        "visibility": "private" if private else "public",
        "owner": user(owner),
        "html_url": f"https://github.com/{full_name}",
        "default_branch": "main",
    }


def issue_comment_event(
    full_name: str, number: int, body: str, *, author: str = "octocat", is_pull: bool = False, **issue: Any
) -> dict[str, Any]:
    """The payload of `issue_comment` `created`."""
    comment_id, about = next(_ids), Issue(full_name, number, is_pull=is_pull, **issue).shown()
    comment = {
        "id": comment_id,
        "node_id": f"IC_{comment_id}",
        "html_url": f"{about['html_url']}#issuecomment-{comment_id}",
        "user": user(author),
        "created_at": stamp(),
        "updated_at": stamp(),
        "author_association": "CONTRIBUTOR",
        "body": body,
    }
    rest = {"repository": repository(full_name), "sender": user(author)}
    return {"action": "created", "issue": about, "comment": comment, **rest}


def issue_event(
    full_name: str, number: int, *, title: str = "A question", body: str = "", author: str = "octocat"
) -> dict[str, Any]:
    """The payload of `issues` `opened`."""
    about = Issue(full_name, number, title=title, body=body, author=author).shown()
    about |= {"id": next(_ids), "updated_at": stamp()}
    return {"action": "opened", "issue": about, "repository": repository(full_name), "sender": user(author)}


def pull_request_event(
    full_name: str, number: int, action: str, *, sender: str = "octocat", reviewer: str = "", **pull: Any
) -> dict[str, Any]:
    """The payload of `pull_request`. `reviewer`: of whom a review is, or was just, requested; the rest are its fields."""
    asked = user(reviewer) if reviewer else None
    about = Issue(full_name, number, is_pull=True, **pull).shown_as_pull()
    about |= {"updated_at": stamp(), "requested_reviewers": [asked] if asked else []}
    rest = {"requested_reviewer": asked} if asked and action == "review_requested" else {}
    around = {"repository": repository(full_name), "sender": user(sender)}
    return {"action": action, "number": number, "pull_request": about, **rest, **around}


def check_suite_event(full_name: str, commit: str, conclusion: str = "success") -> dict[str, Any]:
    """The payload of `check_suite` `completed`."""
    suite = {"id": next(_ids), "head_sha": commit, "status": "completed", "conclusion": conclusion, "pull_requests": []}
    around = {"repository": repository(full_name), "sender": user("octocat")}
    return {"action": "completed", "check_suite": suite, **around}
