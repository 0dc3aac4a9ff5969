"""Repositories of a fake GitHub over git's own protocol, on the port of its API: https://git-scm.com/docs/http-protocol."""

from __future__ import annotations

import asyncio
import base64
import binascii
import re
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from tests.fakes.git import backend, heads
from tests.fakes.github_errors import Failure
from tests.fakes.rules import Response
from tests.fakes.wire import Request

if TYPE_CHECKING:
    from tests.fakes.github import FakeGitHub

_PATH = re.compile(r"/([^/]+/[^/]+)\.git(/(?:info/refs|git-upload-pack|git-receive-pack))")
_CHALLENGE = {"www-authenticate": 'Basic realm="GitHub"'}


async def served(fake: FakeGitHub, request: Request) -> Response | None:
    """git's answer; None for a request that is not git's. Without a token nothing is read, public or not."""
    found = _PATH.fullmatch(request.path)
    if not found:
        return None
    try:
        fake.access.caller(f"Bearer {_token(request)}")
    except Failure:
        return Response(401, b"", _CHALLENGE)
    home = fake.repository(found[1])
    if home.bare is None:
        return Response(404)
    query, path = urlencode(request.query), f"/{home.bare.name}{found[2]}"
    answer = await asyncio.to_thread(
        backend, home.bare.parent, request.method, path, query, request.headers, request.body
    )
    with fake.lock:
        home.branches = {name.removeprefix("refs/heads/"): commit for name, commit in heads(home.bare).items()}
    return Response(answer.status, answer.body, answer.headers)


def _token(request: Request) -> str:
    """The password of basic authentication: https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app."""
    scheme, _, word = request.headers.get("authorization", "").partition(" ")
    try:
        name, _, token = base64.b64decode(word, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return token if (scheme.lower(), name) == ("basic", "x-access-token") else ""
