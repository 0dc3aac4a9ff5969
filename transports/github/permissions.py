"""Who may write to a repository, as GitHub itself says; asked anew after a minute."""

from __future__ import annotations

import time
from urllib.parse import quote

from transports.base import Author
from transports.github.api import Api, json_object
from transports.github.failures import Missing
from transports.github.fields import Fields, optional, text

CACHE_SECONDS = 60.0
CACHE_SIZE = 1000
_WRITING = {"admin", "write"}
"""Of the legacy base roles, in which `maintain` counts as `write` and `triage` as `read`."""


class Permissions:
    """Looks people up by their login, and believes the answer only where it is about their id."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._known: dict[tuple[str, str], tuple[float, bool]] = {}
        """By repository and account id: until when, and whether."""

    async def may_write(self, repository: str, author: Author) -> bool:
        """Raises TransportError; needs a token with push access itself, without which GitHub answers 403."""
        if author.name in ("", ".", ".."):
            return False
        known = self._known.get((repository, author.id))
        if known and known[0] > time.monotonic():
            return known[1]
        may = await self._ask(repository, author)
        if len(self._known) >= CACHE_SIZE:
            self._known.clear()
        self._known[repository, author.id] = (time.monotonic() + CACHE_SECONDS, may)
        return may

    async def _ask(self, repository: str, author: Author) -> bool:
        """https://docs.github.com/en/rest/collaborators/collaborators#get-repository-permissions-for-a-user"""
        path = f"/repos/{repository}/collaborators/{quote(author.name, safe='')}/permission"
        try:
            answer = json_object(await self._api.call("GET", path, repository=repository))
        except Missing:
            return False
        return _writes(answer) and str(optional(answer, "user").get("id")) == author.id


def _writes(answer: Fields) -> bool:
    return text(answer, "permission") in _WRITING or text(answer, "role_name") == "maintain"
