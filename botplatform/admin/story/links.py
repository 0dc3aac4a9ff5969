"""Ways from every row of a story to the others: the story itself, and the rows beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from botplatform.admin import showing
from botplatform.admin.panels import may_view
from botplatform.models import (
    Approval,
    Batch,
    Message,
    Plan,
    PlanStep,
    Reply,
    Route,
    RoutingCase,
    Run,
    Session,
    Step,
    Update,
)

QUOTED: tuple[type[Model], ...] = (
    Update, Session, Message, Batch, Route, Run, Step, Plan, PlanStep, Approval, Reply,
)  # fmt: skip
"""Whoever may see a story may see every kind of row in it."""
BESIDE = 8
"""Rows of one kind that are named; the batch's page has the rest."""


@dataclass(frozen=True, slots=True)
class Way:
    """One link; the row that somebody stands on is named without one."""

    title: str
    url: str


def story_url(update_id: int) -> str:
    """The story's address."""
    return reverse("admin:botplatform_update_story", args=[update_id])


def story_link(update_id: int, text: str) -> SafeString:
    """A link to the story."""
    return format_html('<a class="text-link" href="{}">{}</a>', story_url(update_id), text)


def trail(request: HttpRequest, row: Any) -> list[Way]:
    """From a row of a story to the story and to the rows beside it, in the order in which things happened."""
    if type(row) not in (*QUOTED, RoutingCase):
        return []
    batch = _batch(row)
    updates = _updates(row, batch)
    rows: list[Model] = [row.session] if getattr(row, "session", None) else [batch.session] if batch else []
    rows += [Update(pk=pk) for pk in updates]
    if batch is not None:
        rows += [batch, *_of(Route, batch), *_of(Run, batch), *_of(Plan, batch)]
    rows += _beside(row)
    story = [Way("Story", story_url(updates[0]))] if updates and may_view(request, *QUOTED) else []
    return story + [_way(one, row) for one in _once(rows) if may_view(request, type(one))]


def _way(row: Model, here: Model) -> Way:
    name = str(row._meta.verbose_name).capitalize()
    title = f"{name} {showing.shorten(str(row), 40)}" if isinstance(row, Session) else f"{name} {row.pk}"
    return Way(title, "" if row == here else showing.page_of(row))


def _once(rows: list[Model]) -> list[Model]:
    return list({(type(row), row.pk): row for row in rows}.values())


def _batch(row: Any) -> Batch | None:
    """The batch that the row belongs to; of a conversation the latest one."""
    if isinstance(row, Batch):
        return row
    if isinstance(row, Session):
        return Batch.objects.filter(session=row).order_by("-pk").first()
    for name in ("run", "route", "plan"):
        row = getattr(row, name) if isinstance(row, Step | RoutingCase | PlanStep) and hasattr(row, name) else row
    batch_id = getattr(row, "batch_id", None)
    return Batch.objects.select_related("session").filter(pk=batch_id).first() if batch_id else None


def _updates(row: Any, batch: Batch | None) -> list[int]:
    """Numbers of updates, the one whose story it is first."""
    own = row.pk if isinstance(row, Update) else getattr(row, "update_id", None)
    others = Update.objects.filter(batch=batch).order_by("-pk").values_list("pk", flat=True)[:BESIDE] if batch else []
    return list(dict.fromkeys([*([own] if own else []), *others]))


def _of(model: type[Model], batch: Batch) -> list[Model]:
    """Numbers alone: what they are about is on their pages."""
    owned = model._default_manager.filter(batch=batch, **({"plan_step": None} if model is Run else {}))
    numbers = owned.order_by("-pk").values_list("pk", flat=True)[:BESIDE]
    return [model(pk=pk) for pk in reversed(numbers)]


def _numbers(model: type[Model], **owner: Model) -> list[int]:
    return list(model._default_manager.filter(**owner).order_by("pk").values_list("pk", flat=True)[:BESIDE])


def _beside(row: Any) -> list[Model]:
    """What belongs to this row alone."""
    if isinstance(row, PlanStep):
        return [row.plan, row, *(Run(pk=pk) for pk in _numbers(Run, plan_step=row))]
    if isinstance(row, Plan):
        return [row, *(PlanStep(pk=pk) for pk in _numbers(PlanStep, plan=row))]
    if isinstance(row, Run):
        return [PlanStep(pk=row.plan_step_id)] if row.plan_step_id else []
    if isinstance(row, Step):
        return [row.run, *_planned(row.run.plan_step_id), row, *(Approval(pk=pk) for pk in _asked(row))]
    if isinstance(row, Approval):
        return [*_planned(row.plan_step_id), row, *(Step(pk=pk) for pk in _calls(row))]
    if isinstance(row, Update):
        return [Message(pk=pk) for pk in Message.objects.filter(update=row).values_list("pk", flat=True)]
    if isinstance(row, RoutingCase):
        return [row]
    return []


def _planned(step_id: int | None) -> list[Model]:
    return [PlanStep(pk=step_id)] if step_id else []


def _asked(step: Step) -> list[int]:
    """Approvals of the call; steps of a plan may name their calls alike."""
    if not step.tool_use_id:
        return []
    same = Approval.objects.filter(
        batch_id=step.run.batch_id, tool_use_id=step.tool_use_id, plan_step_id=step.run.plan_step_id
    )
    return list(same.values_list("pk", flat=True))


def _calls(approval: Approval) -> list[int]:
    """Steps that made the call."""
    same = Step.objects.filter(
        run__batch_id=approval.batch_id, tool_use_id=approval.tool_use_id, run__plan_step_id=approval.plan_step_id
    )
    return list(same.values_list("pk", flat=True)[:BESIDE])
