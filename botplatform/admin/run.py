"""Runs and their steps."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet, Sum
from django.http import HttpRequest
from django.utils import timezone

from botplatform.admin import columns, panels, related, showing
from botplatform.admin.base import PipelineAdmin, choices
from botplatform.admin.keyset import by_number
from botplatform.admin.panels import Panel, address, may_view
from botplatform.models import Approval, Batch, PlanStep, Reply, Run, Step

STEPS = 100
"""Steps on a run's page at most."""
IN_PASSING = 20_000
"""Characters of a request or response on the run's page; the step's page has the whole."""


@columns.column("duration")
def duration(run: Run) -> object:
    return showing.unbroken(showing.distance((run.finished_at or timezone.now()) - run.started_at))


def _folded(value: object) -> str:
    text = showing.pretty(value)
    rest = len(text) - IN_PASSING
    return text[:IN_PASSING] + (f"\n… {rest} more characters on the step's page" if rest > 0 else "")


def _step(step: Step) -> dict[str, Any]:
    parts = [
        (name, value) for name, value in (("request", step.request), ("response", step.response)) if value is not None
    ]
    return {
        "row": step,
        "link": showing.anchor(step, f"step {step.pk}"),
        "state": showing.label(step.state),
        "name": showing.visible(step.name),
        "error": showing.bounded(step.error),
        "parts": [(name, _folded(value)) for name, value in parts],
    }


def steps_panel(run: Run) -> Panel:
    """A run's steps in order, their requests and responses folded in."""
    steps = run.steps.order_by("id")
    first = list(steps[: STEPS + 1])
    context = {
        "steps": [_step(step) for step in first[:STEPS]],
        "total": steps.aggregate(tokens_in=Sum("tokens_in"), tokens_out=Sum("tokens_out"), cost=Sum("cost_usd")),
    }
    more = address(Step, run__id__exact=run.pk) if len(first) > STEPS else ""
    return panels.from_template("Steps", "admin/steps.html", context, more=more)


def _by_request(term: str) -> QuerySet[Any]:
    return Run.objects.filter(batch__request_id=term).values_list("pk")


@admin.register(Run)
class RunAdmin(PipelineAdmin):
    list_display = (
        "id", columns.number("batch", Batch), columns.number("plan_step", PlanStep, "step of a plan"), columns.state(),
        columns.link("config_version", "configuration"), columns.when("started_at"), duration,
        columns.excerpt("worker", length=40), columns.excerpt("error"),
    )  # fmt: skip
    list_select_related = ("config_version__config",)
    list_filter = (choices("state", Run.State.values),)
    search_by = (by_number(Run.objects.all()), _by_request)
    search_fields = ("worker__exact",)
    search_help_text = "Number, request id, worker"
    fieldsets = (
        (None, {"fields": (
            columns.number("batch", Batch), columns.state(), "agent", columns.link("config_version", "configuration"),
            columns.number("plan_step", PlanStep, "step of a plan"), columns.link("replaces"), columns.json_of("untrusted"),
            columns.json_of("private"), "epoch", "worker", columns.whole("note"), columns.whole("error"),
        )}),
        ("Times", {"fields": (columns.moment("started_at"), columns.moment("finished_at"), duration)}),
    )  # fmt: skip

    def panels(self, request: HttpRequest, row: Run) -> list[Panel]:
        steps = [steps_panel(row)] if may_view(request, Step) else []
        return [*steps, *related.tables(request, Approval, Reply, run=row)]


@columns.column("tokens", "tokens in / out")
def tokens(step: Step) -> object:
    return showing.unbroken(
        f"{step.tokens_in} / {step.tokens_out}" if step.kind == Step.Kind.MODEL else showing.NOTHING
    )


@columns.column("cost_usd", "cost")
def cost(step: Step) -> str:
    return f"${step.cost_usd:.6f}" if step.cost_usd else showing.NOTHING


@admin.register(Step)
class StepAdmin(PipelineAdmin):
    heavy = ("request", "response")
    list_display = (
        "id", columns.number("run", Run), columns.state("kind"), columns.excerpt("name"), columns.state(), tokens,
        cost, "ms", columns.excerpt("stop_reason"), columns.when("started_at"), columns.excerpt("error", length=40),
    )  # fmt: skip
    list_filter = (choices("kind", Step.Kind.values), choices("state", Step.State.values))
    search_by = (by_number(Step.objects.all()),)
    search_fields = ("name__exact",)
    search_help_text = "Number, name of the model or tool"
    fieldsets = (
        (None, {"fields": (
            columns.number("run", Run), columns.state("kind"), "name", columns.state(), "stop_reason", columns.whole("error"),
            "tool_use_id", "repeatable",
        )}),
        ("Figures", {"fields": (
            "tokens_in", "tokens_out", cost, "ms", columns.moment("started_at"), columns.moment("finished_at"),
        )}),
        ("Contents", {"fields": (columns.json_of("request"), columns.json_of("response"))}),
    )  # fmt: skip
