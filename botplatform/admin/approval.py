"""The approvals inbox: tool calls that wait for, or have had, a person's decision."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IS_POPUP_VAR
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.html import format_html

from botplatform.admin import approval_inbox, columns, related, showing
from botplatform.admin.approval_editing import edit_view
from botplatform.admin.approval_operations import (
    ANSWER,
    APPROVE,
    DENY,
    UNANSWERED,
    is_open,
    read_from,
)
from botplatform.admin.attention import Waiting
from botplatform.admin.base import PipelineAdmin, choices
from botplatform.admin.panels import Panel
from botplatform.models import Approval, Decider, PlanStep, Reply, Risk
from botplatform.pipeline import comparing


@columns.column("state")
def state(approval: Approval) -> object:
    """One whose time is over counts as expired before the sweep has come by."""
    over = approval.state == Approval.State.PENDING and not is_open(approval)
    return showing.label("expired" if over else approval.state)


@columns.column("conversation")
def conversation(approval: Approval) -> object:
    session = approval.session
    return format_html("{} {}", showing.anchor(session), showing.unbroken(showing.shorten(str(session.bot), 40)))


@columns.column("expires")
def expires(approval: Approval) -> object:
    waits = approval.state == Approval.State.PENDING
    return showing.short_moment(approval.expires_at) if waits else showing.NOTHING


@columns.column("requesters", "asked by")
def requesters(approval: Approval) -> object:
    """Names where they are known, and the provider's ids."""
    names = dict(approval.batch.messages.exclude(author_id="").values_list("author_id", "author_name"))
    people = [f"{names[one]} ({one})" if names.get(one) else str(one) for one in approval.requesters]
    return showing.shorten(", ".join(people), 400) or showing.NOTHING


def card(approval: Approval) -> dict[str, object]:
    """All that a decision is about, as the page's first part shows it."""
    return {
        "status": approval_inbox.status(approval),
        "asks": approval.asks,
        "options": [showing.visible(str(option)) for option in approval.options],
        "risk": showing.label(approval.risk, f"{approval.risk} risk"),
        "tool": showing.visible(approval.tool),
        "asked": showing.relative(approval.created_at),
        "summary": showing.visible(approval.summary),
        "said": showing.bounded(approval.said),
        "warning": read_from(approval) if approval.untrusted else "",
        "arguments": showing.block(showing.pretty(approval.arguments))
        if approval.arguments and not approval.asks
        else "",
        "changes": changes(approval),
        "reason": showing.visible(approval.reason),
        "decider": approval_inbox.DECIDERS.get(approval.decider, approval.decider),
    }


def changes(approval: Approval) -> object:
    """What an approver changed of the agent's arguments."""
    if approval.proposed is None:
        return ""
    lines = comparing.lines(showing.pretty(approval.proposed), showing.pretty(approval.arguments))
    return showing.difference(lines)


@admin.register(Approval)
class ApprovalAdmin(PipelineAdmin):
    operations = (APPROVE, DENY, ANSWER, UNANSWERED)
    quick_filters = (("All", ""), ("Waiting", "attention=waiting"), ("Questions", "asks__exact=1"))
    list_before_template = "admin/approval_inbox.html"
    change_form_outer_before_template = "admin/approval_card.html"
    heavy = ("arguments", "proposed", "said")
    list_display = (
        "id", columns.plain("number"), columns.excerpt("tool"), columns.excerpt("summary"), columns.state("risk"),
        columns.excerpt("decider"), conversation, expires, state, columns.excerpt("decided_by"),
    )  # fmt: skip
    list_select_related = ("session__bot",)
    list_filter = (
        Waiting,
        "asks",
        choices("state", Approval.State.values),
        choices("risk", Risk.values),
        choices("decider", Decider.values),
    )
    search_fields = ("tool", "summary", "session__key", "session__title", "decided_by")
    search_help_text = "Tool, summary, session key or title, who decided"
    _DECISION = ("Decision", {"fields": (
        "decided_by", "decided_by_id", "decided_via", columns.whole("comment"), columns.moment("decided_at"),
        columns.moment("executed_at"), columns.json_of("proposed", "proposed by the agent"), "outcome_shown",
    )})  # fmt: skip
    fieldsets = (
        ("Belongs to", {"fields": (
            conversation, "number", requesters, columns.link("batch"), columns.link("run"),
            columns.number("plan_step", PlanStep, "step of a plan"), columns.moment("created_at", "asked"),
            columns.moment("expires_at", "expires"), "tool_use_id", "arguments_hash",
        )}),
    )  # fmt: skip

    def get_urls(self) -> list[URLPattern]:
        views = {
            "edit": ("<int:approval_id>/edit/", self.edit),
            "status": ("<int:approval_id>/status/", partial(approval_inbox.status_view, self)),
            "inbox": ("inbox/", partial(approval_inbox.inbox_view, self)),
        }
        own = [
            path(route, self.admin_site.admin_view(view), name=f"botplatform_approval_{name}")
            for name, (route, view) in views.items()
        ]
        return [*own, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        above = {} if IS_POPUP_VAR in request.GET else {"inbox": approval_inbox.inbox(request)}
        answer: HttpResponse = super().changelist_view(request, {**(extra_context or {}), **above})
        return answer

    def edit(self, request: HttpRequest, approval_id: int) -> HttpResponse:
        """Other arguments, and approved with them."""
        return edit_view(self, request, approval_id)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        decided = obj is not None and obj.decided_at is not None
        return (self._DECISION, *self.fieldsets) if decided else self.fieldsets

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        row = kwargs.get("obj")
        if row is not None:
            context["card"] = card(row)
        answer: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return answer

    def panels(self, request: HttpRequest, row: Approval) -> list[Panel]:
        return related.tables(request, Reply, approval=row)
