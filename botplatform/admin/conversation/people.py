"""Who takes part in a conversation, and who of them is blocked."""

from __future__ import annotations

from dataclasses import dataclass

from botplatform.admin import showing
from botplatform.models import Message, Session

LATEST = 500
"""Messages in which people are looked for."""
SHOWN = 30


@dataclass(frozen=True, slots=True)
class Person:
    """One author, by the provider's id."""

    id: str
    name: str
    blocked: bool

    @property
    def shown(self) -> str:
        return showing.shorten(f"{self.name} ({self.id})" if self.name else self.id, 80)


def of(session: Session) -> list[Person]:
    """Those of the latest messages, whoever wrote last first."""
    rows = session.messages.filter(role=Message.Role.USER).exclude(author_id="").order_by("-pk")
    names: dict[str, str] = {}
    for author_id, name in rows.values_list("author_id", "author_name")[:LATEST]:
        names.setdefault(author_id, name)
    blocked = {str(one) for one in session.bot.blocked_ids}
    return [Person(identity, name, identity in blocked) for identity, name in list(names.items())[:SHOWN]]


def find(session: Session, person_id: str) -> Person | None:
    """One who takes part."""
    return next((person for person in of(session) if person.id == person_id), None)
