"""Which texts come from people without write permission."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from transports.base import Author, Conversation
from transports.clean import strip_invisible
from transports.errors import TransportError
from transports.github.fields import Fields, count, optional, text
from transports.github.permissions import Permissions
from transports.github.subject import Place

LOOKED_UP = 10
"""People a conversation; all others count as strangers."""
LOOK_UP_SECONDS = 4.0


@dataclass(frozen=True, slots=True)
class Piece:
    """A text as GitHub's API gives it, with its author in `user`."""

    what: str
    written: Fields

    @property
    def author_id(self) -> str:
        """Empty where GitHub names nobody."""
        return str(count(optional(self.written, "user"), "id") or "")

    def __str__(self) -> str:
        login = strip_invisible(text(optional(self.written, "user"), "login"))[:40] or "somebody"
        day = text(self.written, "created_at")[:16].replace("T", " ")
        return f"{self.what} of {day} by {login}" if day else f"{self.what} by {login}"


@dataclass(frozen=True, slots=True)
class Trust:
    """Tells strangers from people who may write; whoever cannot be looked up is a stranger."""

    permissions: Permissions
    own_id: str
    """The bot's; empty while it is unknown."""

    async def strangers(self, place: Place, to: Conversation, pieces: Sequence[Piece]) -> list[str]:
        """The pieces by strangers, a few words each."""
        known = {self.own_id, str(to.address.get("owner"))} - {"", "0", "None"}
        asked = {piece.author_id: piece for piece in pieces if piece.author_id and piece.author_id not in known}
        people = list(asked.values())[:LOOKED_UP]
        answers = await asyncio.gather(*(self._may_write(place, piece) for piece in people))
        trusted = known | {piece.author_id for piece, may in zip(people, answers, strict=True) if may}
        return [str(piece) for piece in pieces if piece.author_id not in trusted]

    async def _may_write(self, place: Place, piece: Piece) -> bool:
        author = Author(piece.author_id, text(optional(piece.written, "user"), "login"))
        try:
            async with asyncio.timeout(LOOK_UP_SECONDS):
                return await self.permissions.may_write(place.repository, author)
        except (TransportError, TimeoutError):
            return False
