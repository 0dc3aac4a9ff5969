"""A task that asks for facts: read the page that it names, or search for its words, and quote what came."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from agents.providers.offline.reading import Result, Situation
from agents.providers.offline.wishes import Call

FETCH, SEARCH = "web_fetch", "web_search"
QUERY_CHARS = 200
QUOTE_WORDS = 6
_URL = re.compile(r"https?://[^\s<>\"')\]]+")
_DATA = re.compile(r'<untrusted source="[^"]*">\n(.*?)\n</untrusted>', re.DOTALL)
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")


def look_up(tools: Sequence[Mapping[str, Any]], task: str) -> list[Call]:
    """The call that looks something up, if there is a tool for it."""
    offered = {str(tool["name"]) for tool in tools}
    if FETCH in offered and (url := _URL.search(task)):
        return [Call(FETCH, {"url": url[0].rstrip(".,;:")})]
    return [Call(SEARCH, {"query": " ".join(task.split())[:QUERY_CHARS]})] if SEARCH in offered else []


def reported(situation: Situation) -> str:
    """What a page said first, with the page as its source; empty where no page was read for a task."""
    read = [result for result in situation.results if result.tool == FETCH and not result.is_error]
    return _report(read[0]) if situation.is_task and read else ""


def _report(page: Result) -> str:
    url, data = _URL.search(page.text), _DATA.search(page.text)
    sentences = (part.strip(" #*-") for part in _SENTENCE.split(data[1] if data else page.text))
    first = next((one for one in sentences if len(one.split()) >= QUOTE_WORDS and not one.startswith("Title:")), "")
    if not first or not url:
        return ""
    plain = first.replace('"', "'")
    return f'The page begins: {first} [1]\n\nSources:\n[1] {url[0].rstrip(".,;:")} "{plain}"'
