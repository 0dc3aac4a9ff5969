"""What the wizard's pages share."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.cache import add_never_cache_headers

from botplatform import config
from botplatform.models import Bot
from transports.errors import TransportError, Unauthorized

PROVIDERS = {"telegram": "Telegram", "github": "GitHub"}


def provider(bot: Bot) -> str:
    """What people call it."""
    return PROVIDERS.get(bot.transport, bot.transport)


def api_url(transport: str) -> str:
    """Where new bots of the installation find the provider."""
    env = config.load()
    return {"telegram": env.TELEGRAM_API_URL, "github": env.GITHUB_API_URL}[transport]


def why_refused(error: TransportError, transport: str) -> str:
    """A refusal of credentials in words for whoever pasted them; it names no secret."""
    name = PROVIDERS[transport]
    if isinstance(error, Unauthorized):
        return f"{name} does not accept this ({error}). Was it revoked, or copied only in part?"
    return f"{name} could not be asked: {error}"


def page(console: Any, request: HttpRequest, template: str, title: str, **context: Any) -> HttpResponse:
    """A page of the console that no cache keeps."""
    shared = {**console.admin_site.each_context(request), "title": title, "opts": console.opts}
    answer = TemplateResponse(request, f"admin/bots/{template}.html", {**shared, **context})
    add_never_cache_headers(answer)
    return answer
