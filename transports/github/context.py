"""What a model should know about an issue or pull request before it answers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable
from contextlib import aclosing
from typing import Any, TypeVar

from transports.base import Conversation, ConversationKind
from transports.clean import strip_invisible
from transports.errors import Refused, TransportError
from transports.github.api import Api, json_object, json_value
from transports.github.comments import newest_first, without_markers
from transports.github.fields import Fields, count, items, optional, text
from transports.github.subject import Place, place_of

TOTAL_LIMIT = 12_000
"""Characters."""
FILES = 50
COMMENTS = 10
_COMMENT_LIMIT = 800
_LIMITS = {"facts": 1500, "files": 3000, "body": 2500, "review": 2000, "comments": 2800}

T = TypeVar("T")


async def describe(api: Api, to: Conversation) -> str:
    """Facts in plain text, at most TOTAL_LIMIT characters; what GitHub does not give is left out."""
    try:
        place = place_of(to)
    except Refused:
        return ""
    is_pull = to.kind is ConversationKind.PULL_REQUEST
    about, files, review, comments = await asyncio.gather(
        _or_nothing(_object(api, place, place.pull if is_pull else place.issue)),
        _or_nothing(_list(api, place, f"{place.pull}/files", per_page=FILES)) if is_pull else _nothing(),
        _or_nothing(_review_comments(api, place)) if is_pull else _nothing(),
        _or_nothing(_comments(api, place)),
    )
    sections = {
        "facts": _facts(to, about or {}, is_pull=is_pull),
        "files": _files(about or {}, files or []),
        "body": _section("Description", text(about or {}, "body")),
        "review": _section("Latest review comments", _conversation(review or [], _LIMITS["review"])),
        "comments": _section("Latest comments", _conversation(comments or [], _LIMITS["comments"])),
    }
    whole = "\n\n".join(_shortened(section, _LIMITS[name]) for name, section in sections.items() if section)
    return _shortened(strip_invisible(whole), TOTAL_LIMIT)


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


# -- telling


def _facts(to: Conversation, about: Fields, *, is_pull: bool) -> str:
    title = text(about, "title")
    name = to.title.partition(" ")[0] or f"{to.address['repository']}#{to.address['number']}"
    lines = [f"GitHub {'pull request' if is_pull else 'issue'} {f'{name} {title}' if title else to.title or name}"]
    labels = ", ".join(filter(None, (text(label, "name") for label in items(about.get("labels")))))
    facts = {
        "URL": text(about, "html_url") or text(to.address, "url"),
        "Author": text(optional(about, "user"), "login"),
        "State": _state(about),
        "Labels": labels,
        "Branches": _branches(about),
    }
    return "\n".join(lines + [f"{name}: {fact}" for name, fact in facts.items() if fact])


def _state(about: Fields) -> str:
    state = "merged" if about.get("merged") is True else text(about, "state")
    remarks = [text(about, "state_reason"), "draft" if about.get("draft") is True else ""]
    remarks.append("locked" if about.get("locked") is True else "")
    return ", ".join(filter(None, (state, *remarks)))


def _branches(about: Fields) -> str:
    head, base = optional(about, "head"), optional(about, "base")
    repositories = [text(optional(end, "repo"), "full_name") for end in (head, base)]
    source = text(head, "label") if repositories[0] != repositories[1] else ""
    return f"{source or text(head, 'ref')} → {text(base, 'ref')}" if text(base, "ref") else ""


def _files(about: Fields, files: list[Fields]) -> str:
    if not files:
        return ""
    total = count(about, "changed_files") or len(files)
    lines = [f"Changed files: {total} ({_size(about)})"]
    lines += [f"- {text(file, 'status')} {text(file, 'filename')[:200]} ({_size(file)})" for file in files[:FILES]]
    return "\n".join(lines + ([f"- … and {total - FILES} more"] if total > FILES else []))


def _size(change: Fields) -> str:
    return f"+{count(change, 'additions')} −{count(change, 'deletions')}"


def _conversation(newest: Iterable[Fields], limit: int) -> str:
    """Comments in the order in which they were written; the oldest are left out where there is no room."""
    kept: list[str] = []
    for comment in newest:
        entry = _comment(comment)
        limit -= len(entry) + 1
        if limit < 0:
            break
        kept.insert(0, entry)
    return "\n".join(kept)


def _comment(comment: Fields) -> str:
    where = text(comment, "path")[:200]
    line = count(comment, "line") or count(comment, "original_line")
    at = f" on {where}{f':{line}' if line else ''}" if where else ""
    who = text(optional(comment, "user"), "login") or "somebody"
    words = _shortened(without_markers(text(comment, "body")).strip(), _COMMENT_LIMIT)
    return f"{who} ({text(comment, 'created_at')}){at}: {words}"


def _section(title: str, words: str) -> str:
    return f"{title}:\n{words.strip()}" if words.strip() else ""


def _shortened(words: str, limit: int) -> str:
    return words if len(words) <= limit else f"{words[: limit - 5].rstrip()} […]"
