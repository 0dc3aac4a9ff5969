"""Agents: configurations and their versions, and what people see while a run works."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html

from botplatform.admin import agent_bundles, agent_draft, agent_pages, agent_panels, canary_pages, columns, showing
from botplatform.admin.agent_forms import ConfigForm
from botplatform.admin.base import ConsoleAdmin
from botplatform.admin.new_agent_form import NewAgentForm
from botplatform.admin.panels import Panel
from botplatform.admin.playground import links as playground
from botplatform.admin.playground import page as playground_page
from botplatform.admin.workers.pausing import AGENT_OPERATIONS
from botplatform.models import AgentConfig, AgentDraft, Pattern, ProgressText
from botplatform.pipeline import configs, creating

LIMITS = ("max_steps", "max_output_tokens", "max_tokens", "max_seconds", "max_cost_usd")


@columns.column("draft")
def draft(row: AgentConfig) -> object:
    found = getattr(row, "draft", None)
    return showing.anchor(found, "Draft") if found else showing.NOTHING


@admin.register(AgentConfig)
class AgentConfigAdmin(ConsoleAdmin):
    """What runs use changes by publishing alone; an agent that is no longer wanted is disabled, for runs name it."""

    list_before_template = "admin/agent_links.html"
    operations = AGENT_OPERATIONS
    change_form_outer_before_template = "admin/links_and_operations.html"
    ordering = ("name",)
    list_display = (
        "name", "enabled", "paused", columns.link("published"), draft, columns.excerpt("category"), columns.excerpt("behaviour"),
        columns.excerpt("description"),
    )  # fmt: skip
    list_select_related = ("published__config", "draft")
    fields = (
        "name",
        "behaviour",
        "description",
        "enabled",
        "category",
        columns.link("published"),
        columns.moment("created_at"),
    )
    readonly_fields = ("name", "behaviour", *(field for field in fields if callable(field)))
    add_fieldsets = (
        (None, {"fields": ("name", "description", "behaviour", "prompt", "tools")}),
        ("How messages come to it", {
            "fields": ("category", "pattern_name", "pattern", "pattern_example"),
            "description": "Any of these, or none: a category of the router's model, or a pattern of its own. "
            "The pattern takes hold when the patterns are published the next time.",
        }),
        ("Model", {"fields": ("model", "fallback_models", "temperature")}),
        ("Limits of one run", {"fields": LIMITS}),
        ("Plans", {"fields": ("parallel_steps", "step_attempts")}),
        ("When it fails for good", {"fields": ("fallback_agent",)}),
    )  # fmt: skip

    def get_urls(self) -> list[URLPattern]:
        pages: dict[str, tuple[str, Callable[..., HttpResponse]]] = {
            "publish": ("<int:pk>/publish/", agent_pages.publish_view),
            "discard": ("<int:pk>/discard/", agent_pages.discard_view),
            "roll_back": ("<int:pk>/roll-back/<int:version_pk>/", agent_pages.roll_back_view),
            "playground": ("<int:pk>/playground/", playground_page.page_view),
            "trial": ("<int:pk>/playground/<int:trial_pk>/", playground_page.trial_view),
            "trial_again": ("<int:pk>/playground/<int:trial_pk>/again/", playground_page.again_view),
            "canary": ("<int:pk>/canary/", canary_pages.start_view),
            "canary_figures": ("<int:pk>/canary/<int:canary_pk>/", canary_pages.figures_view),
            "export": ("export/", agent_bundles.export_view),
            "import": ("import/", agent_bundles.import_view),
        }
        own = [
            path(route, self.admin_site.admin_view(partial(view, self)), name=f"botplatform_agentconfig_{name}")
            for name, (route, view) in pages.items()
        ]
        return [*own, *super().get_urls()]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return self.readonly_fields if obj else ()

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change=change, form=ConfigForm if obj else NewAgentForm, **kwargs)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: AgentConfig, form: Any, change: bool) -> None:
        if change:
            obj.save(update_fields=[name for name in ConfigForm.Meta.fields if name in form.changed_data])
            configs.forget()
        else:
            pattern = form.new_pattern()
            creating.create_agent(obj, form.says(AgentDraft()), pattern, by=request.user.get_username())
            if pattern:
                link = showing.anchor(pattern) if admin.site.is_registered(Pattern) else pattern.name
                told = "The pattern {} leads to it as soon as it is published with the next version of the routing."
                messages.info(request, format_html(told, link))

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        files = {"may_export": agent_bundles.may_export(request), "may_import": agent_bundles.may_import(request)}
        answer: HttpResponse = super().changelist_view(request, {**(extra_context or {}), **files})
        return answer

    def response_post_save_add(self, request: HttpRequest, obj: AgentConfig) -> HttpResponse:
        return HttpResponseRedirect(showing.page_of(obj))

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        context |= {"show_save_and_add_another": False}
        if config := kwargs.get("obj"):
            context["links"] = self._links(request, config)
        else:
            context |= {"show_save_and_continue": False, "title": "New agent"}
        answer: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return answer

    def panels(self, request: HttpRequest, row: AgentConfig) -> list[Panel]:
        known = agent_panels.all_of(request, row, may_change=self.has_change_permission(request, row))
        return [*canary_pages.of_agent(request, row), *known]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request).select_related("published__config", "draft")
        return rows

    def _links(self, request: HttpRequest, config: AgentConfig) -> list[tuple[str, str]]:
        """What the operator may do from here."""
        has_draft, links = getattr(config, "draft", None) is not None, []
        if request.user.has_perm(f"botplatform.{'change' if has_draft else 'add'}_agentdraft"):
            links.append(("Edit the draft" if has_draft else "Write a draft", agent_draft.address(config)))
        if has_draft and self.has_change_permission(request, config):
            for title, name in (("Publish the draft …", "publish"), ("Discard the draft …", "discard")):
                links.append((title, reverse(f"admin:botplatform_agentconfig_{name}", args=[config.pk])))
        if playground.may_try(request):
            links.append(("Playground", playground.address(config.pk)))
        if canary_pages.may_start(request, config) and not canary_pages.is_running(config):
            links.append(("Start a canary …", canary_pages.start_address(config)))
        if agent_bundles.may_export(request):
            links.append(
                ("Export this agent", f"{reverse('admin:botplatform_agentconfig_export')}?agent={config.name}")
            )
        return links


@admin.register(ProgressText)
class ProgressTextAdmin(ConsoleAdmin):
    list_display = ("text", "position", "enabled")
    list_editable = ("position", "enabled")
    fields = ("text", "position", "enabled")
