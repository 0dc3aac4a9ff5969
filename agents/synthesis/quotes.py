"""Finding quoted words again in a page as it was read."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from enum import StrEnum
from urllib.parse import urlsplit

from agents.base import PageRead
from agents.text import strip_invisible

WORDS = 4
"""A quote of fewer words is found nearly anywhere and shows nothing."""
PIECE_WORDS = 3
"""The same for each piece of a quote that leaves something out."""
_LEFT_OUT = re.compile(r"[\[(]?\s*(?:…|\.{3,}|\. \. \.)\s*[\])]?")
_LINK = re.compile(r"\[([^\[\]]*)\]\([^)\s]{0,500}\)")
# Written without spaces: each sign counts as a word.
_SIGN = r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]"
_WORD = re.compile(rf"{_SIGN}|(?:(?!{_SIGN})[^\W_])+")


class Standing(StrEnum):
    """What is known of a quote."""

    SUPPORTED = "supported"
    """It stands in the page as it was read."""
    UNSUPPORTED = "unsupported"
    """The page was read, and the quote does not stand in it."""
    NEVER_READ = "never read"
    """No run has read the page."""
    NO_QUOTE = "no quote"
    """The page was read, and nothing was quoted from it."""


def address(url: str) -> str:
    """What two links to the same page have in common: neither scheme, fragment nor closing slash count."""
    try:
        parts = urlsplit(url.strip())
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return url.strip()
    query = f"?{parts.query}" if parts.query else ""
    return f"{host}{parts.path.rstrip('/')}{query}"


def addresses(page: PageRead) -> set[str]:
    """What a page is known under: as it was asked for, and as it says first where it was found in the end."""
    first = page.text[:2_000].split(maxsplit=1)[:1]
    return {address(url.rstrip(",")) for url in (page.url, *first) if url.startswith(("http://", "https://"))}


def title_of(page: PageRead) -> str:
    """The title, if the page has one."""
    found = re.search(r"^Title: (.+)$", page.text[:4000], re.MULTILINE)
    return page.title or (found[1].strip() if found else "")


def standing(quote: str, url: str, pages: Iterable[PageRead]) -> Standing:
    """Whether the words stand in a page that was read under this address."""
    read = [page for page in pages if address(url) in addresses(page)]
    if not read:
        return Standing.NEVER_READ
    if not quote.strip():
        return Standing.NO_QUOTE
    return Standing.SUPPORTED if any(stands_in(quote, page.text) for page in read) else Standing.UNSUPPORTED


def stands_in(quote: str, text: str) -> bool:
    """Whether a quote's words stand in the text, in their order; case, accents' form, marks and spaces do not count.

    What `…` or `...` leaves out may be anything, but what stands around it must follow each other.
    """
    pieces = [words for part in _LEFT_OUT.split(quote) if (words := _words(part))]
    if sum(map(len, pieces)) < WORDS or (len(pieces) > 1 and min(map(len, pieces)) < PIECE_WORDS):
        return False
    found, place = f" {' '.join(_words(text))} ", 0
    for words in pieces:
        wanted = f" {' '.join(words)} "
        place = found.find(wanted, place)
        if place < 0:
            return False
        place += len(wanted) - 1
    return True


def _words(text: str) -> list[str]:
    bare = unicodedata.normalize("NFKC", strip_invisible(_LINK.sub(r"\1", text))).casefold()
    # Apostrophes and hyphens inside words are written in many ways, and dropped in some.
    return _WORD.findall(re.sub(r"(?<=\w)['’‘`´‐‑-](?=\w)", "", bare))
