"""The same controls over HTTP, for fakes that run as processes of their own."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tests.fakes.rules import Response, json_response
from tests.fakes.wire import Request

if TYPE_CHECKING:
    from tests.fakes.server import Fake

PREFIX = "/_control/"


def answer(fake: Fake, request: Request) -> Response:
    """`GET counts`, `GET calls[?name=&since=&bodies=1]`; `POST hold`, `release`, `reset`, `configure` with JSON."""
    action = ACTIONS.get((request.method, request.path.removeprefix(PREFIX)))
    if action is None:
        return json_response({"error": "unknown"}, 404)
    try:
        return json_response(action(fake, request))
    except (TypeError, ValueError) as error:
        return json_response({"error": str(error)}, 400)


def _counts(fake: Fake, request: Request) -> Any:
    return {"total": len(fake.calls), "names": fake.counts()}


def _calls(fake: Fake, request: Request) -> Any:
    """The calls from number `since` on."""
    since, name = int(request.query.get("since", "0")), request.query.get("name")
    calls = fake.calls[since:]
    return [call.row(bodies="bodies" in request.query) for call in calls if name in (None, call.name)]


def _hold(fake: Fake, request: Request) -> Any:
    fake.hold(**json.loads(request.body or b"{}"))
    return {}


def _release(fake: Fake, request: Request) -> Any:
    fake.release()
    return {}


def _reset(fake: Fake, request: Request) -> Any:
    fake.reset()
    return {}


def _configure(fake: Fake, request: Request) -> Any:
    fake.configure(**json.loads(request.body))
    return {}


ACTIONS: dict[tuple[str, str], Callable[[Fake, Request], Any]] = {
    ("GET", "counts"): _counts,
    ("GET", "calls"): _calls,
    ("POST", "hold"): _hold,
    ("POST", "release"): _release,
    ("POST", "reset"): _reset,
    ("POST", "configure"): _configure,
}
