"""Steps of plans: seen here, carried out by workers alone."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html

from botplatform.admin import columns, related, showing
from botplatform.admin.attention import StuckSteps, is_stuck_step
from botplatform.admin.base import PipelineAdmin, choices
from botplatform.admin.keyset import by_number
from botplatform.admin.panels import Panel
from botplatform.admin.plans import marks
from botplatform.models import Approval, Batch, Plan, PlanStep, Run

DECISION = "a person's decision"
"""What a step waits for that names nothing else."""


@columns.column("state")
def state(step: PlanStep) -> object:
    """`stuck` in its place, where nobody carries it on."""
    shown = showing.label("stuck" if is_stuck_step(step) else step.state)
    return format_html(
        '<span class="plan-state"><span aria-hidden="true">{}</span> {}</span>', marks.of(step.state), shown
    )


@columns.column("duration")
def duration(step: PlanStep) -> object:
    if step.started_at is None:
        return showing.NOTHING
    return showing.unbroken(showing.distance((step.finished_at or timezone.now()) - step.started_at))


@columns.column("now", "where it stands")
def where(step: PlanStep) -> object:
    said = showing.shorten(_where(step), 140)
    return showing.roomy(said) if said else showing.NOTHING


def _where(step: PlanStep) -> str:
    if is_stuck_step(step):
        return f"no heartbeat or no progress, at {step.process}; any worker that is alive takes it over"
    if step.state == PlanStep.State.RUNNING:
        return step.said or f"at {step.process}"
    if step.state == PlanStep.State.WAITING:
        return f"waits for {step.waits_for or DECISION}"
    if step.state == PlanStep.State.PENDING:
        return step.error or (f"comes after {', '.join(map(str, step.depends_on))}" if step.depends_on else "")
    return str(step.error or step.result)


@columns.column("waits_for", "waits for")
def waits(step: PlanStep) -> object:
    if step.state != PlanStep.State.WAITING:
        return showing.NOTHING
    return showing.shorten(step.waits_for or DECISION, 300)


@columns.column("said", "says it does")
def said(step: PlanStep) -> object:
    """Of what it does now: what it said before is in its model calls."""
    running = step.state == PlanStep.State.RUNNING
    return (showing.shorten(step.said, 300) if running else "") or showing.NOTHING


@columns.column("batch")
def batch(step: PlanStep) -> object:
    return showing.anchor(Batch(pk=step.plan.batch_id), str(step.plan.batch_id))


@columns.column("sources")
def sources(step: PlanStep) -> object:
    return marks.sources(step.sources) or showing.NOTHING


@admin.register(PlanStep)
class PlanStepAdmin(PipelineAdmin):
    quick_filters = (
        ("All", ""), ("Stuck", "attention=stuck"), ("At work", "state=running"), ("Waiting", "state=waiting"),
        ("Failed", "state=failed"),
    )  # fmt: skip
    list_display = (
        "id", columns.number("plan", Plan), columns.excerpt("key", "step"), columns.excerpt("worker"), state,
        columns.excerpt("description"), where, "attempts", duration,
    )  # fmt: skip
    heavy = ("task", "sources")
    list_filter = (
        StuckSteps,
        choices("state", PlanStep.State.values),
        choices("worker", ("code", "research", "github")),
    )
    served = {"state": ("running", "pending", "waiting"), "attention": ("stuck",)}
    search_by = (by_number(PlanStep.objects.all()),)
    search_fields = ("key__exact", "process__exact")
    search_help_text = "Number, what its plan calls it, the process that holds it"
    fieldsets = (
        (None, {"fields": (
            columns.number("plan", Plan), batch, columns.excerpt("key", "step"), "worker", state, "attempts",
            columns.whole("description"), columns.whole("task"), columns.json_of("depends_on"), waits, said,
            columns.whole("error"),
        )}),
        ("Result", {"fields": (columns.whole("result"), sources)}),
        ("Times", {"fields": (duration, *(columns.moment(name) for name in ("started_at", "finished_at", "wake_at")))}),
        ("Lease", {"fields": (
            "epoch", columns.excerpt("process"), columns.excerpt("wait_key"),
            *(columns.moment(name) for name in ("lease_until", "heartbeat_at", "progress_at", "progress_until")),
        )}),
    )  # fmt: skip
    list_select_related = ()

    def panels(self, request: HttpRequest, row: PlanStep) -> list[Panel]:
        return related.tables(request, Run, Approval, plan_step=row)
