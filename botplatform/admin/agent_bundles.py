"""Agents as a file, from the console: a download, and an upload that is shown before it is carried out."""

from __future__ import annotations

import base64
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from botplatform.admin import showing
from botplatform.admin.panels import may_view
from botplatform.admin.scoping import bots_of
from botplatform.models import (
    AgentConfig,
    AgentConfigVersion,
    AgentDraft,
    AgentOverride,
    InfoPage,
    Pattern,
    Personality,
    ToolPolicy,
)
from botplatform.pipeline import publishing
from botplatform.pipeline.bundles import importing
from botplatform.pipeline.bundles.change import Change, State, digest
from botplatform.pipeline.bundles.exporting import export
from botplatform.pipeline.bundles.shape import MOST_BYTES, BadBundle, read

CONTENTS = (AgentConfig, AgentConfigVersion, AgentDraft, AgentOverride, InfoPage, Pattern, Personality, ToolPolicy)
KINDS = {"personality": "personalities", "tool policy": "tool policies"}
COLOURS = {State.NEW: "success", State.CHANGED: "warning", State.LEFT_OUT: "danger"}


def may_export(request: HttpRequest) -> bool:
    """Whether the signed-in person may see all that is in a file, which speaks of all bots."""
    return may_view(request, *CONTENTS) and bots_of(request.user) is None


def may_import(request: HttpRequest) -> bool:
    """Whether he may add and change all of it."""
    names = [model._meta.model_name for model in CONTENTS if model is not AgentConfigVersion]
    permissions = [f"botplatform.{act}_{name}" for name in names for act in ("add", "change")]
    return request.user.has_perms(permissions) and bots_of(request.user) is None


def export_view(console: Any, request: HttpRequest) -> HttpResponse:
    if not may_export(request):
        raise PermissionDenied
    agent = request.GET.get("agent", "")
    try:
        content = export(agent)
    except LookupError:
        raise Http404 from None
    headers = {"Content-Disposition": f'attachment; filename="{agent or "agents"}.json"', "Cache-Control": "no-store"}
    return HttpResponse(content, content_type="application/json", headers=headers)


def import_view(console: Any, request: HttpRequest) -> HttpResponse:
    """Upload, look, confirm: the file comes back with the confirmation, and what it does is what was shown."""
    if not may_import(request):
        raise PermissionDenied
    context: dict[str, Any] = {"problems": [], "back": reverse("admin:botplatform_agentconfig_changelist")}
    try:
        raw = _content(request)
        if raw is not None:
            bundle = read(raw)
            if "digest" in request.POST:
                return _bring_in(console, request, bundle)
            changes = importing.preview(bundle)
            context |= {
                "groups": _groups(changes),
                "digest": digest(changes),
                "content": base64.b64encode(raw).decode(),
            }
            context["does_something"] = any(change.state in (State.NEW, State.CHANGED) for change in changes)
    except BadBundle as error:
        context["problems"] = [showing.visible(line) for line in error.lines]
    except publishing.Outdated as error:
        context["problems"] = [str(error)]
    context |= {**console.admin_site.each_context(request), "title": "Import agents", "opts": console.opts}
    return TemplateResponse(request, "admin/agent_import.html", context)


def _content(request: HttpRequest) -> bytes | None:
    """The uploaded file, or the one that was shown; None when there is nothing yet. Raises BadBundle."""
    if request.method != "POST":
        return None
    if "content" in request.POST:
        try:
            return base64.b64decode(request.POST["content"], validate=True)
        except ValueError:
            raise BadBundle(["The file did not come back whole. Choose it again."]) from None
    uploaded = request.FILES.get("file")
    if uploaded is None:
        raise BadBundle(["Choose a file."])
    return bytes(uploaded.read(MOST_BYTES + 1))


def _bring_in(console: Any, request: HttpRequest, bundle: Any) -> HttpResponse:
    by = request.user.get_username()
    changes = importing.bring_in(bundle, by=by, as_previewed=request.POST["digest"])
    done = [change for change in changes if change.state in (State.NEW, State.CHANGED)]
    configs = {row.name: row for row in AgentConfig.objects.all()}
    for change in done:
        if change.kind == "agent":
            console.log_change(
                request, configs[change.name], f"imported: {', '.join(change.told) or change.state.value}"
            )
    messages.success(request, f"Imported: {len(done)} new or changed.")
    return HttpResponseRedirect(reverse("admin:botplatform_agentconfig_changelist"))


def _groups(changes: list[Change]) -> list[tuple[str, list[dict[str, Any]]]]:
    """By kind, in the order of the file; each under its heading."""
    return [
        (KINDS.get(kind, f"{kind}s"), [{"name": showing.visible(one.name), "state": one.state.value, "colour": COLOURS.get(one.state, ""),
                 "told": showing.visible(", ".join(one.told).replace("_", " "))} for one in rows])
        for kind, rows in groupby(changes, key=lambda change: change.kind)
    ]  # fmt: skip
