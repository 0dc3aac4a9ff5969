"""The playground's page, the part of it that a trial fills as it goes on, and the button that starts it anew."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from botplatform import announcing
from botplatform.admin import agent_draft, showing
from botplatform.admin.playground import shown, stored
from botplatform.admin.playground.form import TrialForm
from botplatform.admin.playground.links import address, config_of, may_use_stored
from botplatform.admin.scoping import within
from botplatform.models import AgentConfig, Batch, Bot, Trial
from botplatform.pipeline import configs
from botplatform.pipeline.nudging import AT_ONCE, Nudge, Nudges
from botplatform.pipeline.trials import asking

HISTORY = 20
UNCLAIMED = timedelta(seconds=5)
"""A trial that nobody has taken for so long is announced again by whoever looks at it."""


def page_view(console: Any, request: HttpRequest, pk: int) -> HttpResponse:
    """Choose a message and run it; below, what came of this trial and of earlier ones."""
    config = config_of(request, pk)
    bots = within(request.user, Bot.objects.order_by("transport", "slug"))
    trials = _trials(request, config)
    current = trials.filter(pk=_number(request, "trial")).first() if "trial" in request.GET else None
    form = TrialForm(request.POST if request.method == "POST" else None, bots=bots, initial=_as_before(current))
    if request.method == "POST" and form.is_valid() and (trial := _ask(request, config, form)):
        _announce(trial)
        return HttpResponseRedirect(f"{address(config.pk)}?trial={trial.pk}#trial")
    chosen = _chosen(request) or (current.batch if current else None)
    context = {
        **console.admin_site.each_context(request),
        "title": f"Playground of {config}",
        "opts": console.opts,
        "original": config,
        "form": form,
        "stored": stored.latest(request, config, chosen) if may_use_stored(request) else None,
        "chosen": _number(request, "batch", request.POST) or (chosen.pk if chosen else 0),
        "searched": request.GET.get("update", ""),
        "has_draft": getattr(config, "draft", None) is not None,
        "draft_url": agent_draft.address(config),
        "agent_url": showing.page_of(config),
        "is_connected": configs.connected(),
        "current": shown.of(current) if current else None,
        "fragment": current and _fragment_url(current),
        "history": [_line(trial) for trial in trials[:HISTORY] if trial != current],
    }
    return TemplateResponse(request, "admin/playground/page.html", context)


def trial_view(console: Any, request: HttpRequest, pk: int, trial_pk: int) -> HttpResponse:
    """What a trial has brought so far."""
    trial = _trial(request, config_of(request, pk), trial_pk)
    if trial.state == Trial.State.QUEUED and trial.created_at < timezone.now() - UNCLAIMED:
        _announce(trial)
    context = {**shown.of(trial), "fragment": _fragment_url(trial), "again_url": _again_url(trial)}
    return TemplateResponse(request, "admin/playground/trial.html", context)


def again_view(console: Any, request: HttpRequest, pk: int, trial_pk: int) -> HttpResponse:
    """Start a trial anew that failed, or that was lost."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    trial = _trial(request, config_of(request, pk), trial_pk)
    if asking.ask_again(trial):
        _announce(trial)
    return HttpResponseRedirect(f"{address(pk)}?trial={trial.pk}#trial")


def _as_before(trial: Trial | None) -> dict[str, Any]:
    """What the form begins with: the same once more."""
    if trial is None:
        return {}
    return {"bot": trial.bot_id, "text": "" if trial.batch_id else trial.text}


def _announce(trial: Trial) -> None:
    """A worker may take it. Whoever looks at it announces it again if this is lost."""
    announcing.announce(Nudges(trials={trial.pk: Nudge(AT_ONCE)}))


def _ask(request: HttpRequest, config: AgentConfig, form: TrialForm) -> Trial | None:
    """Store the order; None when it cannot be carried out, and the operator has been told why."""
    said, by = form.cleaned_data, request.user.get_username()
    if not said["batch"]:
        return _ready(request, config) and asking.ask(config, said["bot"], by=by, text=said["text"])
    batch = stored.batch(request, said["batch"]) if may_use_stored(request) else None
    if batch is None:
        messages.error(request, "The stored message is gone, or is not yours to see.")
        return None
    return _ready(request, config) and asking.ask(config, batch.session.bot, by=by, batch=batch)


def _ready(request: HttpRequest, config: AgentConfig) -> Any:
    """Whether there is anything to try."""
    if config.published is None and getattr(config, "draft", None) is None:
        messages.error(request, "There is neither a draft nor a published version to try.")
        return None
    return True


def _chosen(request: HttpRequest) -> Batch | None:
    """The stored message that the address names."""
    update = _number(request, "update")
    if not update or not may_use_stored(request):
        return None
    found = stored.batch_of_update(request, update)
    if found is None:
        messages.warning(request, f"No message of update {update} is there to be tried.")
    return found


def _trials(request: HttpRequest, config: AgentConfig) -> QuerySet[Trial]:
    """Those of the agent that the person may see, latest first."""
    rows = within(request.user, Trial.objects.filter(config=config)).select_related("config", "bot", "batch")
    return (rows if may_use_stored(request) else rows.filter(batch=None)).order_by("-pk")


def _trial(request: HttpRequest, config: AgentConfig, pk: int) -> Trial:
    trial = _trials(request, config).filter(pk=pk).first()
    if trial is None:
        raise Http404
    return trial


def _line(trial: Trial) -> dict[str, Any]:
    """One of the history."""
    return {
        "url": f"{address(trial.config_id)}?trial={trial.pk}#trial",
        "text": showing.shorten(trial.text, shown.EXCERPT),
        "state": showing.label("lost" if asking.is_lost(trial) else trial.state),
        "source": "stored" if trial.batch_id else "typed",
        "bot": showing.visible(str(trial.bot)),
        "by": showing.visible(trial.created_by),
        "when": showing.short_moment(trial.created_at),
    }


def _fragment_url(trial: Trial) -> str:
    return reverse("admin:botplatform_agentconfig_trial", args=[trial.config_id, trial.pk])


def _again_url(trial: Trial) -> str:
    return reverse("admin:botplatform_agentconfig_trial_again", args=[trial.config_id, trial.pk])


def _number(request: HttpRequest, name: str, given: Any = None) -> int:
    text = (request.GET if given is None else given).get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 18 else 0
