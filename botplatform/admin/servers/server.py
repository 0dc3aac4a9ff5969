"""MCP servers, whose tools agents may list. Who writes here decides which programs workers start."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters

from botplatform.admin import columns, showing
from botplatform.admin.base import ConsoleAdmin
from botplatform.admin.panels import Panel
from botplatform.admin.servers import standing
from botplatform.admin.servers.form import SECRETS, ServerForm, stored
from botplatform.models import McpServer


@columns.column("secrets", "stored")
def secrets(server: McpServer) -> str:
    """Names alone."""
    parts = stored(server)
    said = [
        f"{title} {', '.join(sorted(parts[part]))}"
        for part, title in (("headers", "headers"), ("env", "variables"))
        if parts[part]
    ]
    if not said and server.secrets:
        return "nothing that can be read: it was sealed with another SECRETS_KEY; enter it again"
    return showing.shorten("; ".join(said), 500) or "nothing"


@columns.column("tools", "allowed tools")
def allowed(server: McpServer) -> object:
    return showing.shorten(", ".join(map(str, server.allowed_tools)), 120) or showing.NOTHING


@columns.column("place", "reached at")
def place(server: McpServer) -> str:
    is_http = server.kind == McpServer.Kind.HTTP
    return showing.shorten(server.url if is_http else " ".join(map(str, server.command)), 90)


@admin.register(McpServer)
class McpServerAdmin(ConsoleAdmin):
    form = ServerForm
    ordering = ("name",)
    list_display = (
        "name",
        "enabled",
        "kind",
        place,
        allowed,
        columns.excerpt("note"),
        columns.when("updated_at", "changed"),
    )
    _SECTIONS = (
        ("How it is reached", {"fields": ("kind", "url", "command", "private_addresses")}),
        ("What it may do", {"fields": ("allowed_tools", "trust_hints", "timeout_seconds")}),
    )
    add_fieldsets = (
        (None, {"fields": ("name", "enabled", "note")}), *_SECTIONS, ("Secrets", {"fields": SECRETS}),
    )  # fmt: skip
    fieldsets = (
        (None, {"fields": ("name", "enabled", "note")}), *_SECTIONS, ("Secrets", {"fields": (secrets, *SECRETS)}),
        ("Times", {"fields": (columns.moment("created_at"), columns.moment("updated_at"))}),
    )  # fmt: skip

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Who may only look sees which secrets there are, and no fields to write them."""
        if obj is None or self.has_change_permission(request, obj):
            return super().get_fieldsets(request, obj)
        shown = [(title, (secrets,) if title == "Secrets" else part["fields"]) for title, part in self.fieldsets]
        return [(title, {"fields": fields}) for title, fields in shown]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[Any]:
        """The name is part of its tools' names, which agents list."""
        callables = [field for _, part in self.fieldsets for field in part["fields"] if callable(field)]
        return ["name", *callables] if obj else []

    @method_decorator(sensitive_post_parameters(*SECRETS))
    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        answer: HttpResponse = super().changeform_view(request, *args, **kwargs)
        return answer

    def save_model(self, request: HttpRequest, obj: McpServer, form: ServerForm, change: bool) -> None:
        if (sealed := form.sealed()) is not None:
            obj.secrets = sealed
        obj.save()

    def panels(self, request: HttpRequest, row: McpServer) -> list[Panel]:
        return [*standing.panel(request, row), *standing.agents(request, row)]
