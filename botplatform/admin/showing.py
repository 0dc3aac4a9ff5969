"""How values are shown: escaped, with nothing invisible in them, moments with their distance from now."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.db.models import Model
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

Column = Callable[[Any], object]
"""Row in, what its cell shows out."""

NOTHING = "–"
LONGEST = 200_000
"""Characters of one value on a page; the rest is counted."""
COLOURS = {
    **dict.fromkeys(
        ("done", "succeeded", "sent", "normal", "alive", "executed", "right", "added", "in force", "promoted"),
        "success",
    ),
    **dict.fromkeys(("processing", "running", "sending", "approved"), "primary"),
    **dict.fromkeys(("queued", "collecting", "pending", "held", "medium", "moved"), "info"),
    **dict.fromkeys(
        ("waiting", "quarantined", "lost", "paused", "expired", "high", "changed", "forced", "returned"), "warning"
    ),
    **dict.fromkeys(("failed", "unknown", "blocked", "stuck", "silent", "critical", "wrong", "removed"), "danger"),
}
_HIDDEN = frozenset({"Cf", "Cc", "Cs", "Co", "Cn", "Zl", "Zp"})
_BLANKS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_UNUSUAL = re.compile(r"[^\n\t\x20-\x7e]")


def _hides(char: str) -> bool:
    return unicodedata.category(char) in _HIDDEN or char in _BLANKS or "\U000e0100" <= char <= "\U000e01ef"


def _mark(match: re.Match[str]) -> str:
    char = match.group()
    return f"⟨U+{ord(char):04X}⟩" if _hides(char) else char


def _escape(match: re.Match[str]) -> str:
    char = match.group()
    return json.dumps(char)[1:-1] if _hides(char) else char


def visible(text: str) -> str:
    """Write out what a reader could not see: control, zero-width, bidirectional and tag characters as ⟨U+200B⟩."""
    return _UNUSUAL.sub(_mark, text)


def escaped(text: str) -> str:
    """JSON with the same characters as \\u escapes: it means what it meant, and can be edited."""
    return _UNUSUAL.sub(_escape, text)


def visible_html(markup: str) -> SafeString:
    """The same for markup that is escaped already; the marks hold nothing that needs escaping."""
    return mark_safe(visible(str(markup)))  # noqa: S308


def shorten(text: str, length: int) -> str:
    """One line of at most `length` characters."""
    line = " ".join(text[: length * 4].split())
    return visible(line if len(line) <= length else f"{line[: length - 1]}…")


def pretty(value: object) -> str:
    """JSON as a person reads it; bounded."""
    return bounded(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def bounded(text: str) -> str:
    """At most LONGEST characters, all of them visible."""
    rest = len(text) - LONGEST
    return visible(text[:LONGEST]) + (f"\n… and {rest} more characters" if rest > 0 else "")


def block(text: str) -> SafeString:
    """Text as it is, in a box that scrolls."""
    return format_html('<pre class="console-block" dir="auto" tabindex="0">{}</pre>', bounded(text))


def code(text: str) -> SafeString:
    """A short piece of code in a line."""
    return format_html('<code class="console-roomy">{}</code>', visible(text))


def difference(lines: Sequence[str]) -> SafeString:
    """Lines that begin with `+`, `-`, `@` or a blank, in their colours."""
    kinds = {"+": "added", "-": "removed", "@": "place"}
    shown = format_html_join(
        "", '<span class="{}">{}</span>', ((kinds.get(line[:1], ""), visible(line)) for line in lines)
    )
    return format_html('<pre class="console-block console-diff" dir="auto">{}</pre>', shown)


def unbroken(text: str) -> SafeString:
    """Text that stays on one line."""
    return format_html('<span class="whitespace-nowrap">{}</span>', text)


def roomy(text: str) -> SafeString:
    """Text that keeps some width in a crowded table."""
    return format_html('<span class="console-roomy">{}</span>', text)


@lru_cache(maxsize=1000)
def label(state: str, text: str = "") -> SafeString:
    """A state in its colour, in words of its own if need be."""
    context = {"text": visible(text or state), "variant": COLOURS.get(state, "")}
    return mark_safe(render_to_string("unfold/helpers/label.html", context).strip())  # noqa: S308 - escaped in the template


def page_of(row: Model) -> str:
    """The address of a row's page in the console."""
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def anchor(row: Model, text: str = "") -> SafeString:
    """A link to a row's page."""
    return format_html(
        '<a class="text-link whitespace-nowrap" href="{}">{}</a>', page_of(row), shorten(text or str(row), 30)
    )


def distance(span: timedelta) -> str:
    """A length of time in its two largest units."""
    seconds = abs(span.total_seconds())
    if seconds < 10:
        return f"{seconds:.1f} s"
    for size, unit, smaller, smaller_unit in ((86400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
        if seconds >= size:
            whole, rest = divmod(int(seconds), size)
            return f"{whole} {unit}" + (f" {rest // smaller} {smaller_unit}" if rest // smaller else "")
    return f"{seconds:.0f} s"


def relative(moment: datetime) -> str:
    """How long ago, or how soon."""
    span = timezone.now() - moment
    return f"{distance(span)} ago" if span >= timedelta(0) else f"in {distance(span)}"


def short_moment(moment: datetime | None) -> str | SafeString:
    """For lists: the distance, with the moment itself on hovering."""
    if moment is None:
        return NOTHING
    exact = f"{moment:%Y-%m-%d %H:%M:%S} UTC"
    return format_html('<time class="whitespace-nowrap" title="{}">{}</time>', exact, relative(moment))


def full_moment(moment: datetime | None) -> str:
    """For pages: the moment, to the millisecond, and its distance."""
    if moment is None:
        return NOTHING
    return f"{moment:%Y-%m-%d %H:%M:%S}.{moment.microsecond // 1000:03d} UTC ({relative(moment)})"
