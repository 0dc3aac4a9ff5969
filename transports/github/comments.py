"""The comments of an issue, newest first, and the hidden marker by which the bot knows its own again."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator

from transports.github.api import Api, json_value
from transports.github.fields import Fields, items
from transports.github.subject import Place

PAGE_SIZE = 100
NEWEST_PAGES = 5
"""How far back to look from the end."""

_MARKER = re.compile(r"\n*<!--\s*botplatform:[^>]*-->", re.IGNORECASE)
_PAGE = re.compile(r"[?&]page=(\d{1,6})(?=[&>])")


def marker_comment(marker: str) -> str:
    """The marker as it stands in a comment, where nobody sees it."""
    return f"<!-- botplatform:{marker} -->"


def without_markers(text: str) -> str:
    return _MARKER.sub("", text)


async def newest_first(api: Api, place: Place) -> AsyncGenerator[Fields, None]:
    """The comments from the last one back, page by page as they are needed. Raises TransportError.

    GitHub lists them oldest first and cannot be told otherwise; the first page names the last one.
    https://docs.github.com/en/rest/issues/comments#list-issue-comments
    """
    first, last = await _page(api, place, 1)
    for number in range(last, max(last - NEWEST_PAGES, 1), -1):
        for comment in reversed((await _page(api, place, number))[0]):
            yield comment
    for comment in reversed(first):
        yield comment


async def _page(api: Api, place: Place, number: int) -> tuple[list[Fields], int]:
    """One page, and the number of the last."""
    response = await api.call(
        "GET",
        f"{place.issue}/comments",
        repository=place.repository,
        params={"per_page": PAGE_SIZE, "page": number},
    )
    links = response.headers.get("link", "").split(",")
    last = next((found for link in links if 'rel="last"' in link and (found := _PAGE.search(link))), None)
    return list(items(json_value(response))), int(last[1]) if last else number
