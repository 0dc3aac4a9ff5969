"""SearXNG, one's own or somebody's. https://docs.searxng.org/dev/search_api.html"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx2

from agents.web.hits import Hit, HttpSearch, text_of


class SearXNG(HttpSearch):
    """Needs a URL; a key, if there is one, is sent as a bearer token to the proxy in front of it."""

    name = "searxng"

    def _request(self, query: str, count: int) -> httpx2.Request:
        headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
        if self._api_key:
            headers["Authorization"] = f"Bearer {self._api_key}"
        return httpx2.Request("GET", f"{self.url}/search", params={"q": query, "format": "json"}, headers=headers)

    def _rows(self, answer: Mapping[str, Any]) -> object:
        return answer.get("results")

    def _hit(self, row: Mapping[str, Any]) -> Hit:
        return Hit(text_of(row, "title"), text_of(row, "url"), text_of(row, "content"), text_of(row, "publishedDate"))

    def _why(self, status: int) -> str:
        if status == 403:
            return "it gives no JSON; `json` has to stand in `search.formats` of its settings"
        return super()._why(status)
