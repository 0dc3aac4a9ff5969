"""Processes, and the work in each worker's hands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.safestring import SafeString

from botplatform.admin import showing
from botplatform.admin.attention import is_stuck_step
from botplatform.admin.conversation.facts import step_said
from botplatform.admin.scoping import User, within
from botplatform.health import SILENT_AFTER
from botplatform.models import Batch, PlanStep, Process, Run, Step

SHOWN = 20
"""Batches of one worker on the page; of more the number is told."""
READ = 500
"""Batches that are looked at; one process holds hundreds of runs."""
ROLES = {
    "worker": "nothing is answered until “manage.py worker” is started",
    "beat": "workers sweep by themselves meanwhile",
    "web": "nothing comes in",
}


@dataclass(frozen=True, slots=True)
class Work:
    """One batch in a worker's hands, or one step of a batch's plan."""

    batch: SafeString
    conversation: SafeString
    agent: str
    doing: str
    since: str | SafeString
    run_url: str
    plan_step: SafeString | str = ""


@dataclass(slots=True)
class Shown:
    """One process, as it last said of itself."""

    name: str
    url: str
    role: str
    state: SafeString
    since: str | SafeString
    seen: str | SafeString
    busy: str
    silent: bool
    works: list[Work] = field(default_factory=list)
    more: int = 0


@dataclass(frozen=True, slots=True)
class Crew:
    """All processes, the work that no living process has, and the roles that nobody fills."""

    processes: Sequence[Shown]
    orphans: Sequence[Work]
    missing: Sequence[tuple[str, str]]


def crew(user: User, *, sees_work: bool, sees_plans: bool) -> Crew:
    """Who is there; with what they do, as far as the person may see it."""
    now = timezone.now()
    processes = {row.name: _process(row, now) for row in Process.objects.order_by("role", "name")}
    orphans: list[Work] = []
    for worker, work in (*_works(user), *(_planned(user) if sees_plans else ())) if sees_work else ():
        owner = processes.get(worker)
        if owner is None:
            orphans.append(work)
        elif len(owner.works) < SHOWN:
            owner.works.append(work)
        else:
            owner.more += 1
    living = {one.role for one in processes.values() if not one.silent}
    missing = [(role, hint) for role, hint in ROLES.items() if role not in living]
    return Crew(list(processes.values()), orphans[:SHOWN], missing)


def is_silent(seen_at: datetime, now: datetime | None = None) -> bool:
    """Whether a process last seen then counts as gone."""
    silent_after: timedelta = settings.HEARTBEAT * SILENT_AFTER
    return (now or timezone.now()) - seen_at > silent_after


def _process(row: Process, now: datetime) -> Shown:
    silent = is_silent(row.seen_at, now)
    runs, slots = row.detail.get("runs"), row.detail.get("slots")
    return Shown(
        name=showing.shorten(row.name, 80),
        url=showing.page_of(row),
        role=row.role,
        state=showing.label("silent" if silent else "alive"),
        since=showing.short_moment(row.started_at),
        seen=showing.short_moment(row.seen_at),
        busy=f"{runs} of {slots} slots busy" if isinstance(runs, int) and isinstance(slots, int) else "",
        silent=silent,
    )


def _works(user: User) -> list[tuple[str, Work]]:
    """Worker and work, the longest first."""
    rows = within(user, Batch.objects.filter(state=Batch.State.PROCESSING)).select_related("session")
    batches = list(rows.order_by("claimed_at", "pk")[:READ])
    running = Run.objects.filter(batch__in=batches, state=Run.State.RUNNING, plan_step=None)
    runs = {run.batch_id: run for run in running}
    steps = _going(list(runs.values()))
    found = []
    for batch in batches:
        run = runs.get(batch.pk)
        found.append((batch.worker, _work(batch, run, steps.get(run.pk) if run else None)))
    return found


def _planned(user: User) -> list[tuple[str, Work]]:
    """Worker and step of a plan, the longest first: a step is held by its own process, whoever holds its batch."""
    rows = within(user, PlanStep.objects.filter(state=PlanStep.State.RUNNING)).select_related("plan__batch__session")
    held = list(rows.defer("task", "result", "sources").order_by("started_at", "pk")[:READ])
    running = {run.plan_step_id: run for run in Run.objects.filter(plan_step__in=held, state=Run.State.RUNNING)}
    steps = _going(list(running.values()))
    return [(one.process, _work_of(one, running.get(one.pk), steps)) for one in held]


def _going(runs: Sequence[Run]) -> dict[int, Step]:
    """Run → its step that is going on."""
    going = Step.objects.filter(run__in=runs, state=Step.State.RUNNING).defer("request", "response")
    return {step.run_id: step for step in going.order_by("pk")}


def _work_of(planned: PlanStep, run: Run | None, steps: dict[int, Step]) -> Work:
    batch, step = planned.plan.batch, steps.get(run.pk) if run else None
    doing = step_said(step) if step else showing.shorten(planned.said, 120) or "between two steps"
    stuck = "stuck, " if is_stuck_step(planned) else ""
    return Work(
        batch=showing.anchor(batch),
        conversation=showing.anchor(batch.session),
        agent=showing.shorten(run.agent, 60) if run else showing.visible(planned.worker),
        doing=f"{stuck}{doing}",
        since=showing.short_moment(run.started_at if run else planned.started_at),
        run_url=showing.page_of(run) if run else "",
        plan_step=showing.anchor(planned, f"step {planned.key}"),
    )


def _work(batch: Batch, run: Run | None, step: Step | None) -> Work:
    waits = "waits for a worker" if not batch.worker else "is being opened"
    between = "between two steps" if run else waits
    return Work(
        batch=showing.anchor(batch),
        conversation=showing.anchor(batch.session),
        agent=showing.shorten(run.agent, 60) if run else "",
        doing=step_said(step) if step else between,
        since=showing.short_moment(batch.claimed_at),
        run_url=showing.page_of(run) if run else "",
    )
