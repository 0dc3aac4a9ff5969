"""Drafts: what an operator is writing. Runs see nothing of it until it is published from the agent's page."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from agents.routing.target import ROUTER
from botplatform.admin import agent_panels, columns, showing
from botplatform.admin.agent_forms import UNUSED_BY_ROUTER, DraftForm
from botplatform.admin.base import ConsoleAdmin
from botplatform.admin.panels import Panel
from botplatform.admin.playground import links as playground
from botplatform.models import AgentConfig, AgentConfigVersion, AgentDraft
from botplatform.pipeline import publishing

FIELDSETS: tuple[tuple[str | None, tuple[str, ...]], ...] = (
    (None, ("prompt",)),
    ("Model", ("model", "fallback_models", "temperature")),
    ("Tools", ("tools",)),
    ("Limits of one run", ("max_steps", "max_output_tokens", "max_tokens", "max_seconds", "max_cost_usd")),
    ("Plans", ("parallel_steps", "step_attempts")),
    ("When it fails for good", ("fallback_agent",)),
)


def address(config: AgentConfig, copy: AgentConfigVersion | None = None) -> str:
    """Where the agent's draft is written: its page, or the form that begins with a version."""
    if draft := getattr(config, "draft", None):
        return showing.page_of(draft)
    query = f"?config={config.pk}" + (f"&copy={copy.pk}" if copy else "")
    return reverse("admin:botplatform_agentdraft_add") + query


def _number(request: HttpRequest, name: str) -> int:
    given = request.GET.get(name, "")
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 18 else 0


def _config(request: HttpRequest, draft: AgentDraft | None) -> AgentConfig | None:
    rows = AgentConfig.objects.select_related("published", "draft")
    return rows.filter(pk=draft.config_id if draft else _number(request, "config")).first()


@columns.column("agent")
def agent(draft: AgentDraft) -> object:
    return showing.anchor(draft.config)


@columns.column("draft")
def itself(draft: AgentDraft) -> object:
    return showing.anchor(draft, "Draft")


@admin.register(AgentDraft)
class AgentDraftAdmin(ConsoleAdmin):
    change_form_outer_before_template = "admin/links.html"
    ordering = ("config__name",)
    list_display = (itself, agent, columns.excerpt("prompt"), "updated_by", columns.when("updated_at", "changed"))
    list_select_related = ("config",)
    save_on_top = False

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        config = _config(request, obj if isinstance(obj, AgentDraft) else None)
        left_out = UNUSED_BY_ROUTER if config and config.name == ROUTER else frozenset()
        kept = [(title, [name for name in names if name not in left_out]) for title, names in FIELDSETS]
        shown = [(title, {"fields": names}) for title, names in kept if names]
        shown[-1][1]["fields"].append("seen")
        return shown

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        config = _config(request, obj)
        copied = obj or AgentConfigVersion.objects.filter(pk=_number(request, "copy"), config=config).first()
        copied = copied or (config.published if config else None) or AgentDraft()
        form = super().get_form(request, obj, change=change, form=DraftForm, **kwargs)
        return type("FormOfThisDraft", (form,), {"config": config, "copied": copied})

    def has_add_permission(self, request: HttpRequest) -> bool:
        """From the page of an agent that has none."""
        return bool(super().has_add_permission(request)) and "config" in request.GET

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """The agent's page discards it."""
        return False

    def changeform_view(self, request: HttpRequest, object_id: Any = None, *args: Any, **kwargs: Any) -> HttpResponse:
        config = _config(request, None)
        if object_id is None and (config is None or getattr(config, "draft", None)):
            return HttpResponseRedirect(
                address(config) if config else reverse("admin:botplatform_agentconfig_changelist")
            )
        try:
            answer: HttpResponse = super().changeform_view(request, object_id, *args, **kwargs)
        except (publishing.Refused, publishing.Outdated) as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(request.get_full_path())
        return answer

    def save_model(self, request: HttpRequest, obj: AgentDraft, form: DraftForm, change: bool) -> None:
        says, by = form.says(form.copied), request.user.get_username()
        saved = publishing.save_draft(form.config, says, by=by, as_seen=form.cleaned_data["seen"])
        obj.pk = saved.pk
        obj.refresh_from_db()

    def response_post_save_add(self, request: HttpRequest, obj: AgentDraft) -> HttpResponse:
        return HttpResponseRedirect(showing.page_of(obj.config))

    def response_post_save_change(self, request: HttpRequest, obj: AgentDraft) -> HttpResponse:
        return HttpResponseRedirect(showing.page_of(obj.config))

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        config = _config(request, kwargs.get("obj"))
        context |= {"show_save_and_add_another": False, "title": f"Draft of {config}"}
        if config and kwargs.get("obj") and playground.may_try(request):
            context["links"] = [("Try it in the playground", playground.address(config.pk))]
        answer: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return answer

    def panels(self, request: HttpRequest, row: AgentDraft) -> list[Panel]:
        return [agent_panels.changes("What it changes", row.config.published, row)]
