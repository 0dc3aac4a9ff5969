"""What a model should know about an issue or pull request before it answers, and who wrote it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from contextlib import aclosing
from typing import Any, TypeVar

from transports.base import Conversation, ConversationKind, Facts
from transports.clean import strip_invisible
from transports.errors import Refused, TransportError
from transports.github.api import Api, json_object, json_value
from transports.github.comments import newest_first
from transports.github.fields import Fields, items, text
from transports.github.strangers import Piece, Trust
from transports.github.subject import Place, place_of
from transports.github.telling import FILES, changed_files, facts, fitting, section, shortened

TOTAL_LIMIT = 12_000
"""Characters."""
COMMENTS = 10
_LIMITS = {"facts": 1500, "files": 3000, "body": 2500, "review": 2000, "comments": 2800}

T = TypeVar("T")


async def describe(api: Api, to: Conversation, trust: Trust) -> Facts:
    """Facts in plain text, at most TOTAL_LIMIT characters; what GitHub does not give is left out."""
    try:
        place = place_of(to)
    except Refused:
        return Facts()
    is_pull = to.kind is ConversationKind.PULL_REQUEST
    about, files, review, comments = await asyncio.gather(
        _or_nothing(_object(api, place, place.pull if is_pull else place.issue)),
        _or_nothing(_list(api, place, f"{place.pull}/files", per_page=FILES)) if is_pull else _nothing(),
        _or_nothing(_review_comments(api, place)) if is_pull else _nothing(),
        _or_nothing(_comments(api, place)),
    )
    reviewed, said = fitting(review or [], _LIMITS["review"]), fitting(comments or [], _LIMITS["comments"])
    sections = {
        "facts": facts(to, about or {}, is_pull=is_pull),
        "files": changed_files(about or {}, files or []),
        "body": section("Description", text(about or {}, "body")),
        "review": section("Latest review comments", "\n".join(words for _, words in reviewed)),
        "comments": section("Latest comments", "\n".join(words for _, words in said)),
    }
    whole = "\n\n".join(shortened(words, _LIMITS[name]) for name, words in sections.items() if words)
    pieces = [Piece("description and changes" if is_pull else "description", about or {})]
    pieces += [Piece("review comment", comment) for comment, _ in reviewed]
    pieces += [Piece("comment", comment) for comment, _ in said]
    return Facts(shortened(strip_invisible(whole), TOTAL_LIMIT), await trust.strangers(place, to, pieces))


# -- asking


async def _or_nothing(answer: Awaitable[T]) -> T | None:
    try:
        return await answer
    except TransportError:
        return None


async def _nothing() -> None:
    return None


async def _object(api: Api, place: Place, path: str) -> dict[str, Any]:
    return json_object(await api.call("GET", path, repository=place.repository))


async def _list(api: Api, place: Place, path: str, **params: str | int) -> list[Fields]:
    return list(items(json_value(await api.call("GET", path, repository=place.repository, params=params))))


async def _review_comments(api: Api, place: Place) -> list[Fields]:
    path = f"{place.pull}/comments"
    return await _list(api, place, path, sort="created", direction="desc", per_page=COMMENTS)


async def _comments(api: Api, place: Place) -> list[Fields]:
    found: list[Fields] = []
    async with aclosing(newest_first(api, place)) as comments:
        async for comment in comments:
            found.append(comment)
            if len(found) == COMMENTS:
                break
    return found
