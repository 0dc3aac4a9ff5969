"""What needs a person: how many there are, and the newest of them with their cause in a line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Now

from botplatform.admin import showing
from botplatform.admin.attention import alive, stuck, stuck_steps, undecided
from botplatform.admin.home import cases
from botplatform.admin.home.looking import Look, count, told
from botplatform.admin.panels import address
from botplatform.admin.workers.paused import paused_things
from botplatform.models import AgentConfig, Approval, Batch, Bot, Canary, PlanStep, Process, Reply, Update

SHOWN = 3
CAUSE = 140
"""Characters of a cause."""
RECENT = timedelta(days=1)
"""So long a canary that was returned is told."""


@dataclass(frozen=True, slots=True)
class Case:
    """One row that needs somebody."""

    name: str
    cause: str
    url: str
    when: object = ""


@dataclass(frozen=True, slots=True)
class Need:
    """Rows of one kind. `number` is at most one above what is counted."""

    number: int
    shown: str
    title: str
    hint: str
    icon: str
    url: str
    level: str = "warning"
    cases: Sequence[Case] = ()


@dataclass(frozen=True, slots=True)
class Watch:
    """Rows to look for, in words, and the list of them."""

    title: str
    """For one and for several, parted by `|`."""
    hint: str
    icon: str
    rows: QuerySet[Any]
    filters: str
    case: Callable[[Any], tuple[str, str, datetime | None]]
    """Row in; its name, its cause and its moment out."""
    level: str = "warning"


def _watched() -> list[Watch]:
    batches = Batch.objects.select_related("session")
    replies = Reply.objects.select_related("session").exclude(kind="placeholder")
    return [
        Watch("approval waits|approvals wait", "whether a tool call is made, or an answer", "approval",
              Approval.objects.filter(undecided()).select_related("session"), "attention=waiting", cases.approval),
        Watch("stuck batch|stuck batches", "no heartbeat or no progress", "hourglass_disabled",
              batches.filter(stuck()), "attention=stuck", cases.stuck, "danger"),
        Watch("stuck plan step|stuck plan steps", "no heartbeat or no progress", "hourglass_disabled",
              PlanStep.objects.filter(stuck_steps()).select_related("plan__batch__session"), "attention=stuck", cases.plan_step, "danger"),
        Watch("failed batch|failed batches", "given up after their attempts", "error",
              batches.filter(state="failed"), "attention=failed", cases.failed, "danger"),
        Watch("reply in doubt|replies in doubt", "arrived or not: you decide", "help",
              replies.filter(state="unknown"), "state=unknown", cases.reply),
        Watch("failed reply|failed replies", "the platform refused them", "sms_failed",
              replies.filter(state="failed"), "state=failed", cases.reply),
        Watch("quarantined update|quarantined updates", "signed, but unreadable", "report",
              Update.objects.filter(state="quarantined").select_related("bot").defer("raw", "headers"), "state=quarantined", cases.update),
        Watch("bot with a problem|bots with a problem", "their provider complains", "smart_toy",
              Bot.objects.filter(enabled=True).exclude(problem=""), "", cases.bot, "danger"),
        Watch("canary was returned|canaries were returned", "a version on trial passed a threshold", "science",
              Canary.objects.filter(state="returned", ended_at__gt=Now() - RECENT).select_related("version__config"), "", cases.canary),
    ]  # fmt: skip


def needs(look: Look) -> list[Need]:
    """Of what the person may see, what there is any of."""
    found = [_need(watch, look) for watch in _watched() if look.sees(watch.rows.model)]
    return [*(need for need in found if need), *_paused(look)]


def watches(look: Look) -> bool:
    """Whether the person may see anything that could need somebody."""
    return look.sees(Process) or any(look.sees(watch.rows.model) for watch in _watched())


def _need(watch: Watch, look: Look) -> Need | None:
    rows, model = look.rows(watch.rows), watch.rows.model
    number = count(rows)
    if not number:
        return None
    listed = AgentConfig if model is Canary else model
    one, many = watch.title.split("|")
    cases = [_case(row, *watch.case(row)) for row in rows.order_by("-pk")[:SHOWN]]
    url = address(listed) + (f"?{watch.filters}" if watch.filters else "")
    return Need(number, told(number), one if number == 1 else many, watch.hint, watch.icon, url, watch.level, cases)


def _case(row: Any, name: str, cause: str, moment: datetime | None) -> Case:
    page = row.version.config if isinstance(row, Canary) else row
    when = showing.short_moment(moment) if moment else ""
    return Case(showing.shorten(name, 40), showing.shorten(cause, CAUSE), showing.page_of(page), when)


def _paused(look: Look) -> list[Need]:
    found = paused_things(look.request.user)
    kinds = {"bot": ("paused bot|paused bots", Bot), "agentconfig": ("paused agent|paused agents", AgentConfig)}
    shown = []
    for kind, (title, model) in kinds.items():
        own = [one for one in found if one.kind == kind]
        cases = [
            Case(
                one.name, showing.shorten(one.why, CAUSE) or (f"by {one.by}" if one.by else "what is meant for it waits"), one.url,
                showing.short_moment(one.since) if one.since else "",
            )
            for one in own[:SHOWN]
        ]  # fmt: skip
        words = title.split("|")[len(own) != 1]
        if own:
            shown.append(
                Need(
                    len(own),
                    told(len(own)),
                    words,
                    "until you let it go on",
                    "pause_circle",
                    address(model),
                    cases=cases,
                )
            )
    return shown


def missing(look: Look) -> list[Need]:
    """Roles that no living process has; for those who may see processes."""
    if not look.sees(Process):
        return []
    roles = set(alive().values_list("role", flat=True))
    hints = {
        "worker": "nothing is answered until “manage.py worker” is started",
        "beat": "workers sweep by themselves meanwhile",
    }
    levels = {"worker": "danger", "beat": "warning"}
    return [
        Need(0, "", f"no {role} is alive", hint, "power_off", address(Process), levels[role])
        for role, hint in hints.items()
        if role not in roles
    ]
