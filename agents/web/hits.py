"""What a search finds, whoever is asked."""

from __future__ import annotations

import asyncio
import html
import json
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import httpx2

from agents.text import strip_invisible
from agents.web.urls import URL_CHARS

QUERY_CHARS = 400
MOST = 20
SNIPPET_CHARS = 600
ANSWER_BYTES = 2_000_000
TIMEOUT = 10.0
SECONDS = 15.0
"""Of which a single wait takes at most TIMEOUT."""
_TAG = re.compile(r"</?[a-z][a-z0-9]{0,10}(?:\s[^<>]{0,100})?/?>", re.IGNORECASE)


class SearchError(Exception):
    """Nothing was found out; the message says why, in words that a model and a person may see."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One result. All of it was written by strangers."""

    title: str
    url: str
    snippet: str
    published: str = ""
    """As the service tells it: a date, a time, or nothing."""


class Search(Protocol):
    """A search service."""

    name: str

    async def search(self, query: str, *, count: int = 8, check: Callable[[], None] = lambda: None) -> list[Hit]:
        """At most `count` hits, the best first. `check` is called before the request. Raises SearchError."""
        ...


class HttpSearch(ABC):
    """Fixes the order: bound the question, ask once, read the hits. A service says how its request and hits look."""

    name: str
    default_url: str = ""

    def __init__(self, *, url: str = "", api_key: str = "") -> None:
        self.url = (url or self.default_url).rstrip("/")
        self._api_key = api_key

    @abstractmethod
    def _request(self, query: str, count: int) -> httpx2.Request:
        """The request that asks."""

    @abstractmethod
    def _rows(self, answer: Mapping[str, Any]) -> object:
        """The list of results inside of an answer."""

    @abstractmethod
    def _hit(self, row: Mapping[str, Any]) -> Hit:
        """One result, its texts as the service gives them."""

    def _why(self, status: int) -> str:
        """What an error status means here."""
        return {401: "it refused the key", 403: "it refused the key", 429: "it asks to be left alone for a while"}.get(
            status, f"it answered with HTTP {status}"
        )

    async def search(self, query: str, *, count: int = 8, check: Callable[[], None] = lambda: None) -> list[Hit]:
        request = self._request(query.strip()[:QUERY_CHARS], max(1, min(count, MOST)))
        check()
        answer = await self._asked(request)
        rows = self._rows(answer)
        hits = (self._hit(row) for row in rows if isinstance(row, Mapping)) if isinstance(rows, Sequence) else ()
        return _tidied(hits, count)

    async def _asked(self, request: httpx2.Request) -> Mapping[str, Any]:
        try:
            async with (
                asyncio.timeout(SECONDS),
                httpx2.AsyncClient(trust_env=False, follow_redirects=False, timeout=TIMEOUT) as client,
            ):
                response = await client.send(request, stream=True)
                try:
                    body = await _bounded(response) if response.is_success else b""
                finally:
                    await response.aclose()
        except (httpx2.HTTPError, TimeoutError) as error:
            slow = isinstance(error, httpx2.TimeoutException | TimeoutError)
            why = "it did not answer in time" if slow else "no connection could be made, or it broke off"
            raise SearchError(f"The search service {self.name} could not be asked: {why}.") from None
        if not response.is_success:
            raise SearchError(f"The search service {self.name} gave no results: {self._why(response.status_code)}.")
        try:
            found = json.loads(body)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, Mapping):
            raise SearchError(f"The search service {self.name} answered with something that is not JSON.")
        return found


async def _bounded(response: httpx2.Response) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > ANSWER_BYTES:
            break
    return bytes(body)


def _tidied(hits: Iterable[Hit], count: int) -> list[Hit]:
    """Hits that can be opened, each page once."""
    found: dict[str, Hit] = {}
    for hit in hits:
        if hit.url.startswith(("http://", "https://")) and len(hit.url) <= URL_CHARS and hit.url not in found:
            found[hit.url] = Hit(
                plain(hit.title, 200), hit.url, plain(hit.snippet, SNIPPET_CHARS), plain(hit.published, 40)
            )
        if len(found) == count:
            break
    return list(found.values())


def plain(value: str, limit: int) -> str:
    """Text without the service's marks, on one line."""
    text = strip_invisible(html.unescape(_TAG.sub("", value)))
    return " ".join(text.split())[:limit]


def text_of(row: Mapping[str, Any], key: str) -> str:
    """A string of a result; anything else counts as missing."""
    value = row.get(key)
    return value if isinstance(value, str) else ""
