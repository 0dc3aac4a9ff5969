"""Tavily. https://docs.tavily.com/documentation/api-reference/endpoint/search"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx2

from agents.web.hits import Hit, HttpSearch, text_of


class Tavily(HttpSearch):
    """Needs a key."""

    name = "tavily"
    default_url = "https://api.tavily.com"

    def _request(self, query: str, count: int) -> httpx2.Request:
        return httpx2.Request(
            "POST",
            f"{self.url}/search",
            json={"query": query, "max_results": count, "search_depth": "basic"},
            headers={
                "Accept": "application/json",
                "Accept-Encoding": "identity",
                "Authorization": f"Bearer {self._api_key}",
            },
        )

    def _rows(self, answer: Mapping[str, Any]) -> object:
        return answer.get("results")

    def _hit(self, row: Mapping[str, Any]) -> Hit:
        return Hit(text_of(row, "title"), text_of(row, "url"), text_of(row, "content"), text_of(row, "published_date"))

    def _why(self, status: int) -> str:
        if status in (432, 433):  # their codes for a plan's or a key's limit
            return "the plan's limit is reached"
        return super()._why(status)
