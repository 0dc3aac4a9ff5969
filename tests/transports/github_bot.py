"""A GitHub bot for tests: its account, its payloads, its conversation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from transports.base import Account, Conversation, ConversationKind, InboundUpdate
from transports.github import GitHubTransport
from transports.github.signature import sign
from transports.http import Http

PAYLOADS = Path(__file__).parents[1] / "payloads" / "github"
LOGIN, BOT_ID = "helpful-bot", "98765432"
REPOSITORY = "meadow-labs/sundial"


def bot(**account: Any) -> GitHubTransport:
    fields = {"slug": "default", "secret": "s3cret", "username": LOGIN, "account_id": BOT_ID, "token": "ghp_token"}
    return GitHubTransport(Account(**(fields | account)), Http())


def payload(name: str) -> dict[str, Any]:
    """`<event>__<case>` as GitHub sends it."""
    return json.loads((PAYLOADS / f"{name}.json").read_text())


def headers(
    event: str, body: bytes, *, secret: str = "s3cret", content_type: str = "application/json"
) -> dict[str, str]:
    return {
        "x-github-event": event,
        "x-github-delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958",
        "content-type": content_type,
        "x-hub-signature-256": sign(secret, body),
    }


def delivered(name: str, changes: dict[str, Any] | None = None, **account: Any) -> InboundUpdate:
    """What becomes of a payload, top-level fields of which may be replaced."""
    body = json.dumps(payload(name) | (changes or {})).encode()
    return bot(**account).read(headers(name.partition("__")[0], body), body)


def conversation(number: int = 12, *, is_pull: bool = False) -> Conversation:
    kind = ConversationKind.PULL_REQUEST if is_pull else ConversationKind.ISSUE
    address = {"repository": REPOSITORY, "number": number, "url": f"https://github.com/{REPOSITORY}/issues/{number}"}
    return Conversation(f"718293045:{number}", kind, f"{REPOSITORY}#{number} A title", is_public=True, address=address)
