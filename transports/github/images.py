"""Images from unknown hosts become links: fetching one would hand its host whatever somebody talked the model into
writing into the address. https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/about-anonymized-urls
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from html import escape, unescape
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token

_HOSTS = ("github.com", "githubusercontent.com")
_MARKDOWN = MarkdownIt("commonmark").enable("table")

_TAG_START = re.compile(r"<(?:img|image|source|video|audio)\b", re.IGNORECASE)
_TAG = r"<(?:img|image|source|video|audio)\b(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>"
_WHOLE_TAG = re.compile(_TAG, re.IGNORECASE)
_ATTRIBUTE = re.compile(r"([\w:-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))")
_FETCHED = {"src", "srcset", "poster", "href", "xlink:href"}

_ANY = re.compile(
    r"(?P<kept>(?<!`)(?P<ticks>`+)(?!`)(?:(?!\n\s*\n).)*?(?<!`)(?P=ticks)(?!`)|\\.)"
    r"|!\[(?P<alt>(?:[^\[\]\\]|\\.)*)\](?=(?P<inline>\(\s*<?(?P<address>[^\s<>()]*))?)"
    rf"|(?P<tag>{_TAG})",
    re.IGNORECASE | re.DOTALL,
)
"""What stays (code, escaped characters), an image up to its address, an HTML element that fetches."""


def without_foreign_images(markdown: str) -> str:
    """The same text with a link in place of each image that is not GitHub's own. Code stays as it is."""
    if "![" not in markdown and not _TAG_START.search(markdown):
        return markdown
    tokens = _MARKDOWN.parse(markdown)
    if not any(_is_foreign(token) for token in _all(tokens)):
        return markdown
    changed = _outside_code(markdown, tokens, lambda text: _ANY.sub(_as_link, text))
    tokens = _MARKDOWN.parse(changed)
    if not any(_is_foreign(token) for token in _all(tokens)):
        return changed
    return _outside_code(changed, tokens, _as_text)


def is_known_host(address: str) -> bool:
    """Whether an image may be fetched from there. Refuses every form that two parsers could read differently."""
    if not re.fullmatch(r"https://[\w.-]+/[!-\[\]-~]*", address, re.ASCII | re.IGNORECASE):
        return False
    host = (urlsplit(address).hostname or "").lower()
    return any(host == known or host.endswith(f".{known}") for known in _HOSTS)


def _all(tokens: Sequence[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _all(token.children or ())


def _is_foreign(token: Token) -> bool:
    if token.type == "image":
        return not is_known_host(str(token.attrs.get("src", "")))
    if token.type not in ("html_inline", "html_block"):
        return False
    starts = (found.start() for found in _TAG_START.finditer(token.content))
    tags = (_WHOLE_TAG.match(token.content, start) for start in starts)
    # A tag that does not end within its block swallows the next one: it is never harmless.
    return any(tag is None or _foreign_addresses(tag[0]) for tag in tags)


def _foreign_addresses(tag: str) -> list[str]:
    fetched = [unescape(value) for name, value in _attributes(tag) if name in _FETCHED]
    return [address for address in fetched if not is_known_host(address)]


def _attributes(tag: str) -> list[tuple[str, str]]:
    return [(name.lower(), double or single or bare) for name, double, single, bare in _ATTRIBUTE.findall(tag)]


def _as_link(found: re.Match[str]) -> str:
    if found["kept"]:
        return found[0]
    if found["tag"]:
        return _tag_as_link(found[0])
    if found["inline"] is None or is_known_host(found["address"] or ""):
        return found[0]
    return f"[{found['alt'] or 'image'}]"


def _tag_as_link(tag: str) -> str:
    foreign = _foreign_addresses(tag)
    if not foreign:
        return tag
    words = escape(unescape(dict(_attributes(tag)).get("alt", ""))) or "image"
    address = foreign[0].split()[0] if foreign[0].split() else ""
    return f'<a href="{escape(address)}">{words}</a>' if address.startswith(("https://", "http://")) else words


def _as_text(text: str) -> str:
    """The last resort, for images by reference and odd forms: they are shown as they were written."""
    return _TAG_START.sub(lambda found: "&lt;" + found[0][1:], text.replace("![", "!\\["))


def _outside_code(markdown: str, tokens: Sequence[Token], change: Callable[[str], str]) -> str:
    """Change what stands between blocks of code."""
    lines = markdown.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    done: list[str] = []
    start = 0
    for token in tokens:
        if token.type in ("fence", "code_block") and token.map:
            first, end = token.map
            done += [change("\n".join(lines[start:first]))] if first > start else []
            done += lines[first:end]
            start = end
    done += [change("\n".join(lines[start:]))] if start < len(lines) else []
    return "\n".join(done)
