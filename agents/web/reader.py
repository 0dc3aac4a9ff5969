"""Turns one HTML page into text. Run as a program of its own, because some pages keep a parser busy for minutes.

In: a line of JSON ({"url", "chars", "links"}), then the page in UTF-8. Out: JSON ({"title", "text", "links", "cut"}).
It imports nothing of ours and may use no more than the seconds and bytes below.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from typing import Any

try:
    import resource
except ImportError:  # Windows has no such limits; the caller's time limit holds there
    resource = None  # type: ignore[assignment]

import lxml.html
from readability import Document

CPU_SECONDS = 6
MEMORY_BYTES = 768 * 1024 * 1024
ENOUGH_CHARS = 400
"""A main part shorter than this, and than a quarter of the page, was probably not the main part."""

_SILENT = {
    "script",
    "style",
    "noscript",
    "template",
    "svg",
    "iframe",
    "object",
    "head",
    "select",
    "textarea",
    "button",
    "canvas",
}
_AROUND = {"nav", "footer", "aside"}
_BLOCKS = {
    *("address", "article", "aside", "blockquote", "body", "caption", "dd", "details", "div", "dl", "dt", "fieldset"),
    *(
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "li",
        "main",
        "nav",
    ),
    *("ol", "p", "pre", "section", "summary", "table", "tbody", "tfoot", "thead", "tr", "ul"),
}
_APART = {"p", "table", "ul", "ol", "dl", "blockquote", "pre", "h1", "h2", "h3", "h4", "h5", "h6"}
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d])|opacity\s*:\s*0(?![.\d])", re.IGNORECASE
)
_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,200}\?>")
_SPACES = re.compile(r"[^\S\n]+")
_LINES = re.compile(r"\n{3,}")


def read(page: str, *, url: str, chars: int, links: int) -> dict[str, Any]:
    """The readable part of a page: running text without marks inside of sentences, and its links beside it."""
    tree = _parsed(_XML_DECLARATION.sub("", page.replace("\0", "")))
    if tree is None:
        return {"title": "", "text": "", "links": [], "cut": False}
    _drop_unseen(tree)
    tree.make_links_absolute(url, resolve_base_href=True, handle_failures="ignore")
    title = _SPACES.sub(" ", tree.findtext(".//title") or "").strip()
    main = _main_part(tree)
    text = _text(main) if main is not None else ""
    whole = _text(tree, without=_AROUND)
    if len(text) < ENOUGH_CHARS and len(text) * 4 < len(whole):
        text, main = whole, tree
    found = _links(main if main is not None else tree, links)
    return {"title": title[:300], "text": text[:chars], "links": found, "cut": len(text) > chars}


def _parsed(page: str) -> Any:
    try:
        return lxml.html.document_fromstring(page.encode(), parser=lxml.html.HTMLParser(encoding="utf-8"))
    except (lxml.etree.ParserError, lxml.etree.XMLSyntaxError):
        return None  # nothing but comments or blanks


def _drop_unseen(tree: Any) -> None:
    """What a reader does not see, the model does not read either: instructions hide there."""
    for element in list(tree.iter()):
        if element.getparent() is not None and _is_unseen(element):
            element.drop_tree()


def _is_unseen(element: Any) -> bool:
    if not isinstance(element.tag, str):
        return True  # comments, processing instructions
    silent = element.tag in _SILENT and element.tag != "head"
    return silent or element.get("hidden") is not None or _HIDDEN.search(element.get("style", "")) is not None


def _main_part(tree: Any) -> Any:
    try:
        summary = Document(lxml.html.tostring(tree, encoding="unicode")).summary(html_partial=True)
        return lxml.html.fragment_fromstring(summary, create_parent="div")
    except Exception:  # noqa: BLE001 - whatever the heuristics stumble over, the whole page is still there
        return None


def _text(tree: Any, *, without: set[str] | frozenset[str] = frozenset()) -> str:
    """Blocks on lines of their own; inside of a block the page's very words, blanks collapsed as browsers do."""
    pieces: list[str] = []
    silent = preformatted = 0
    for event, element in lxml.etree.iterwalk(tree, events=("start", "end")):
        tag = element.tag
        skipped = tag in _SILENT or tag in without
        if event == "start":
            silent += skipped
            preformatted += tag == "pre"
            pieces.append("" if silent else _before(tag))
            said = element.text
        else:
            pieces.append("" if silent else _after(tag))
            silent -= skipped
            preformatted -= tag == "pre"
            said = element.tail if element is not tree else None
        if said and not silent:
            pieces.append(said if preformatted else _SPACES.sub(" ", said.replace("\n", " ")))
    lines = "".join(pieces).split("\n")
    return _LINES.sub(
        "\n\n", "\n".join(line.strip(" ") if "  " not in line else line.rstrip() for line in lines)
    ).strip()


def _before(tag: str) -> str:
    if tag in _APART:
        return "\n\n"
    if tag in _BLOCKS:
        return "\n- " if tag == "li" else "\n"
    return {"br": "\n", "td": " ", "th": " "}.get(tag, "")


def _after(tag: str) -> str:
    if tag in ("td", "th"):
        return " |"
    return "\n" if tag in _BLOCKS and tag not in ("li", "tr") else ""


def _links(tree: Any, most: int) -> list[list[str]]:
    found: dict[str, str] = {}
    for element in tree.iter("a"):
        address = (element.get("href") or "").partition("#")[0]
        label = _SPACES.sub(" ", (element.text_content() or "").replace("\n", " ")).strip()
        if address.startswith(("http://", "https://")) and len(address) <= 500 and label and address not in found:
            found[address] = label[:120]
            if len(found) == most:
                break
    return [[label, address] for address, label in found.items()]


def main() -> None:
    if resource is not None:
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    logging.disable(logging.CRITICAL)  # readability tells what it stumbles over
    asked = json.loads(sys.stdin.buffer.readline())
    page = sys.stdin.buffer.read().decode("utf-8", "replace")
    json.dump(read(page, **asked), sys.stdout)


if __name__ == "__main__":
    main()
