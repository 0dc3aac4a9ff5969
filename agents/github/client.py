"""GitHub's REST API as the tools of one run speak it: the run's right to act is checked before every call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agents.base import RunContext
from agents.github.access import GitHub, GitHubError, Response

PAGE_SIZE = 100
PAGES = 30
"""Pages of one list at most: GitHub itself lists no more than 3,000 files of a pull request."""

Fields = Mapping[str, Any]
Params = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Listed:
    """The objects of a list."""

    items: list[Fields]
    complete: bool
    """Whether that is all of them."""


class Client:
    """Calls about repositories. Every method raises GitHubError."""

    def __init__(self, context: RunContext) -> None:
        if context.services.github is None:
            raise GitHubError("GitHub cannot be reached from here")
        self.github: GitHub = context.services.github
        self.context = context

    async def call(
        self, method: str, path: str, *, repository: str, json: Any = None, params: Params | None = None,
        accept: str = "", cap_bytes: int = 5_000_000,
    ) -> Response:  # fmt: skip
        self.context.check()
        return await self.github.call(
            method, path, repository=repository, json=json, params=params, accept=accept, cap_bytes=cap_bytes
        )

    async def get(self, path: str, *, repository: str, params: Params | None = None) -> Fields:
        """An object."""
        return fields((await self.call("GET", path, repository=repository, params=params)).json())

    async def write(self, method: str, path: str, *, repository: str, json: Any = None) -> Fields:
        """Change something; the object that GitHub answers with, or an empty one."""
        response = await self.call(method, path, repository=repository, json=json)
        return fields(response.json()) if response.body.strip() else {}

    async def listed(
        self, path: str, *, repository: str, params: Params | None = None, key: str = "", pages: int = PAGES
    ) -> Listed:
        """A list over all of its pages; `key` names it where the answer is an object around it."""
        found: list[Fields] = []
        for number in range(1, pages + 1):
            asked = {**(params or {}), "per_page": PAGE_SIZE, "page": number}
            response = await self.call("GET", path, repository=repository, params=asked)
            value = response.json()
            found += items(value.get(key) if key and isinstance(value, Mapping) else value)
            if 'rel="next"' not in response.headers.get("link", ""):
                return Listed(found, True)
        return Listed(found, False)


def fields(value: Any) -> Fields:
    """An object, which the answer must be."""
    if not isinstance(value, Mapping):
        raise GitHubError("GitHub's answer is not what it documents")
    return value


def items(value: Any) -> list[Fields]:
    """The objects in a list."""
    return [entry for entry in value if isinstance(entry, Mapping)] if isinstance(value, list) else []


def part(data: Fields, name: str) -> Fields:
    """A nested object, or an empty one."""
    value = data.get(name)
    return value if isinstance(value, Mapping) else {}


def text(data: Fields, name: str) -> str:
    """A text; empty where there is none."""
    value = data.get(name)
    return value if isinstance(value, str) else ""


def count(data: Fields, name: str) -> int:
    """A number; zero where there is none."""
    value = data.get(name)
    return value if type(value) is int else 0


def login(data: Fields, name: str = "user") -> str:
    return text(part(data, name), "login") or "somebody"
