"""How steps of plans look wherever they stand: a mark for each state, and what their results rest on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from botplatform.admin import showing
from botplatform.pipeline.plans.showing import MARKS

SOURCES = 50
"""Of one step at most; of more the number is told."""
_LONGEST = 300


def of(state: str) -> str:
    """✓ ▸ · … ✗ –, as people in the chat see them."""
    return MARKS.get(state, "·")


def sources(found: Sequence[Any]) -> SafeString | str:
    """Numbered, with the quote; one whose quote was not found again in its page says so."""
    shown = [(_source(one),) for one in found[:SOURCES] if isinstance(one, dict)]
    if not shown:
        return ""
    rest = len(found) - len(shown)
    more = format_html("<p>and {} more</p>", rest) if rest > 0 else ""
    return format_html('<ol class="plan-sources">{}</ol>{}', format_html_join("", "<li>{}</li>", shown), more)


def _source(source: dict[str, Any]) -> SafeString:
    url, quote = str(source.get("url") or ""), str(source.get("quote") or "")
    name = showing.shorten(str(source.get("title") or ""), _LONGEST) or showing.shorten(url, _LONGEST) or "unnamed"
    lapse = showing.label("failed", "unsupported") if source.get("supported") is False else ""
    told = format_html(" <q>{}</q>", showing.shorten(quote, _LONGEST)) if quote else ""
    return format_html("{} {}{}", _address(url, name), lapse, told)


def _address(url: str, name: str) -> SafeString | str:
    """A link out where it is one; whatever else a page calls itself stays a text."""
    try:
        usable = urlsplit(url).scheme in ("http", "https") and bool(urlsplit(url).hostname)
    except ValueError:
        usable = False
    if not usable:
        return name
    shown = showing.shorten(url, _LONGEST)
    return format_html(
        '<a class="text-link" href="{}" rel="noopener noreferrer nofollow" title="{}">{}</a>', url, shown, name
    )
