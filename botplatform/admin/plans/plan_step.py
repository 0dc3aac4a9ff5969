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


@columns.column("state")
def state(step: PlanStep) -> object:
    """`stuck` in its place, where nobody carries it on."""
    shown = showing.label("stuck" if is_stuck_step(step) else step.state)
    return format_html('<span aria-hidden="true">{}</span> {}', marks.of(step.state), shown)


@columns.column("duration")
def duration(step: PlanStep) -> object:
    if step.started_at is None:
        return showing.NOTHING
    return showing.unbroken(showing.distance((step.finished_at or timezone.now()) - step.started_at))


@columns.column("now", "where it stands")
def where(step: PlanStep) -> object:
    said = {"running": step.said or step.process, "waiting": step.waits_for, "pending": step.error}
    return showing.roomy(showing.shorten(said.get(step.state, step.error or step.result), 140)) or showing.NOTHING


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
            columns.whole("description"), columns.whole("task"), columns.json_of("depends_on"), columns.excerpt("waits_for"),
            columns.excerpt("said", "says it does"), columns.whole("error"),
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
