"""Versions of agents: seen here, made by publishing alone."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

from botplatform.admin import agent_draft, agent_panels, columns
from botplatform.admin.agent_panels import published, version
from botplatform.admin.base import ConsoleAdmin
from botplatform.admin.panels import Panel
from botplatform.models import AgentConfig, AgentConfigVersion

LIMITS = (
    "max_steps",
    "max_output_tokens",
    "max_tokens",
    "max_seconds",
    "max_cost_usd",
    "parallel_steps",
    "step_attempts",
)


@columns.column("draft", "draft")
def as_draft(row: AgentConfigVersion) -> object:
    config = AgentConfig.objects.select_related("draft").get(pk=row.config_id)
    if getattr(config, "draft", None):
        return format_html(
            '<a class="text-link" href="{}">The agent has a draft already</a>', agent_draft.address(config)
        )
    return format_html(
        '<a class="text-link" href="{}">Write a draft that begins with this version</a>',
        agent_draft.address(config, row),
    )


@admin.register(AgentConfigVersion)
class AgentConfigVersionAdmin(ConsoleAdmin):
    """A version never changes: runs name the one they used. It comes of a draft, on the agent's page."""

    ordering = ("-id",)
    list_display = (
        version, "config", published, columns.excerpt("note", length=50), columns.excerpt("created_by", "by"),
        columns.excerpt("model"), columns.excerpt("prompt"), columns.when("created_at"),
    )  # fmt: skip
    list_display_links = None  # the first column is a link of its own
    list_select_related = ("config",)
    list_filter = ("config",)
    fieldsets = (
        (None, {"fields": (
            columns.link("config"), "number", published, columns.whole("note"), "created_by", columns.moment("created_at"),
            as_draft, agent_panels.back,
        )}),
        ("What it says", {"fields": (
            columns.excerpt("model"), columns.json_of("fallback_models"), columns.json_of("tools"), "temperature", *LIMITS,
            columns.excerpt("fallback_agent"), columns.whole("prompt"),
        )}),
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request).select_related("config")
        return rows

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def panels(self, request: HttpRequest, row: AgentConfigVersion) -> list[Panel]:
        before = row.config.versions.filter(number__lt=row.number).order_by("-number").first()
        return [agent_panels.changes(f"Changes since v{before.number}", before, row)] if before else []
