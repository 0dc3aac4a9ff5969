"""What providers and load balancers call: the webhook and the health checks. Nothing else."""

from __future__ import annotations

import asyncio
from http import HTTPStatus

import psycopg
import structlog
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from botplatform import health, reception
from botplatform.pipeline import bots, intake
from transports.errors import VerificationFailed
from transports.registry import TRANSPORTS

log = structlog.get_logger(__name__)

COMMIT_SECONDS = 12
"""Longest wait for the commit; after that the provider is asked to come again."""


def refuse(status: HTTPStatus, detail: str) -> JsonResponse:
    """Any answer that is not 2xx: its body never says more than `detail`."""
    return JsonResponse({"ok": False, "detail": detail}, status=status)


@csrf_exempt
async def webhook(request: HttpRequest, transport: str, bot: str) -> HttpResponse:
    """Verify, parse and commit one delivery; 2xx only after the commit.

    `request.body` has been read by `asgi.py` with the transport's cap; under another server Django reads it.
    """
    if transport not in TRANSPORTS:
        return refuse(HTTPStatus.NOT_FOUND, "unknown transport")
    if request.method != "POST":
        refused = refuse(HTTPStatus.METHOD_NOT_ALLOWED, "POST only")
        refused["Allow"] = "POST"
        return refused
    kind = TRANSPORTS[transport]
    if request.content_type not in kind.content_types:
        return refuse(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"send {' or '.join(kind.content_types)}")
    if request.headers.get("content-encoding", "identity") != "identity":
        return refuse(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "send the body uncompressed")
    try:
        found = await bots.by_slug(transport, bot)
        body = request.body
        if len(body) > kind.features.body_limit_bytes:
            return refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too large")
        if found is None:
            return refuse(HTTPStatus.NOT_FOUND, "unknown bot")
        headers = {name.lower(): value for name, value in request.headers.items()}
        found.transport.verify(headers, body)
        arrival = intake.arrival(found, headers, body)
        async with asyncio.timeout(COMMIT_SECONDS):
            receipt = await reception.receive(found, arrival)
    except VerificationFailed:
        return refuse(HTTPStatus.UNAUTHORIZED, "not signed")
    except LookupError as error:
        log.error("webhook.credentials_unreadable", bot=f"{transport}/{bot}", error=str(error))
        return refuse(HTTPStatus.SERVICE_UNAVAILABLE, "the bot's credentials cannot be read")
    except (psycopg.Error, OSError, TimeoutError) as error:
        log.error("webhook.database_away", error=type(error).__name__)
        return refuse(HTTPStatus.SERVICE_UNAVAILABLE, "the database is not reachable")
    return JsonResponse({"ok": True, "update": str(receipt.update_id), "outcome": receipt.outcome})


async def live(request: HttpRequest) -> HttpResponse:
    """200 while the process serves."""
    return JsonResponse({"status": "ok"})


async def ready(request: HttpRequest) -> HttpResponse:
    """200 while updates can be taken, 503 when not; the body says what is amiss."""
    report = await health.check()
    status = HTTPStatus.SERVICE_UNAVAILABLE if report["status"] == "down" else HTTPStatus.OK
    return JsonResponse(report, status=status)
