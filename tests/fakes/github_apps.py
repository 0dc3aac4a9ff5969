"""Apps out of a manifest, and the webhooks of Apps and repositories: https://docs.github.com/rest/apps."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from tests.fakes.github_errors import Failure
from tests.fakes.github_store import stamp, user
from tests.fakes.rules import Response, json_response
from tests.fakes.wire import Request

if TYPE_CHECKING:
    from tests.fakes.github import FakeGitHub

SECRET = "the-secret-that-github-made-for-the-app"


@dataclass(slots=True)
class Hooks:
    """What GitHub keeps of webhooks and manifests."""

    app: dict[str, str] = field(default_factory=dict)
    """The App's hook config with its secret in clear."""
    deliveries: list[dict[str, Any]] = field(default_factory=list)
    repositories: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """Webhooks by repository, as they were asked for."""
    manifests: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By code; each works once."""

    def deliver(self, status: int, event: str = "issues", *, guid: str = "", said: str = "OK") -> None:
        """Note that a delivery was answered so."""
        number = len(self.deliveries) + 1
        self.deliveries.insert(0, {
            "id": number, "guid": guid or f"guid-{number}", "delivered_at": stamp(), "redelivery": False, "duration": 0.1,
            "status": said, "status_code": status, "event": event, "action": "opened",
        })  # fmt: skip


@cache
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem() -> str:
    """The private key that new Apps get, made for this process."""
    return key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def answer_open(fake: FakeGitHub, request: Request, body: Any) -> Response | None:
    """What GitHub answers without a credential; None for all else."""
    if request.method != "POST":
        return None
    if re.fullmatch(r"(/organizations/[^/]+)?/settings/apps/new", request.path):
        return _make(fake, request, body)
    found = re.fullmatch(r"/app-manifests/([^/]+)/conversions", request.path)
    return _convert(fake, found[1]) if found else None


def _make(fake: FakeGitHub, request: Request, body: Any) -> Response:
    """The page on which a person confirms, and is sent back with a code."""
    asked = json.loads(body["manifest"])
    code = f"code{len(fake.hooks.manifests) + 1}"
    fake.hooks.manifests[code] = asked
    back = f"{asked['redirect_url']}?{urlencode({'code': code, 'state': request.query.get('state', '')})}"
    return Response(302, b"", {"location": back})


def _convert(fake: FakeGitHub, code: str) -> Response:
    if (asked := fake.hooks.manifests.pop(code, None)) is None:
        raise Failure(404)
    fake.access.login = asked["name"]
    public = key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    fake.access.public_key = public.decode()
    url = asked["hook_attributes"]["url"]
    fake.hooks.app = {"url": url, "content_type": "json", "insecure_ssl": "0", "secret": SECRET}
    made = {
        "id": 4711, "slug": fake.access.slug, "name": asked["name"], "owner": user("octocat"), "pem": pem(),
        "webhook_secret": SECRET, "client_id": "Iv1.fake", "client_secret": "client-secret-of-the-fake",
        "html_url": f"{fake.url}/apps/{fake.access.slug}", "permissions": asked["default_permissions"],
        "events": asked["default_events"],
    }  # fmt: skip
    return json_response(made, 201)
