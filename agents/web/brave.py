"""Brave Search. https://api-dashboard.search.brave.com/app/documentation/web-search/get-started"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx2

from agents.web.hits import Hit, HttpSearch, text_of

WORDS = 50


class Brave(HttpSearch):
    """Needs a key."""

    name = "brave"
    default_url = "https://api.search.brave.com"

    def _request(self, query: str, count: int) -> httpx2.Request:
        words = " ".join(query.split()[:WORDS])
        return httpx2.Request(
            "GET",
            f"{self.url}/res/v1/web/search",
            params={"q": words, "count": count, "text_decorations": "false", "result_filter": "web"},
            headers={
                "Accept": "application/json",
                "Accept-Encoding": "identity",
                "X-Subscription-Token": self._api_key,
            },
        )

    def _rows(self, answer: Mapping[str, Any]) -> object:
        web = answer.get("web")
        return web.get("results") if isinstance(web, Mapping) else []

    def _hit(self, row: Mapping[str, Any]) -> Hit:
        published = text_of(row, "page_age") or text_of(row, "age")
        return Hit(text_of(row, "title"), text_of(row, "url"), text_of(row, "description"), published)
