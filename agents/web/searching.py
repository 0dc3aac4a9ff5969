"""Which search service answers, as configured."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from agents.web.brave import Brave
from agents.web.hits import Hit, HttpSearch, Search, SearchError
from agents.web.searxng import SearXNG
from agents.web.tavily import Tavily

__all__ = ["PROVIDERS", "Hit", "Search", "SearchError", "make_search"]

PROVIDERS: dict[str, type[HttpSearch]] = {"searxng": SearXNG, "brave": Brave, "tavily": Tavily}


def make_search(provider: str, url: str = "", api_key: str = "") -> Search | None:
    """The configured service; None when none is. `url` may be private: it is configuration, not a model's wish.

    Raises ValueError, saying what is missing or wrong, without the key.
    """
    name, url, api_key = provider.strip().lower(), url.strip(), api_key.strip()
    if not name:
        return None
    kind = PROVIDERS.get(name)
    if kind is None:
        raise ValueError(f"there is no search provider {name!r}; there are {', '.join(PROVIDERS)}")
    if url and not _is_web_address(url):
        raise ValueError("the search service's URL has to be http://… or https://… without a user name")
    if not url and not kind.default_url:
        raise ValueError(f"{name} needs the URL of its server")
    if not api_key and kind.default_url:
        raise ValueError(f"{name} needs an API key")
    if not re.fullmatch(r"[\x21-\x7e]*", api_key):
        raise ValueError("the search service's key has characters that no key has")
    return kind(url=url, api_key=api_key)


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return (
            parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc and parts.port != 0
        )
    except ValueError:
        return False
