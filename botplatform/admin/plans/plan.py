"""Plans: their list, and a page whose steps follow what happens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone

from botplatform.admin import columns, showing
from botplatform.admin.attention import is_stuck_step
from botplatform.admin.base import PipelineAdmin, choices
from botplatform.admin.batch_operations import CANCEL
from botplatform.admin.keyset import by_number
from botplatform.admin.panels import address, may_view
from botplatform.admin.plans import marks
from botplatform.admin.plans.plan_step import duration, where
from botplatform.admin.scoping import within
from botplatform.models import Approval, Batch, Plan, PlanStep, Run


@columns.column("done", "steps done")
def done(plan: Any) -> object:
    """As `complete` counted them."""
    return showing.unbroken(f"{plan.counted.get(PlanStep.State.SUCCEEDED, 0)} of {sum(plan.counted.values())}")


@columns.column("took", "duration")
def took(plan: Plan) -> object:
    return showing.unbroken(showing.distance((plan.finished_at or timezone.now()) - plan.created_at))


def _by_request(term: str) -> QuerySet[Any]:
    return Plan.objects.filter(batch__request_id=term).values_list("pk")


def _by_batch(term: str) -> QuerySet[Any]:
    number = int(term) if term.isascii() and term.isdecimal() and len(term) < 18 else 0
    return Plan.objects.filter(batch_id=number).values_list("pk")


@admin.register(Plan)
class PlanAdmin(PipelineAdmin):
    quick_filters = (("All", ""), ("Running", "state=running"))
    change_form_outer_before_template = "admin/plans/page.html"
    list_display = (
        "id", columns.number("batch", Batch), "number", columns.excerpt("summary", length=120), columns.state(), done,
        columns.when("created_at"), took,
    )  # fmt: skip
    list_filter = (choices("state", Plan.State.values),)
    served = {"state": ("running",)}
    search_by = (by_number(Plan.objects.all()), _by_request, _by_batch)
    search_fields = ("summary",)
    search_help_text = "Number, request id, number of the batch, summary"
    fields = (
        columns.number("batch", Batch), columns.number("run", Run, "planned by run"), "number", columns.state(),
        columns.whole("summary"), took, "parallel", "attempts", "epoch", columns.moment("created_at"),
        columns.moment("finished_at"), columns.whole("shown", "progress as shown"),
    )  # fmt: skip

    def get_urls(self) -> list[URLPattern]:
        live = path("<int:plan_id>/live/", self.admin_site.admin_view(self.live), name="botplatform_plan_live")
        return [live, *super().get_urls()]

    def complete(self, request: HttpRequest, rows: Sequence[Any]) -> None:
        counted = (
            PlanStep.objects.filter(plan__in=rows).values_list("plan_id", "state").annotate(n=Count("pk")).order_by()
        )
        found: dict[int, dict[str, int]] = {row.pk: {} for row in rows}
        for plan_id, state, number in counted if rows else ():
            found[plan_id][state] = number
        for row in rows:
            row.counted = found[row.pk]

    def live(self, request: HttpRequest, plan_id: int) -> HttpResponse:
        """The steps as they stand now."""
        if not may_view(request, Plan):
            raise PermissionDenied
        row = within(request.user, Plan.objects.select_related("batch").filter(pk=plan_id)).first()
        if row is None:
            raise Http404(f"There is no plan {plan_id}.")
        return TemplateResponse(request, "admin/plans/live.html", {"plan": _shown(request, row)})

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        row = kwargs.get("obj")
        if row is not None:
            context["plan"] = _shown(request, row)
        answer: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return answer


def _shown(request: HttpRequest, plan: Plan) -> dict[str, Any]:
    """The live part: the plan's steps for those who may see steps, and its batch's end for those who may bring it about."""
    sees = may_view(request, PlanStep)
    steps = list(plan.steps.order_by("position").defer("task", "sources")) if sees else []
    asked: dict[int | None, list[Approval]] = {}
    if steps and may_view(request, Approval):
        pending = Approval.objects.filter(plan_step__in=steps, state=Approval.State.PENDING).order_by("pk")
        for one in pending.only("number", "tool", "asks", "plan_step_id"):
            asked.setdefault(one.plan_step_id, []).append(one)
    return {
        "pk": plan.pk,
        "state": showing.label(plan.state),
        "sees": sees,
        "steps": [_step(step, asked.get(step.pk, [])) for step in steps],
        "cancel": address(Batch) if CANCEL.allowed(request) and plan.state == Plan.State.RUNNING else "",
        "batch": plan.batch_id,
        "page": showing.page_of(plan),
        "explanation": CANCEL.explanation,
    }


def _step(step: PlanStep, asked: list[Approval]) -> dict[str, Any]:
    after = ", ".join(map(str, step.depends_on))
    return {
        "mark": marks.of(step.state),
        "link": showing.anchor(step, step.key),
        "state": showing.label("stuck" if is_stuck_step(step) else step.state),
        "description": showing.shorten(step.description, 300),
        "worker": showing.visible(step.worker),
        "after": showing.shorten(after, 200),
        "attempts": step.attempts,
        "duration": duration(step) if step.started_at else "",
        "where": "" if asked or (step.state == PlanStep.State.PENDING and not step.error) else where(step),
        "asked": [showing.anchor(one, f"{'question' if one.asks else 'approval'} {one.number}") for one in asked],
    }
