"""Sessions and their messages."""

from __future__ import annotations

from datetime import datetime

import structlog
from django.contrib import admin
from django.db.models import F
from django.db.models.functions import Now
from django.http import HttpRequest

from botplatform.admin import columns, operations, panels, related, showing
from botplatform.admin.base import PipelineAdmin, choices
from botplatform.admin.operations import Operation, Result
from botplatform.admin.panels import Panel, address, may_view
from botplatform.models import Approval, Batch, Message, Reply, Session, Todo
from botplatform.pipeline import operating
from transports.base import ConversationKind

log = structlog.get_logger(__name__)

TRANSCRIPT = 100
"""Latest messages on a session's page."""


def _mode(mode: str, title: str, explanation: str) -> Operation:
    async def perform(session_id: int, by: str) -> Result:
        return operations.to_answer(await operating.set_mode(session_id, mode, by=by))

    return Operation(
        f"set_{mode}", title, "botplatform.change_session", explanation, perform, lambda row: row.mode != mode
    )


async def _clear(session_id: int, by: str) -> Result:
    await Session.objects.filter(pk=session_id).aupdate(history_from=Now())
    log.info("session.cleared", session_id=session_id, by=by)
    return Result(True, "starts afresh: nothing said before is given to the model")


OPERATIONS = (
    _mode("normal", "Answer normally", "Batches are claimed and answered again."),
    _mode("muted", "Mute", "Due batches end without an answer."),
    _mode("paused", "Pause", "Due batches wait until the conversation is answered normally again."),
    Operation(
        "clear",
        "Clear history",
        "botplatform.change_session",
        "The model no longer gets what was said before; nothing is deleted.",
        _clear,
    ),
)


def _since(message: Message) -> datetime:
    """The history is cut between batches."""
    since: datetime = message.batch.opened_at if message.batch else message.created_at
    return since


def transcript(session: Session) -> Panel:
    """The latest messages, in order."""
    latest = list(session.messages.select_related("batch").order_by("-id")[: TRANSCRIPT + 1])
    lines = [
        {
            "role": message.role,
            "who": showing.shorten(message.author_name, 60) or message.role,
            "text": showing.bounded(message.text),
            "when": showing.short_moment(message.created_at),
            "url": showing.page_of(message),
            "forgotten": _since(message) < session.history_from,
        }
        for message in reversed(latest[:TRANSCRIPT])
    ]
    more = address(Message, session__id__exact=session.pk) if len(latest) > TRANSCRIPT else ""
    return panels.from_template("Transcript", "admin/transcript.html", {"lines": lines}, more=more)


@columns.column("done")
def done(item: Todo) -> object:
    return showing.short_moment(item.done_at)


def todo(request: HttpRequest, session: Session) -> list[Panel]:
    """What the conversation has on its list of things to do."""
    shown = (columns.plain("number"), columns.excerpt("text", length=200), columns.when("created_at", "added"), done)
    items = session.todos.order_by(F("done_at").asc(nulls_first=True), "number")
    return [panels.table("Things to do", items, shown)] if may_view(request, Todo) else []


@columns.column("title")
def title(session: Session) -> str:
    return showing.shorten(session.title, 60) or showing.NOTHING


@admin.register(Session)
class SessionAdmin(PipelineAdmin):
    operations = OPERATIONS
    ordering = ("-last_active_at",)
    list_display = (
        "id", "bot", title, columns.excerpt("key", length=40), "kind", columns.state("mode"),
        columns.when("last_active_at", "last active", sort=True), columns.when("not_before", "sends again"),
    )  # fmt: skip
    list_select_related = ("bot",)
    list_filter = (
        choices("mode", Session.Mode.values),
        choices("kind", [kind.value for kind in ConversationKind]),
        "bot",
    )
    search_fields = ("key", "title")
    search_help_text = "Key, title"
    fieldsets = (
        (None, {"fields": (columns.link("bot"), title, "key", "kind", "is_public", columns.state("mode"), columns.json_of("address"))}),
        ("Times", {"fields": tuple(
            columns.moment(name) for name in ("created_at", "last_active_at", "history_from", "not_before")
        )}),
    )  # fmt: skip

    def panels(self, request: HttpRequest, row: Session) -> list[Panel]:
        said = [transcript(row)] if may_view(request, Message) else []
        tables = related.tables(request, Approval, Batch, Reply, newest_first=True, session=row)
        return [*said, *tables, *todo(request, row)]


@admin.register(Message)
class MessageAdmin(PipelineAdmin):
    list_display = (
        "id", columns.link("session"), columns.number("batch", Batch), columns.state("role"), columns.excerpt("author_name", "author"),
        columns.excerpt("text", length=100), columns.when("created_at"),
    )  # fmt: skip
    list_select_related = ("session",)
    list_filter = (choices("role", Message.Role.values),)
    search_fields = ("text", "author_id__exact", "provider_message_id__exact")
    search_help_text = "Text, author id, provider's id"
    fields = (
        columns.link("session"), columns.number("batch", Batch), columns.link("update"), columns.state("role"), "author_name", "author_id",
        columns.whole("text"), "provider_message_id", columns.moment("created_at"),
    )  # fmt: skip
