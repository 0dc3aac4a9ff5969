"""Messages and replies of a conversation merged by time, a bounded number at once; the place in both is the cursor."""

from __future__ import annotations

import heapq
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self, TypeVar

from django.db.models import Exists, OuterRef, Q, QuerySet

from botplatform.models import Message, Reply, Session

_CURSOR = re.compile(r"(\d{1,18})\.(\d{1,18})")
_HEAVY = ("formatting", "buttons", "approval__arguments", "approval__proposed", "approval__said")
R = TypeVar("R", Message, Reply)
Rows = Sequence[Message | Reply]


@dataclass(frozen=True, slots=True)
class Cursor:
    """The oldest message and the oldest reply of a stretch, by id."""

    message: int
    reply: int

    def __str__(self) -> str:
        return f"{self.message}.{self.reply}"

    @classmethod
    def read(cls, text: str) -> Self | None:
        """From an address; None if it is not a cursor."""
        found = _CURSOR.fullmatch(text)
        return cls(int(found[1]), int(found[2])) if found else None


@dataclass(frozen=True, slots=True)
class Stretch:
    """Rows in the order of time, the cursor of the first, and whether there are earlier ones."""

    rows: Rows
    first: Cursor
    more: bool


def read(
    session: Session, most: int, *, before: Cursor | None = None, since: Cursor | None = None,
    messages: bool = True, replies: bool = True,
) -> Stretch:  # fmt: skip
    """The last `most` rows before a cursor, or from one on."""
    said = _bounded(_messages(session), before.message if before else None, since.message if since else None)
    sent = _bounded(_replies(session), before.reply if before else None, since.reply if since else None)
    streams: tuple[Rows, Rows] = (list(said[: most + 1]) if messages else [], list(sent[: most + 1]) if replies else [])
    merged = list(heapq.merge(*streams, key=lambda row: row.created_at, reverse=True))
    taken = merged[:most]
    first = Cursor(
        _oldest([row for row in taken if isinstance(row, Message)], streams[0], before.message if before else 0),
        _oldest([row for row in taken if isinstance(row, Reply)], streams[1], before.reply if before else 0),
    )
    return Stretch(taken[::-1], first, len(merged) > most)


def _oldest(taken: Rows, stream: Rows, otherwise: int) -> int:
    """Where a stream was left: of one that gave nothing, behind what it still has."""
    if taken:
        return int(taken[-1].pk)
    return int(stream[0].pk) + 1 if stream else otherwise


def _bounded(rows: QuerySet[R], before: int | None, since: int | None) -> QuerySet[R]:
    rows = rows if before is None else rows.filter(pk__lt=before)
    return rows if since is None else rows.filter(pk__gte=since)


def _messages(session: Session) -> QuerySet[Message]:
    """What people wrote, and notes. What the bot or an operator said is told by its replies."""
    sent = Reply.objects.filter(batch=OuterRef("batch"))
    rows = session.messages.select_related("batch").order_by("-pk")
    rows = rows.exclude(Exists(sent.filter(kind__in=("answer", "prompt"))), role="assistant")
    return rows.exclude(Exists(sent.filter(kind="operator")), role="operator")


def _replies(session: Session) -> QuerySet[Reply]:
    """What the person has, or should have, on the screen: neither what was replaced there nor what repeats a question."""
    replaced = Reply.objects.filter(batch=OuterRef("batch"), edits=OuterRef("provider_id"), state="sent")
    shown = Q(state="sent") & ~Q(provider_id="") & ~Exists(replaced)
    asked = Reply.objects.filter(approval=OuterRef("approval"), kind="prompt", pk__lt=OuterRef("pk"))
    rows = session.replies.select_related("run", "approval").defer(*_HEAVY)
    kept = rows.filter(~Q(kind="placeholder") | shown)
    return kept.exclude(Exists(asked), kind="prompt", state="sent").order_by("-pk")
