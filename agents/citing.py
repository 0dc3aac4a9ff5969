"""Stating sources: the numbers that a model cites become titles of pages, and nothing else does."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from agents.base import Page

_MARK = r"[\[【]\d{1,3}(?:\s*[,;]\s*\d{1,3})*[\]】]"
_LINE = re.compile(rf"^[ \t>*_-]*(?:\w+[*_ ]*:)?[*_ ]*{_MARK}(?:(?:[ \t,;&]|and)*{_MARK})*[ \t.*_]*$", re.MULTILINE)
_INLINE = re.compile(rf"[ \t]*(?:{_MARK})+(?!\()")
_CODE = re.compile(r"(```.*?(?:```|\Z)|`[^`\n]*`)", re.DOTALL)
_LABEL = re.compile(r"[ \t>*_#-]*(\w+)[*_ \t]*:(.*)")
_ITEM = re.compile(r"\s*(?:[-*\d].*)?")


def cited(text: str, pages: Mapping[int, Page]) -> tuple[str, list[Page]]:
    """Take the marks such as [1] out of an answer. Returns what is left and the pages that they name, in order."""
    found: list[int] = []
    segments = _CODE.split(text.strip())
    segments[::2] = [_without_marks(segment, pages, found) for segment in segments[::2]]
    left = _without_own_line("".join(segments).strip(), pages, found)
    left = re.sub(r"[ \t]+$", "", left, flags=re.MULTILINE)
    return re.sub(r"\n{3,}", "\n\n", left).strip(), [pages[number] for number in dict.fromkeys(found)]


def source_line(pages: Sequence[Page]) -> str:
    """`Source:` and the titles, as links where the pages have an address."""
    return f"{'Source' if len(pages) == 1 else 'Sources'}: {', '.join(_link(page) for page in pages)}"


def _without_marks(text: str, pages: Mapping[int, Page], found: list[int]) -> str:
    """Lines of marks go, whatever they name; a mark inside a line goes if it names a page."""

    def taken(*, always: bool) -> Callable[[re.Match[str]], str]:
        def replace(match: re.Match[str]) -> str:
            known = [int(number) for number in re.findall(r"\d+", match[0]) if int(number) in pages]
            found.extend(known)
            return "" if known or always else match[0]

        return replace

    return _INLINE.sub(taken(always=False), _LINE.sub(taken(always=True), text))


def _without_own_line(text: str, pages: Mapping[int, Page], found: list[int]) -> str:
    """Take out sources that the model states in words at the end: there it may state whatever it likes."""
    lines = text.splitlines()
    for place in range(len(lines) - 1, -1, -1):
        stated = " ".join(lines[place:])
        if (label := _LABEL.fullmatch(stated)) and (named := _named(label[1], label[2], pages)) is not None:
            found.extend(named)
            return "\n".join(lines[:place])
        if not _ITEM.fullmatch(lines[place]):
            break
    return text


def _named(label: str, rest: str, pages: Mapping[int, Page]) -> list[int] | None:
    """The pages whose titles a labelled line holds; None if it is no statement of sources."""
    named = [number for number, page in pages.items() if _plain(page.title) and _plain(page.title) in _plain(rest)]
    if label.casefold() in ("source", "sources"):
        return named
    return named if any(_plain(pages[number].title) == _plain(rest) for number in named) else None


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def _link(page: Page) -> str:
    title = " ".join(re.sub(r"[\[\]`*_]", " ", page.title).split())
    if not re.match(r"https?://\S+\Z", page.url):
        return title
    return f"[{title}]({page.url.replace('(', '%28').replace(')', '%29')})"
