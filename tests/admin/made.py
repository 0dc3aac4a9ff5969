"""A row of every kind that the console has pages for."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from axes.models import AccessAttempt
from django.apps import apps
from django.contrib.auth.models import Group, User
from django.db.models import Model
from django.utils import timezone
from django_celery_beat.models import ClockedSchedule, CrontabSchedule, IntervalSchedule, PeriodicTask, SolarSchedule

from botplatform.models import (
    AgentDraft,
    AuditEntry,
    Canary,
    InfoPage,
    McpServer,
    Personality,
    Plan,
    PlanStep,
    Reminder,
    RoutingCase,
    Trial,
)
from botplatform.models.agent import AgentOverride
from tests.admin.plans import plan, plan_step
from tests.admin.rows import APART, Rows, apart, row_of

_numbers = itertools.count(1)

_OTHERS: dict[type[Model], Callable[[Rows, int], Model]] = {
    AgentDraft: lambda rows, n: AgentDraft.objects.create(config=rows.agentconfig),
    AgentOverride: lambda rows, n: AgentOverride.objects.create(config=rows.agentconfig, bot=rows.bot),
    Personality: lambda rows, n: Personality.objects.create(platform=f"t{n}", text="Kind."),
    InfoPage: lambda rows, n: InfoPage.objects.create(title=f"Page {n}", text="Text."),
    AuditEntry: lambda rows, n: AuditEntry.objects.create(
        who="ada", action="x", object_type="auth.user", object_id="1"
    ),
    RoutingCase: lambda rows, n: RoutingCase.objects.create(
        route=rows.route, text=f"x{n}", platform="telegram", target="simple-agent"
    ),
    Plan: lambda rows, n: plan(rows, number=n, state="done"),
    PlanStep: lambda rows, n: plan_step(plan(rows, number=n, state="done")),
    Reminder: lambda rows, n: Reminder.objects.create(
        session=rows.session, number=n, text="Tea", due_at=timezone.now()
    ),
    McpServer: lambda rows, n: McpServer.objects.create(name=f"server-{n}", url="https://example.org/mcp"),
    Trial: lambda rows, n: Trial.objects.create(bot=rows.bot, config=rows.agentconfig, says={}, text="Hello?"),
    Canary: lambda rows, n: Canary.objects.get_or_create(
        config=rows.agentconfig,
        state="running",
        defaults={"version": rows.agentconfigversion, "beside": rows.agentconfigversion, "share_percent": 10},
    )[0],
    User: lambda rows, n: User.objects.create(username=f"user-{n}"),
    Group: lambda rows, n: Group.objects.create(name=f"group-{n}"),
    AccessAttempt: lambda rows, n: AccessAttempt.objects.create(
        username="x", ip_address="192.0.2.1", user_agent=f"{n}", failures_since_start=5
    ),
    IntervalSchedule: lambda rows, n: IntervalSchedule.objects.create(every=n, period="hours"),
    CrontabSchedule: lambda rows, n: CrontabSchedule.objects.create(minute="3"),
    SolarSchedule: lambda rows, n: SolarSchedule.objects.create(
        event="sunset", latitude=1, longitude=Decimal(n) / 1000
    ),
    ClockedSchedule: lambda rows, n: ClockedSchedule.objects.create(clocked_time=timezone.now()),
    PeriodicTask: lambda rows, n: PeriodicTask.objects.create(
        name=f"task {n}", task="sweep", interval=IntervalSchedule.objects.create(every=n, period="hours")
    ),
}


def made(label: str, rows: Rows) -> Any:
    """One row of the kind, of the conversation's bot where it belongs to one."""
    model = apps.get_model(label)
    if model in _OTHERS:
        return _OTHERS[model](rows, next(_numbers))
    return (
        row_of(rows, model)
        if hasattr(rows, model._meta.model_name or "")
        else apart(model)
        if model in APART
        else _unknown(label)
    )


def _unknown(label: str) -> Any:
    raise AssertionError(f"say in made.py how a {label} is made")
