"""Agents: configurations, their versions, and what people see while a run works."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from botplatform.admin import columns, panels, showing
from botplatform.admin.agent_forms import COPIED, ConfigForm, VersionForm, next_number
from botplatform.admin.base import ConsoleAdmin
from botplatform.admin.panels import Panel
from botplatform.models import AgentConfig, AgentConfigVersion, ProgressText


@columns.column("version", sort="number")
def version(row: AgentConfigVersion) -> object:
    return showing.anchor(row, f"v{row.number}")


@columns.column("published")
def published(row: AgentConfigVersion) -> object:
    return showing.label("published") if row.config.published_id == row.pk else showing.NOTHING


@columns.column("new version")
def successor(row: AgentConfig | AgentConfigVersion) -> object:
    source = row.pk if isinstance(row, AgentConfigVersion) else row.published_id
    url = reverse("admin:botplatform_agentconfigversion_add")
    return format_html('<a class="text-link" href="{}?copy={}">New version from this one</a>', url, source)


@admin.register(AgentConfig)
class AgentConfigAdmin(ConsoleAdmin):
    """Behaviour is code: configurations come with it and are not made or deleted here."""

    form = ConfigForm
    list_display = ("name", columns.link("published"), columns.excerpt("behaviour"), columns.excerpt("description"))
    list_select_related = ("published__config",)
    fields = ("name", "behaviour", "description", "published", successor, columns.moment("created_at"))
    readonly_fields = ("name", "behaviour", *(field for field in fields if callable(field)))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def panels(self, request: HttpRequest, row: AgentConfig) -> list[Panel]:
        versions = row.versions.select_related("config").order_by("-number")
        shown = (
            version,
            published,
            columns.excerpt("model"),
            columns.excerpt("prompt", length=90),
            columns.when("created_at"),
        )
        return [panels.table("Versions", versions, shown)] if panels.may_view(request, AgentConfigVersion) else []


@admin.register(AgentConfigVersion)
class AgentConfigVersionAdmin(ConsoleAdmin):
    """A version never changes: runs name the one they used. A new one can be made from it."""

    form = VersionForm
    ordering = ("-id",)
    list_display = (
        version,
        "config",
        published,
        columns.excerpt("model"),
        columns.excerpt("prompt"),
        columns.when("created_at"),
    )
    list_select_related = ("config",)
    list_filter = ("config",)
    add_fieldsets = ((None, {"fields": COPIED}),)
    fieldsets = (
        (None, {"fields": (
            columns.link("config"), "number", published, successor, columns.excerpt("model"), columns.json_of("fallback_models"),
            columns.json_of("tools"), "temperature", "max_steps", "max_output_tokens", "max_seconds", columns.moment("created_at"),
            columns.whole("prompt"),
        )}),
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request).select_related("config")
        return rows

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Begin with the version named by `copy`."""
        source = request.GET.get("copy", "")
        rows = (
            AgentConfigVersion.objects.filter(pk=int(source))
            if source.isdecimal()
            else AgentConfigVersion.objects.none()
        )
        initial: dict[str, Any] = rows.values(*COPIED).first() or super().get_changeform_initial_data(request)
        return initial

    def save_model(self, request: HttpRequest, obj: AgentConfigVersion, form: Any, change: bool) -> None:
        with transaction.atomic():
            obj.number = next_number(obj.config)
            super().save_model(request, obj, form, change)


@admin.register(ProgressText)
class ProgressTextAdmin(ConsoleAdmin):
    list_display = ("text", "position", "enabled")
    list_editable = ("position", "enabled")
    fields = ("text", "position", "enabled")
