"""The way in for HTTP and WebSockets. Webhooks go straight to their view: Django's handler would cost ten times the view."""

from __future__ import annotations

import io
import os
from functools import lru_cache
from http import HTTPStatus
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "botplatform.settings")

from django.core.asgi import get_asgi_application

_django = get_asgi_application()

from channels.auth import AuthMiddlewareStack  # noqa: E402 - needs Django's registry
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.security.websocket import AllowedHostsOriginValidator  # noqa: E402
from django.core.handlers.asgi import ASGIRequest  # noqa: E402
from django.http import HttpResponse  # noqa: E402
from django.urls import Resolver404, ResolverMatch, path, resolve  # noqa: E402

from botplatform import consumers, lifespan, views  # noqa: E402
from botplatform.live import console_consumer  # noqa: E402
from transports.registry import TRANSPORTS  # noqa: E402

WEBHOOKS = "/webhooks/"
_sockets = [
    path("ws/chat/", consumers.ChatConsumer.as_asgi()),
    path("ws/console/", console_consumer.ConsoleConsumer.as_asgi()),
]
_routed = ProtocolTypeRouter(
    {"http": _django, "websocket": AllowedHostsOriginValidator(AuthMiddlewareStack(URLRouter(_sockets)))}
)


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """ASGI 3."""
    if scope["type"] == "lifespan":
        await lifespan.serve(receive, send)
    elif scope["type"] == "http" and scope["path"].startswith(WEBHOOKS):
        await _webhook(scope, receive, send)
    else:
        await _routed(scope, receive, send)


@lru_cache(maxsize=256)
def _resolve(path: str) -> ResolverMatch:
    """The addresses of webhooks are few and never change; looking one up afresh costs as much as verifying it."""
    return resolve(path)


async def _webhook(scope: dict[str, Any], receive: Any, send: Any) -> None:
    try:
        match = _resolve(scope["path"])
    except Resolver404:
        await _respond(send, views.refuse(HTTPStatus.NOT_FOUND, "no such address"))
        return
    transport = TRANSPORTS.get(match.kwargs["transport"])
    body = await _read(receive, transport.features.body_limit_bytes if transport else 0)
    if body is None:
        too_large = views.refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too large")
        unknown = views.refuse(HTTPStatus.NOT_FOUND, "unknown transport")
        await _respond(send, too_large if transport else unknown, close=True)
        return
    try:
        request = ASGIRequest(scope, io.BytesIO(body))
    except ValueError:  # Django reads the content type's parameters here
        await _respond(send, views.refuse(HTTPStatus.BAD_REQUEST, "malformed headers"))
        return
    await _respond(send, await match.func(request, **match.kwargs))


async def _read(receive: Any, limit_bytes: int) -> bytes | None:
    """The body as it arrives; None when it is longer than the limit or the sender has gone."""
    chunks, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > limit_bytes:
            return None
        chunks.append(chunk)
        if not message.get("more_body"):
            return chunks[0] if len(chunks) == 1 else b"".join(chunks)


async def _respond(send: Any, response: HttpResponse, *, close: bool = False) -> None:
    content = response.content
    headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in response.items()]
    headers.append((b"content-length", str(len(content)).encode()))
    if close:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
    await send({"type": "http.response.body", "body": content})
