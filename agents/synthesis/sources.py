"""The list of sources under an answer. Code writes it; what a model writes itself is read and taken off."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from agents.base import PageRead
from agents.plans import Source
from agents.synthesis.quotes import Standing, address, addresses, standing, title_of

QUOTE_CHARS = 240
TITLE_CHARS = 120
SOURCES = "Sources:"
_HEADING = re.compile(
    r"[ \t#*]{0,10}(?:list of )?(?:sources?|references?|quellen?|fuentes|fonti)[ \t]*:?[ \t*]{0,10}:?[ \t]*",
    re.IGNORECASE,
)
_ENTRY = re.compile(r"[ \t]*(?:[-*][ \t]*)?\[?(\d{1,3})[\].):]+[ \t]*(.*)")
_URL = re.compile(r"https?://[^\s<>\"“”«»]+")
_QUOTE = re.compile(r"“([^”]+)”|„([^“”]+)[“”]|«([^»]+)»|\"([^\"]+)\"")
_SAID = {
    Standing.SUPPORTED: "",
    Standing.UNSUPPORTED: " **(unsupported)**",
    Standing.NEVER_READ: " **(never read)**",
    Standing.NO_QUOTE: "",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the list: a source with what is quoted from it."""

    number: int
    url: str
    title: str
    quotes: tuple[str, ...] = ()


def source_list(entries: Sequence[Entry], pages: Sequence[PageRead]) -> str:
    """The list in Markdown; each quote is looked for in what was read. Empty without entries."""
    lines = [_line(entry, pages) for entry in entries]
    return "\n".join([SOURCES, "", *lines]) if lines else ""


def _line(entry: Entry, pages: Sequence[PageRead]) -> str:
    titles = (title for page in pages if address(entry.url) in addresses(page) and (title := title_of(page)))
    if standing("", entry.url, pages) is Standing.NEVER_READ:
        # Nobody has seen what is there: it is named, but nobody is led to it.
        return f"{entry.number}. `{_plain(entry.url)}`{_SAID[Standing.NEVER_READ]}"
    shown = "; ".join(
        f"“{_plain(quote, QUOTE_CHARS)}”{_SAID[standing(quote, entry.url, pages)]}" for quote in entry.quotes
    )
    return f"{entry.number}. {_link(entry.url, entry.title or next(titles, ''))}{f': {shown}' if shown else ''}"


def _link(url: str, title: str) -> str:
    safe = url.replace("(", "%28").replace(")", "%29").replace(" ", "%20")
    return f"[{_plain(title, TITLE_CHARS) or _plain(url, TITLE_CHARS)}]({safe})"


def _plain(text: str, limit: int = 300) -> str:
    line = " ".join(re.sub(r"[\[\]`*]", " ", text).split())
    return line if len(line) <= limit else f"{line[:limit].rstrip()} …"


def split_off(text: str) -> tuple[str, dict[int, Source]]:
    """An answer without the list of sources at its end, and that list by its numbers."""
    lines = text.strip().splitlines()
    place = next((place for place in reversed(range(len(lines))) if _HEADING.fullmatch(lines[place])), None)
    entries = _entries(lines[place + 1 :]) if place is not None else []
    found = {number: source for number, rest in entries if (source := _source(rest))}
    return ("\n".join(lines[:place]).strip(), found) if found else (text.strip(), {})


def _entries(lines: Sequence[str]) -> list[tuple[int, str]]:
    """Numbers and the rest of each entry, its further lines being indented; empty if anything else is among them."""
    entries: list[tuple[int, str]] = []
    for line in filter(str.strip, lines):
        if found := _ENTRY.fullmatch(line):
            entries.append((int(found[1]), found[2]))
        elif entries and line[0] in " \t":
            entries[-1] = (entries[-1][0], f"{entries[-1][1]} {line.strip()}")
        else:
            return []
    return entries


def _source(rest: str) -> Source | None:
    """The source in an entry; None where it has no address."""
    url = _URL.search(rest)
    if url is None:
        return None
    quote = _QUOTE.search(rest.replace(url[0], " "))
    said = next((group for group in quote.groups() if group), "") if quote else ""
    title = re.match(r"\W{0,3}\[([^\[\]]+)\]\(", rest)
    return Source(url[0].rstrip(".,;:)]"), title[1].strip() if title else "", " ".join(said.split()))
