"""Where a line of a transcript leads, for those who may go there."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Model
from django.http import HttpRequest

from botplatform.admin import showing
from botplatform.admin.panels import may_view
from botplatform.admin.story.links import QUOTED, story_url
from botplatform.models import Approval, Batch, Reply, Run

RESEND = "botplatform.change_reply"


@dataclass(frozen=True, slots=True)
class Links:
    """Which pages the signed-in person may open from here."""

    story: bool
    batch: bool
    run: bool
    reply: bool
    approval: bool
    resend: bool

    @classmethod
    def of(cls, request: HttpRequest) -> Links:
        batch, run, reply, approval = (may_view(request, model) for model in (Batch, Run, Reply, Approval))
        return cls(
            story=may_view(request, *QUOTED),
            batch=batch,
            run=run,
            reply=reply,
            approval=approval,
            resend=request.user.has_perm(RESEND),
        )


def found(
    links: Links, *, update: int | None = None, batch: int | None = None, run: int | None = None, reply: int | None = None,
    approval: int | None = None, story: str = "story",
) -> list[tuple[str, str]]:  # fmt: skip
    shown: list[tuple[str, str]] = []
    if update is not None and links.story:
        shown.append((story, story_url(update)))
    rows: list[tuple[bool, type[Model], int | None]] = [
        (links.batch, Batch, batch), (links.run, Run, run), (links.approval, Approval, approval), (links.reply, Reply, reply),
    ]  # fmt: skip
    for may, model, pk in rows:
        if may and pk is not None:
            shown.append((f"{model._meta.model_name} {pk}", showing.page_of(model(pk=pk))))
    return shown
