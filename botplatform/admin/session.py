"""Sessions, each with its conversation, and their messages."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone

from botplatform.admin import columns, panels, related, showing
from botplatform.admin.base import PipelineAdmin, choices
from botplatform.admin.conversation import acting, facts, page, taking
from botplatform.admin.keyset import by_number
from botplatform.admin.panels import Panel, may_view
from botplatform.models import Approval, Batch, Bot, Message, Reminder, Reply, Session, Todo
from transports.base import ConversationKind


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


@columns.column("mode", "state")
def state(session: Session) -> object:
    return showing.label(session.mode, facts.said(session))


@columns.column("held_by")
def held_by(session: Session) -> str:
    return showing.shorten(session.held_by, 40) if session.mode == Session.Mode.HELD else showing.NOTHING


class Active(SimpleListFilter):
    """Conversations in which something happened."""

    title = "active"
    parameter_name = "active"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("today", "today")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Session]) -> QuerySet[Session]:
        midnight = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
        return queryset.filter(last_active_at__gte=midnight) if self.value() == "today" else queryset


def by_key(term: str) -> QuerySet[Any]:
    """The index begins with the bot."""
    return Session.objects.filter(bot_id__in=Bot.objects.values("pk"), key=term).values_list("pk")


@admin.register(Session)
class SessionAdmin(PipelineAdmin):
    operations = taking.OPERATIONS
    change_form_template = "admin/conversation/page.html"
    quick_filters = (
        ("All", ""), ("Taken over", "mode=held"), ("Muted", "mode=muted"), ("Paused", "mode=paused"), ("Blocked", "mode=blocked"),
        ("Active today", "active=today"),
    )  # fmt: skip
    ordering = ("-last_active_at",)
    list_display = (
        "id", "bot", title, columns.excerpt("key", length=40), "kind", state, held_by,
        columns.when("last_active_at", "last active", sort=True), columns.when("not_before", "sends again"),
    )  # fmt: skip
    list_select_related = ("bot",)
    list_filter = (
        choices("mode", Session.Mode.values),
        Active,
        choices("kind", [kind.value for kind in ConversationKind]),
        "bot",
    )
    search_by = (by_number(Session.objects.all()), by_key)
    search_fields = ("key", "title")
    search_help_text = "Number, key, title"
    fieldsets = ((None, {"fields": (columns.json_of("address"),)}),)

    def get_urls(self) -> list[URLPattern]:
        views: dict[str, Callable[..., HttpResponse]] = {
            "lines": page.lines_view, "facts": page.facts_view, "write": acting.write_view, "release": acting.release_view,
            "person": acting.person_view,
        }  # fmt: skip
        own = [
            path(
                f"<int:session_id>/{name}/",
                self.admin_site.admin_view(partial(view, self)),
                name=f"botplatform_session_{name}",
            )
            for name, view in views.items()
        ]
        return [*own, *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request).select_related("bot")
        return rows

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        row = kwargs.get("obj")
        if row is not None:
            context["conversation"] = page.context(request, row)
        answer: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        if row is not None and hasattr(answer, "context_data"):
            answer.context_data["operations"] = taking.offered(request, row)
        return answer

    def panels(self, request: HttpRequest, row: Session) -> list[Panel]:
        tables = related.tables(request, Approval, Batch, Reply, Reminder, newest_first=True, session=row)
        return [*tables, *todo(request, row)]


@admin.register(Message)
class MessageAdmin(PipelineAdmin):
    list_display = (
        "id", columns.link("session"), columns.number("batch", Batch), columns.state("role"), columns.excerpt("author_name", "author"),
        columns.excerpt("text", length=100), columns.when("created_at"),
    )  # fmt: skip
    list_select_related = ("session",)
    list_filter = (choices("role", Message.Role.values),)
    search_by = (by_number(Message.objects.all()),)
    search_fields = ("text", "author_id__exact", "provider_message_id__exact")
    search_help_text = "Number, text, author id, provider's id"
    fields = (
        columns.link("session"), columns.number("batch", Batch), columns.link("update"), columns.state("role"), "author_name", "author_id",
        columns.whole("text"), "provider_message_id", columns.moment("created_at"),
    )  # fmt: skip
