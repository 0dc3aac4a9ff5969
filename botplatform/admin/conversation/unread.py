"""What came in after the last message that an agent was given: refused, or not taken by a worker yet."""

from __future__ import annotations

from django.http import HttpRequest

from botplatform.admin import showing
from botplatform.admin.conversation.lines import WHY, Line
from botplatform.admin.panels import may_view
from botplatform.admin.story.cause import ended
from botplatform.admin.story.links import QUOTED, story_url
from botplatform.models import Session, Update

MOST = 5
_SHOWN = ("author_name", "author_id", "text", "state", "reason", "received_at")


def of(request: HttpRequest, session: Session) -> list[Line]:
    """The newest few, as lines that end the transcript; for those who may read their stories."""
    if not may_view(request, *QUOTED):
        return []
    read = session.messages.exclude(update=None).order_by("-pk").values_list("update_id", flat=True).first()
    rows = session.updates.exclude(state=Update.State.DONE).filter(pk__gt=read or 0).only(*_SHOWN)
    return [_line(row) for row in rows.order_by("-pk")[:MOST]][::-1]


def _line(update: Update) -> Line:
    story = story_url(update.pk)
    return Line(
        kind="user",
        who=showing.shorten(update.author_name or update.author_id, 60) or "somebody",
        text=showing.visible(update.text),
        at=update.received_at,
        url=story,
        links=[(WHY, story)],
        remark=_remark(update),
    )


def _remark(update: Update) -> str:
    if update.state == Update.State.QUEUED:
        return "came in, and no worker has read it yet"
    reason = showing.shorten(ended(update.reason), 200)
    return f"{update.get_state_display().lower()}: {reason}" if reason else update.get_state_display().lower()
