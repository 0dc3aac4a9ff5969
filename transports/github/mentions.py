"""Whether somebody talks to the bot: `@login` in running text, found as GitHub finds it."""

from __future__ import annotations

import re
from functools import lru_cache
from html.parser import HTMLParser

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore

_SILENT = {"pre", "code", "tt", "a", "blockquote", "script", "style", "textarea", "title"}
_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}

_WANTED = re.compile("[@<]")
"""What a block must hold to be worth reading: a mention, or HTML that may hide one."""

_LONG = 5_000
"""Characters kept at either end of one paragraph: a parser's worst case grows with the square of its length."""

# Recognised here, not by the Markdown library: its linkifier takes seconds for one hostile comment.
_URL = re.compile(r"(?:https?://|www\.)[^\s<]*", re.IGNORECASE)

# A line right below a quotation belongs to it by the rules of Markdown, but its author did not quote it.
_END_OF_QUOTE = re.compile(r"^( {0,3}>.*\n)(?! {0,3}>)", re.MULTILINE)

SUFFIX = "[bot]"
"""What GitHub adds to the login of an App; people mention it without."""


def is_mentioned(login: str, markdown: str) -> bool:
    """Whether `@login` stands outside code, quotations, links and HTML comments. Upper and lower case are the same."""
    name = login.removesuffix(SUFFIX)
    if not name or f"@{name}".lower() not in markdown.lower():
        return False
    return bool(_pattern(name).search(running_text(markdown)))


def without_leading_mention(login: str, markdown: str) -> str:
    """The text without the address in front; unchanged where there is none or nothing would be left."""
    pattern = mention_pattern(login)
    found = pattern and re.match(rf"(?:[ \t]*\n)* {{0,3}}{pattern}[,:]?\s*", markdown, _FLAGS)
    return (markdown[found.end() :] if found else "") or markdown


def mention_pattern(login: str) -> str:
    """A regular expression for a mention, for ASCII in either case; empty while the login is unknown."""
    name = login.removesuffix(SUFFIX)
    return _pattern(name).pattern if name else ""


def running_text(markdown: str) -> str:
    """What a reader sees as the author's own words, without code, quotations, link texts and comments."""
    reader = _Reader()
    html = _MARKDOWN.render(_END_OF_QUOTE.sub(r"\1\n", markdown))
    # Python's parser raises on marked sections that it does not know; a browser takes them for comments.
    # Closing it would show an unclosed comment as text; the last tag brings out what it still holds.
    reader.feed(html.replace("<![", "<!x") + "<br>")
    return _URL.sub(" ", "".join(reader.words))


_FLAGS = re.ASCII | re.IGNORECASE


def _shorten(state: StateCore) -> None:
    for token in state.tokens:
        if not _WANTED.search(token.content):
            token.content = ""
        elif len(token.content) > 2 * _LONG:
            token.content = f"{token.content[:_LONG]}\n{token.content[-_LONG:]}"


_MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])
_MARKDOWN.core.ruler.before("inline", "shorten", _shorten)


@lru_cache(maxsize=64)
def _pattern(name: str) -> re.Pattern[str]:
    # Not inside an address (x@name), a longer login (@name-evil), a team (@name/team) or a domain (@name.org).
    return re.compile(rf"(?<!\w)@{re.escape(name)}(?:\[bot\])?(?![\w/-])(?!\.+\w)", _FLAGS)


class _Reader(HTMLParser):
    """Collects text outside silent elements; an end tag closes everything opened since its start tag."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _VOID:
            self.inside.append(tag)
        # A word must not grow together with the text before the element.
        self.words.append("\n" if tag in _VOID or tag in _SILENT else "")

    def handle_endtag(self, tag: str) -> None:
        while tag in self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if _SILENT.isdisjoint(self.inside):
            self.words.append(data)
