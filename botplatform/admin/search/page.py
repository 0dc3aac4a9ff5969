"""The search page."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from asgiref.sync import async_to_sync
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html

from botplatform.admin import showing
from botplatform.admin.scoping import bots_of
from botplatform.admin.search.hits import hits, known
from botplatform.pipeline import finding

LONGEST = 200
"""Characters of a term."""
_ONLY = 'The only row that goes by “{}”. <a class="text-link" href="{}">Search what was said</a> for it instead.'


@dataclass(frozen=True, slots=True)
class Found:
    """What each way of looking brought."""

    exact: list[dict[str, Any]] = field(default_factory=list)
    titled: list[dict[str, Any]] = field(default_factory=list)
    said: list[dict[str, Any]] = field(default_factory=list)
    first: int = 0
    """Messages from this number to `last` were looked through."""
    last: int = 0


def search_view(request: HttpRequest) -> HttpResponse:
    """`q`: the term; `before`: only what was said before this message; `texts`: no leap to the one exact hit."""
    if not (kinds := known(request)):
        raise PermissionDenied
    term = " ".join(request.GET.get("q", "").replace("\x00", "").split())[:LONGEST]
    before = _number(request.GET.get("before", ""))
    found = async_to_sync(_look)(term, before, kinds, bots_of(request.user)) if term else Found()
    exact = hits(request, found.exact)
    if len(exact) == 1 and not before and "texts" not in request.GET:
        again = f"{request.path}?{urlencode({'q': term, 'texts': 1})}"
        messages.info(request, format_html(_ONLY, showing.visible(term), again))
        return HttpResponseRedirect(exact[0].url)
    context = {
        **admin.site.each_context(request),
        "title": "Search",
        "term": showing.visible(term),
        "exact": exact,
        "titled": hits(request, found.titled),
        "said": hits(request, found.said),
        "searched": _searched(found, kinds) if term else [],
        "further": _further(term, found),
    }
    return TemplateResponse(request, "admin/search/page.html", context)


async def _look(term: str, before: int | None, kinds: set[str], bots: frozenset[int] | None) -> Found:
    """All ways at the same time: each costs the database the more, the less it knows."""
    exact, titled = (
        _ask(before is None, lambda: finding.exactly(term, kinds, bots)),
        _ask(before is None and "session" in kinds, lambda: finding.titled(term, bots)),
    )
    named = asyncio.gather(exact, titled)
    said = await _said(term, before, bots) if "message" in kinds else Found()
    by_name, by_title = await named
    return replace(said, exact=by_name, titled=by_title)


async def _ask(due: bool, look: Callable[[], Awaitable[list[dict[str, Any]]]]) -> list[dict[str, Any]]:
    return await look() if due else []


async def _said(term: str, before: int | None, bots: frozenset[int] | None) -> Found:
    end = await finding.newest() + 1 if before is None else before
    said = await finding.said(term, end, bots)
    stopped = len(said) == finding.MOST  # further ones of this stretch come with the next
    return Found(said=said, first=said[-1]["id"] if stopped else max(end - finding.STRETCH, 1), last=end - 1)


def _number(text: str) -> int | None:
    """None for whatever is none."""
    usable = text.isascii() and text.isdigit() and len(text) < 20 and 0 < int(text) <= finding.LARGEST
    return int(text) if usable else None


def _searched(found: Found, kinds: set[str]) -> list[str]:
    """Plainly, what was looked at."""
    lines = []
    if found.last >= found.first > 0:
        lines.append(f"texts, authors and providers' ids of the messages {found.first:,} to {found.last:,}")
    if "session" in kinds:
        lines.append(f"titles of the {finding.SESSIONS:,} conversations that were active last")
    names = {
        "update": "updates by the provider's id",
        "session": "conversations by their key",
        "batch": "batches by their reference",
    }
    lines.append(
        "all " + ", ".join([text for kind, text in names.items() if kind in kinds] + ["and rows by their number"])
    )
    return lines


def _further(term: str, found: Found) -> str:
    """The address of the stretch before this one."""
    if not term or found.first <= 1:
        return ""
    return f"{reverse('console-search')}?{urlencode({'q': term, 'before': found.first})}"
