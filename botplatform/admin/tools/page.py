"""The page "Tools": for those who may see tool policies."""

from __future__ import annotations

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from botplatform.admin.panels import address, may_view
from botplatform.admin.tools import listing, needs
from botplatform.models import AgentConfig, McpServer, Process, ToolPolicy


def page_view(request: HttpRequest) -> HttpResponse:
    """Needs first, for what is missing there is missing everywhere; then the tools."""
    if not may_view(request, ToolPolicy):
        raise PermissionDenied
    found = needs.all_of(sees_workers=may_view(request, Process))
    context = {
        **admin.site.each_context(request),
        "title": "Tools",
        "needs": found,
        "tools": listing.tools(found, sees_agents=may_view(request, AgentConfig)),
        "sees_agents": may_view(request, AgentConfig),
        "servers": address(McpServer) if may_view(request, McpServer) else "",
    }
    return TemplateResponse(request, "admin/tools/page.html", context)


urls: list[URLPattern] = [path("admin/tools/", admin.site.admin_view(page_view), name="console-tools")]
