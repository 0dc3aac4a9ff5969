"""On an agent's page: the form that starts a canary, the one that runs, and those that have been."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.safestring import SafeString

from agents.routing.target import ROUTER
from botplatform.admin import agent_panels, columns, panels, showing
from botplatform.admin.auditing import audit, values_of
from botplatform.admin.canary_evidence import evidence
from botplatform.admin.canary_form import DRAFT, CanaryForm
from botplatform.admin.panels import Panel
from botplatform.models import AgentConfig, Canary
from botplatform.pipeline import publishing
from botplatform.pipeline.canaries import changing
from botplatform.pipeline.comparing import diff

NOTE_CHARS = 500


def may_start(request: HttpRequest, config: AgentConfig) -> bool:
    """Whether the person may, and the agent has something published that a canary could stand beside."""
    allowed = request.user.has_perms(["botplatform.add_canary", "botplatform.change_agentconfig"])
    return bool(allowed and config.published_id and config.name != ROUTER)


def is_running(config: AgentConfig) -> bool:
    """Whether there is one already."""
    return config.canaries.filter(state=Canary.State.RUNNING).exists()


def start_address(config: AgentConfig) -> str:
    return reverse("admin:botplatform_agentconfig_canary", args=[config.pk])


def start_view(console: Any, request: HttpRequest, pk: int) -> HttpResponse:
    """Ask on GET, start on POST; what is refused is asked again, with the reason."""
    config = AgentConfig.objects.select_related("published").filter(pk=pk).first()
    if config is None:
        raise Http404
    if not may_start(request, config):
        raise PermissionDenied
    posted = request.POST if request.method == "POST" else None
    form, refused = CanaryForm(posted, config=config, chosen=request.GET.get("version", "")), []
    if posted is not None and form.is_valid():
        try:
            return _started(console, request, config, form)
        except publishing.Outdated as error:
            messages.warning(request, str(error))
            return HttpResponseRedirect(showing.page_of(config))
        except publishing.Refused as error:
            refused = [showing.visible(line) for lines in error.problems.values() for line in lines]
    context = {
        **console.admin_site.each_context(request),
        "title": f"Start a canary of {config}",
        "opts": console.opts,
        "original": config,
        "form": form,
        "problems": refused or _in_the_way(config, form),
        "differences": _differences(config, form),
        "back": showing.page_of(config),
    }
    return TemplateResponse(request, "admin/canary/start.html", context)


def _started(console: Any, request: HttpRequest, config: AgentConfig, form: CanaryForm) -> HttpResponse:
    said, by = form.cleaned_data, request.user.get_username()
    note = " ".join(said["note"].split())[:NOTE_CHARS]
    canary = changing.start(
        config, said["share_percent"], form.allowed(), by=by, version=form.version_chosen(), note=note, as_seen=said["seen"]
    )  # fmt: skip
    told = f"started a canary: version {canary.version.number} on {canary.share_percent} % of the conversations"
    audit(request, canary, "canary.start", after=values_of(canary), why=note, told=told)
    console.log_change(request, config, told)
    messages.success(request, f"{config}: {told}. It answers them within five seconds.")
    return HttpResponseRedirect(showing.page_of(config))


def figures_view(console: Any, request: HttpRequest, pk: int, canary_pk: int) -> HttpResponse:
    """The figures of a canary as they are now."""
    if not panels.may_view(request, AgentConfig, Canary):
        raise PermissionDenied
    canary = Canary.objects.select_related("version", "beside").filter(pk=canary_pk, config_id=pk).first()
    if canary is None:
        raise Http404
    return HttpResponse(f"{showing.label(canary.state)} {evidence(canary)}")


def of_agent(request: HttpRequest, config: AgentConfig) -> list[Panel]:
    """What the agent's page says of canaries."""
    if not panels.may_view(request, Canary):
        return []
    rows = config.canaries.select_related("version", "beside", "config").order_by("-pk")
    running = rows.filter(state=Canary.State.RUNNING).first()
    past = panels.table(
        "Canaries so far", rows.exclude(state=Canary.State.RUNNING), PAST, more=panels.address(Canary, config__id__exact=config.pk)
    )  # fmt: skip
    return [*([_running(request, running)] if running else []), *([past] if past.markup else [])]


@columns.column("canary")
def itself(row: Canary) -> object:
    return showing.anchor(row, f"v{row.version.number} on {row.share_percent} %")


PAST = (
    itself, columns.state(), columns.excerpt("reason", length=160), columns.when("started_at"), columns.when("ended_at"),
    columns.excerpt("ended_by", "by"),
)  # fmt: skip


def _running(request: HttpRequest, canary: Canary) -> Panel:
    context = {
        "evidence": evidence(canary),
        "url": reverse("admin:botplatform_agentconfig_canary_figures", args=[canary.config_id, canary.pk]),
        "page": showing.page_of(canary),
        "may_end": request.user.has_perm("botplatform.change_canary"),
    }
    return panels.from_template("Canary", "admin/canary/running.html", context)


def _in_the_way(config: AgentConfig, form: CanaryForm) -> list[str]:
    """What would be refused whatever is chosen."""
    if not form.fields["version"].choices:  # type: ignore[attr-defined]
        return ["There is no draft, and no version but the published one."]
    found = changing.problems(config, next(iter(form.versions.values()), None))
    return [line for name, lines in found.items() if name == "" and lines != [changing.SAME] for line in lines]


def _differences(config: AgentConfig, form: CanaryForm) -> list[tuple[str, SafeString]]:
    """Of the draft, and of the version that the address names."""
    rows = [("the draft", form.draft)] if form.draft else []
    chosen = form.versions.get(form.initial["version"])
    named = [*rows, *([(f"version {chosen.number}", chosen)] if chosen and form.initial["version"] != DRAFT else [])]
    return [(name, agent_panels.difference(diff(config.published, says))) for name, says in named]
