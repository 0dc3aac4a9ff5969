"""What was found, as the page shows it: each hit with the ways on from it that this person may take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Model
from django.http import HttpRequest
from django.utils.safestring import SafeString

from botplatform.admin import showing
from botplatform.admin.panels import may_view
from botplatform.admin.story.links import QUOTED, story_url
from botplatform.models import Approval, Batch, Message, Reply, Run, Session, Step, Update

KINDS: dict[str, type[Model]] = {
    "update": Update,
    "message": Message,
    "session": Session,
    "batch": Batch,
    "run": Run,
    "step": Step,
    "approval": Approval,
    "reply": Reply,
}
_BESIDE = {"session": "session_id", "batch": "batch_id", "run": "run_id"}


@dataclass(frozen=True, slots=True)
class Hit:
    """One row that was found."""

    title: str
    url: str
    """The story, where there is one for this person to see; otherwise the row's page."""
    state: SafeString
    who: str
    text: str
    at: str | SafeString
    links: list[tuple[str, str]]


def known(request: HttpRequest) -> set[str]:
    """The kinds of rows that the person may see."""
    return {kind for kind, model in KINDS.items() if may_view(request, model)}


def hits(request: HttpRequest, rows: list[dict[str, Any]]) -> list[Hit]:
    """In their order."""
    kinds, stories = known(request), may_view(request, *QUOTED)
    return [_hit(row, kinds, stories=stories) for row in rows]


def _hit(row: dict[str, Any], kinds: set[str], *, stories: bool) -> Hit:
    kind, update = row["kind"], row["update_id"] or row.get("of_batch")
    own = _page(kind, row["id"])
    links = [(f"{name} {row[column]}", _page(name, row[column])) for name, column in _BESIDE.items()
             if name != kind and name in kinds and row[column]]  # fmt: skip
    story = story_url(update) if stories and update else ""
    return Hit(
        title=f"{kind.capitalize()} {row['id']}",
        url=story or own,
        state=showing.label(row["state"]),
        who=showing.shorten(row["who"] or "", 80),
        text=showing.shorten(row["text"] or "", 300),
        at=showing.short_moment(row["at"]),
        links=[*([("story", story)] if story else []), (f"{kind} {row['id']}", own), *links],
    )


def _page(kind: str, pk: int) -> str:
    return showing.page_of(KINDS[kind](pk=pk))
