"""A GitHub App out of a manifest: GitHub makes it, and hands its credentials over for a code.

https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

from transports.base import Account
from transports.errors import OutcomeUnknown, Refused
from transports.github.api import DEFAULT_URL, Api
from transports.github.fields import text
from transports.github.hooks import EVENTS
from transports.http import Http

PERMISSIONS = {
    "issues": "write", "pull_requests": "write", "contents": "write", "metadata": "read",
    "checks": "read", "statuses": "read", "actions": "read",
}  # fmt: skip
"""Contents for branches and merges; checks, statuses and actions for what a merge waits for and the logs of failed jobs."""
NAME_LIMIT = 34
"""https://docs.github.com/en/apps/creating-github-apps/registering-a-github-app/registering-a-github-app"""

_CODE = re.compile(r"[A-Za-z0-9_-]{1,100}", re.ASCII)
_LOGIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})", re.ASCII)


@dataclass(frozen=True, slots=True)
class NewApp:
    """What GitHub hands over, this once."""

    id: str
    slug: str
    page: str
    """Its page, from which it is installed."""
    private_key: str = field(repr=False)
    webhook_secret: str = field(repr=False)


def web_url(api_url: str) -> str:
    """Where people meet the GitHub that has this API: github.com, an Enterprise Server, or an Enterprise Cloud's own domain."""
    parts = urlsplit(api_url or DEFAULT_URL)
    host = parts.netloc
    if host == "api.github.com" or (host.startswith("api.") and host.endswith(".ghe.com")):
        host = host.removeprefix("api.")
    return f"{parts.scheme}://{host}"


def form_address(api_url: str, organisation: str = "") -> str:
    """Where the manifest is posted to. Raises Refused for what is no organisation's login."""
    if organisation and not _LOGIN.fullmatch(organisation):
        raise Refused("not the name of an organisation")
    owner = f"/organizations/{organisation}" if organisation else ""
    return f"{web_url(api_url)}{owner}/settings/apps/new"


def manifest(name: str, *, home: str, webhook: str, back: str) -> dict[str, Any]:
    """What the App is to be: `home` its website, `webhook` where events go, `back` where GitHub sends the browser with the code."""
    return {
        "name": name[:NAME_LIMIT],
        "url": home,
        "hook_attributes": {"url": webhook, "active": True},
        "redirect_url": back,
        "public": False,
        "default_permissions": PERMISSIONS,
        "default_events": list(EVENTS),
    }


async def convert(http: Http, api_url: str, code: str) -> NewApp:
    """Trade the code, which works once and for an hour. Raises TransportError."""
    if not _CODE.fullmatch(code):
        raise Refused("not a code of GitHub's")
    answer = await Api(Account(slug="", api_url=api_url), http).as_nobody(
        "POST", f"/app-manifests/{quote(code)}/conversions"
    )
    ident, slug, pem = answer.get("id"), text(answer, "slug"), text(answer, "pem")
    if type(ident) is not int or not slug or not pem:
        raise OutcomeUnknown("GitHub's answer names no App")
    page = f"{web_url(api_url)}/apps/{quote(slug)}"
    return NewApp(str(ident), slug, page, private_key=pem, webhook_secret=text(answer, "webhook_secret"))
