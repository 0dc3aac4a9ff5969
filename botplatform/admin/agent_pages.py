"""Pages on which an operator decides about an agent: publish the draft, publish an older version again, discard."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.safestring import SafeString

from agents.routing.target import ROUTER
from botplatform.admin import agent_measuring, agent_panels, showing
from botplatform.models import AgentConfig, AgentConfigVersion
from botplatform.pipeline import publishing
from botplatform.pipeline.comparing import diff
from botplatform.pipeline.measuring import Measured
from botplatform.pipeline.vetting import Problems

NOTE_CHARS = 500
MEASURE_FIRST = "First the labelled cases are put to the router's model, with both prompts; that takes a minute or two."


@dataclass(frozen=True, slots=True)
class Decision:
    """What is put to the operator. `carry_out` returns what was done, in words; it may raise Refused and Outdated."""

    title: str
    explanation: str
    yes: str
    shown: SafeString | str
    carry_out: Callable[[], str]
    has_note: bool = False
    note: str = ""
    is_ready: bool = True
    """Whether what the operator has to know first stood on the page; if not, it is asked again."""
    measured: Measured | None = None
    """What it does to routing."""
    problems: tuple[str, ...] = ()
    """Why it cannot be done; then there is nothing to press."""


def config_of(request: HttpRequest, console: Any, pk: int) -> AgentConfig:
    """The agent, for one who may change it. Raises Http404, PermissionDenied."""
    config = AgentConfig.objects.select_related("published", "draft").filter(pk=pk).first()
    if config is None:
        raise Http404
    if not console.has_change_permission(request, config):
        raise PermissionDenied
    return config


def publish_view(console: Any, request: HttpRequest, pk: int) -> HttpResponse:
    config = config_of(request, console, pk)
    draft = getattr(config, "draft", None)
    if draft is None:
        messages.warning(request, "There is no draft to publish.")
        return HttpResponseRedirect(showing.page_of(config))
    note = " ".join(request.POST.get("note", "").replace("\x00", "").split())[:NOTE_CHARS]
    measured = agent_measuring.of(request, config, draft) if config.name == ROUTER else None

    def carry_out() -> str:
        force, as_seen = "force" in request.POST, request.POST.get("seen", "")
        version = publishing.publish(
            config, by=_by(request), note=note, as_seen=as_seen, measured=measured, force=force
        )
        return f"published version {version.number}{f': {version.note}' if version.note else ''}"

    decision = Decision(
        f"Publish the draft of {config}?",
        "It becomes a version that never changes. Runs that begin from now on use it, within five seconds everywhere; "
        "runs at work go on with the version they began with.",
        "Publish",
        agent_panels.difference(diff(config.published, draft)),
        carry_out,
        note=note,
        has_note=True,
        problems=_lines(publishing.check(config, draft)),
        is_ready=config.name != ROUTER or agent_measuring.came_with(request, config, draft),
        measured=measured,
    )
    if config.name == ROUTER and measured is None:
        decision = replace(decision, yes="Measure", explanation=f"{decision.explanation} {MEASURE_FIRST}")
    return _decide(console, request, config, decision)


def roll_back_view(console: Any, request: HttpRequest, pk: int, version_pk: int) -> HttpResponse:
    config = config_of(request, console, pk)
    version = AgentConfigVersion.objects.filter(pk=version_pk, config=config).first()
    if version is None:
        raise Http404

    def carry_out() -> str:
        publishing.roll_back(config, version, by=_by(request), as_seen=request.POST.get("seen", ""))
        return f"published version {version.number} again"

    decision = Decision(
        f"Publish version {version.number} of {config} again?",
        "No new version is made, and a draft stays as it is. This is what changes:",
        f"Publish version {version.number}",
        agent_panels.difference(diff(config.published, version)),
        carry_out,
        problems=_lines(publishing.check(config, version)),
    )
    return _decide(console, request, config, decision)


def discard_view(console: Any, request: HttpRequest, pk: int) -> HttpResponse:
    config = config_of(request, console, pk)
    draft = getattr(config, "draft", None)
    if draft is None:
        return HttpResponseRedirect(showing.page_of(config))

    def carry_out() -> str:
        publishing.discard_draft(config, by=_by(request), as_seen=request.POST.get("seen", ""))
        return "discarded the draft"

    shown = agent_panels.difference(diff(config.published, draft))
    explanation = "What it says is gone for good. What runs use stays as it is. These changes are lost:"
    decision = Decision(f"Discard the draft of {config}?", explanation, "Discard", shown, carry_out)
    return _decide(console, request, config, decision)


def _decide(console: Any, request: HttpRequest, config: AgentConfig, decision: Decision) -> HttpResponse:
    """Ask on GET, act on POST; what is refused is asked again, with the reason."""
    problems = decision.problems
    if request.method == "POST" and decision.is_ready and not problems:
        try:
            done = decision.carry_out()
        except publishing.Outdated as error:
            messages.warning(request, str(error))
            return HttpResponseRedirect(showing.page_of(config))
        except publishing.Refused as refused:
            problems = _lines(refused.problems)
        else:
            console.log_change(request, config, done)
            messages.success(request, f"{config}: {done}.")
            return HttpResponseRedirect(showing.page_of(config))
    seen = publishing.seen(config)
    context = {
        **console.admin_site.each_context(request),
        "title": decision.title,
        "opts": console.opts,
        "original": config,
        "decision": decision,
        "problems": problems,
        "seen": seen,
        "measured": decision.measured and agent_measuring.shown(decision.measured),
        "token": decision.measured and agent_measuring.signed(decision.measured, seen),
        "loss": decision.measured and decision.measured.loss,
        "back": showing.page_of(config),
    }
    return TemplateResponse(request, "admin/agent_decision.html", context)


def _lines(problems: Problems) -> tuple[str, ...]:
    return tuple(
        f"{name.replace('_', ' ').capitalize()}: {line}" if name else line
        for name, lines in problems.items()
        for line in lines
    )


def _by(request: HttpRequest) -> str:
    return str(request.user.get_username())
